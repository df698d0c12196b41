// Flow B by the Kafka trigger, on Elastic Premium, over two regions, with everybody who may have a role.
using '../../azure/main.bicep'
param environmentName = 'kafka-trigger'
param location = 'West Europe'
param settings = {
  retentionDays: 365
  storeGps: true
  zoneRedundant: true
  privateNetwork: {
    octet: 255
    natGateway: true
    privateDnsZonesGroupId: '/subscriptions/00000000-0000-0000-0000-000000000003/resourceGroups/dns'
    dnsServers: [
      '192.0.2.53'
    ]
    operatorsWayIn: {
      kind: 'bastion'
      sshPublicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
    }
  }
  storage: {
    sku: 'Standard_RAGZRS'
  }
  database: {
    capacity: 'autoscale'
    maxThroughput: 1000000
    secondaryLocation: 'North Europe'
  }
  functions: {
    plan: 'premium'
    premiumSku: 'EP3'
    maximumInstances: 100
    alwaysReady: 20
    image: 'darkroom-handler:v1'
  }
  web: {
    package: 'container'
    image: 'darkroom-web:v1'
    sku: 'P2v3'
    minimumInstances: 20
    maximumInstances: 30
    entraClientId: '00000000-0000-0000-0000-00000000000c'
    quotaImages: 10000
    quotaMegabytes: 50000
    directUpload: true
  }
  kafka: {
    consumer: 'trigger'
    brokers: 'broker.example.net:9092'
    topic: 'photos'
    consumerUsername: 'consumer'
    producerUsername: 'producer'
    port: 65535
    destinations: [
      '203.0.113.0/24'
      '198.51.100.7/32'
    ]
    lagThreshold: 1
    privateLink: {
      domain: 'dom123.westeurope.azure.confluent.cloud'
      services: [
        {
          service: 'dom-az1.123.westeurope.azure.privatelinkservice'
          zone: '1'
        }
        {
          service: 'dom-az2.123.westeurope.azure.privatelinkservice'
          zone: '2'
        }
        {
          service: 'dom-az3.123.westeurope.azure.privatelinkservice'
          zone: '3'
        }
      ]
    }
  }
  events: {
    kind: 'kafka'
    topic: 'told'
  }
  gateway: {
    blobHostName: 'photos.example.com'
    kafkaHostName: 'stream.example.com'
    certificateSecretName: 'gateway-certificate'
    minimumCapacity: 125
    maximumCapacity: 125
  }
  people: {
    analystsGroupId: '00000000-0000-0000-0000-0000000000a1'
    operatorsGroupId: '00000000-0000-0000-0000-0000000000a2'
    deployerPrincipalId: '00000000-0000-0000-0000-0000000000a3'
  }
  fabric: {
    workspaceId: '00000000-0000-0000-0000-0000000000b1'
    mirrorPrincipalId: '00000000-0000-0000-0000-0000000000a4'
  }
  operations: {
    alertEmail: 'a@b.cd'
    logRetentionDays: 730
    logDailyQuotaGb: -1
    availabilityTest: true
    workbook: true
    locks: true
    budget: {
      amount: 1
      emails: [
        'a@b.cd'
      ]
      start: '2026-12-01'
    }
    malwareScanMonthlyGb: 10
    ownEncryptionKey: true
  }
}
