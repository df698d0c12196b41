// Flow B by Confluent's connector, without a network, with the least of everything.
using '../../azure/main.bicep'
param environmentName = 'c'
param location = 'westeurope'
param settings = {
  retentionDays: 1
  storage: {
    sku: 'Standard_LRS'
  }
  functions: {
    instanceMemoryMB: 4096
    maximumInstances: 1
  }
  web: {
    package: 'container'
    image: 'darkroom-web:v1'
    sku: 'P0v3'
    maximumInstances: 1
    entraClientId: '00000000-0000-0000-0000-00000000000c'
  }
  kafka: {
    consumer: 'connector'
    brokers: 'broker.example.net:9092'
    producerUsername: 'producer'
    connectorAddresses: [
      '203.0.113.4/32'
    ]
  }
  events: {
    kind: 'webhook'
    url: 'https://hooks.example.com/images'
  }
  people: {
    deployerPrincipalId: '00000000-0000-0000-0000-0000000000a3'
  }
}
