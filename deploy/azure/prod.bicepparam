// The production environment: a private network with a gateway and a firewall in front of it, in several zones. Replace the
// values with your own. Values that differ between environments are read from variables. docs/deploy.md#production has the
// steps.

using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'prod')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param settings = {
  // The first deployment creates everything except the applications. After secrets and images are added, a second one with
  // DARKROOM_APPLICATIONS=true creates the applications.
  applications: readEnvironmentVariable('DARKROOM_APPLICATIONS', 'false') == 'true'
  retentionDays: 7
  zoneRedundant: true
  privateNetwork: {
    octet: 40
    natGateway: true
    // Access for operators from outside the network: docs/operations.md.
    // operatorsWayIn: {
    //   kind: 'peering'
    //   hubNetworkId: 'resource id of your hub'
    //   hubGateway: true
    // }
  }
  storage: {
    sku: 'Standard_ZRS'
  }
  database: {
    capacity: 'autoscale'
    maxThroughput: 4000
  }
  functions: {
    plan: 'flex'
    instanceMemoryMB: 2048
    maximumInstances: 40
    alwaysReady: 2
  }
  web: {
    package: 'container'
    image: readEnvironmentVariable('DARKROOM_WEB_IMAGE', 'darkroom-web:v0.1.0')
    sku: 'P0v3'
    minimumInstances: 2
    maximumInstances: 10
    entraClientId: readEnvironmentVariable('DARKROOM_ENTRA_CLIENT_ID', '00000000-0000-0000-0000-000000000000')
  }
  // For flow B. The values are outputs of deploy/confluent/, and docs/kafka.md explains them.
  // kafka: {
  //   consumer: 'trigger'
  //   brokers: 'pkc-xxxxx.westeurope.azure.confluent.cloud:9092'
  //   consumerUsername: 'API key of the consumer'
  //   producerUsername: 'API key of the producer'
  // }
  // Where image events go: docs/events.md.
  // events: {
  //   kind: 'eventGrid'
  // }
  gateway: {
    blobHostName: readEnvironmentVariable('DARKROOM_WEB_BLOB_HOST', 'photos.example.com')
    certificateSecretName: 'gateway-certificate'
    minimumCapacity: 2
    maximumCapacity: 10
  }
  people: {
    // analystsGroupId: 'object id of a group'
    // operatorsGroupId: 'object id of a group'
    // deployerPrincipalId: 'object id of the pipeline\'s service principal'
  }
  // For Power BI, with the ids of docs/powerbi.md:
  // fabric: {
  //   workspaceId: 'id of the workspace'
  //   mirrorPrincipalId: 'object id of the person whose account the mirror uses'
  // }
  operations: {
    alertEmail: readEnvironmentVariable('DARKROOM_ALERT_EMAIL', 'operators@example.com')
    logRetentionDays: 90
    logDailyQuotaGb: 5
    availabilityTest: true
    workbook: true
    locks: true
    malwareScanMonthlyGb: 1000
    budget: {
      amount: 1500
      emails: [
        readEnvironmentVariable('DARKROOM_ALERT_EMAIL', 'operators@example.com')
      ]
      // The first day of the month of the first deployment. It must not change afterwards.
      start: readEnvironmentVariable('DARKROOM_BUDGET_START')
    }
  }
}
