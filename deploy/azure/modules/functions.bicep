// The function app: the handler on Flex Consumption, or on Elastic Premium as a container. Its address takes calls
// from Event Grid alone, which has no private way in, and from Confluent's connector where that is used; every
// other caller is turned away before the host sees it, and each of these two needs its key.

param location string
param tags object
param suffix string
param workspaceId string

@description('Subnet that calls go out from; empty for none.')
param subnetId string
param insightsConnectionString string
param identityId string
param identityClientId string
param hostStorageName string
param imagesName string

@description('Address of the container with the deployed package.')
param deploymentsUrl string
param cosmosEndpoint string

@description('Address of the consumer\'s API secret in the vault; where the function app reads or writes Kafka topics by itself.')
param consumerSecretUri string
param registryLoginServer string

@description('Name and tag, or digest, of the handler\'s image in the registry; Elastic Premium only.')
param handlerImage string

@allowed([
  'flex'
  'premium'
])
param plan string

@description('Memory of an instance on Flex Consumption: 2048 comes with one core, 4096 with two.')
@allowed([
  2048
  4096
])
param instanceMemoryMB int

@description('The most instances. It bounds the bill and what storage and database have to bear.')
@minValue(1)
@maxValue(1000)
param maximumInstances int

@description('Instances that are always there; 0 scales to none, but on Elastic Premium one is the least.')
param alwaysReady int

@allowed([
  'EP1'
  'EP2'
  'EP3'
])
param premiumSku string

@description('Who reads the Kafka topic: the Kafka trigger, Confluent\'s connector, or nobody.')
@allowed([
  'none'
  'trigger'
  'connector'
])
param kafkaConsumer string
param kafkaBrokers string
param kafkaTopic string

@description('API key of the consumer.')
param kafkaUsername string

@description('Who is told what became of each image: `kind` as in types.bicep, or none.')
param events object

@description('Address of the topic of Event Grid, where that is who.')
param eventTopicEndpoint string

@description('Address of the webhook\'s secret in the vault, where that is who.')
param webhookSecretUri string

@description('Address ranges that Confluent\'s connector calls from.')
param connectorAddresses array

param storeGps bool
param heic bool

@description('Whether instances are spread over zones.')
param zoneRedundant bool

var flex = plan == 'flex'
var name = 'func-${suffix}'

// Pixels get half of what an instance has; the host, originals and encoders need the rest.
var cores = flex ? instanceMemoryMB / 2048 : (premiumSku == 'EP1' ? 1 : (premiumSku == 'EP2' ? 2 : 4))
var pixelsMiB = flex ? instanceMemoryMB / 2 : cores * 1792

// Elastic Premium in several zones needs three instances. Flex Consumption keeps two of each kind ready by itself.
var leastPremium = zoneRedundant ? 3 : 1

var settings = [
  {
    name: 'AzureWebJobsStorage__accountName'
    value: hostStorageName
  }
  {
    name: 'AzureWebJobsStorage__credential'
    value: 'managedidentity'
  }
  {
    name: 'AzureWebJobsStorage__clientId'
    value: identityClientId
  }
  {
    name: 'ImageStorage__accountName'
    value: imagesName
  }
  {
    name: 'ImageStorage__credential'
    value: 'managedidentity'
  }
  {
    name: 'ImageStorage__clientId'
    value: identityClientId
  }
  {
    name: 'CosmosDb__accountEndpoint'
    value: cosmosEndpoint
  }
  {
    name: 'CosmosDb__credential'
    value: 'managedidentity'
  }
  {
    name: 'CosmosDb__clientId'
    value: identityClientId
  }
  {
    name: 'APPLICATIONINSIGHTS_CONNECTION_STRING'
    value: insightsConnectionString
  }
  {
    name: 'APPLICATIONINSIGHTS_AUTHENTICATION_STRING'
    value: 'ClientId=${identityClientId};Authorization=AAD'
  }
  {
    name: 'AzureWebJobs.ProcessMessage.Disabled'
    value: kafkaConsumer == 'trigger' ? 'false' : 'true'
  }
  {
    name: 'AzureWebJobs.ProcessSink.Disabled'
    value: kafkaConsumer == 'connector' ? 'false' : 'true'
  }
  {
    name: 'DARKROOM_PRESETS'
    value: 'presets.toml'
  }
  {
    name: 'DARKROOM_WORKERS'
    value: string(cores)
  }
  {
    name: 'DARKROOM_MEMORY_MIB'
    value: string(pixelsMiB)
  }
  {
    name: 'DARKROOM_ACCEPT_DAMAGED'
    value: 'false'
  }
  {
    name: 'DARKROOM_STORE_GPS'
    value: storeGps ? 'true' : 'false'
  }
  {
    name: 'DARKROOM_HEIC'
    value: heic ? 'true' : 'false'
  }
  {
    // Only the SDKs can store a content type and a cache control with a rendition.
    name: 'DARKROOM_DELIVERY'
    value: 'direct'
  }
  {
    name: 'DARKROOM_INCOMING_CONTAINER'
    value: 'incoming'
  }
  {
    name: 'DARKROOM_DEAD_LETTER_CONTAINER'
    value: 'dead-letter'
  }
  {
    name: 'DARKROOM_MAX_RECORD_KIB'
    value: '64'
  }
  {
    name: 'DARKROOM_LATE_WRITES_SECONDS'
    value: '30'
  }
  {
    name: 'DARKROOM_CHECK_SAMPLE'
    value: '1000'
  }
  {
    name: 'DARKROOM_CHECK_REPAIR'
    value: 'false'
  }
  {
    name: 'DARKROOM_LOG'
    value: 'info'
  }
  {
    name: 'DARKROOM_LOG_FORMAT'
    value: 'json'
  }
]

// The host resolves these names in function.json even of a function that is disabled, so they are always there.
var kafkaSettings = [
  {
    name: 'KAFKA_BROKERS'
    value: kafkaBrokers
  }
  {
    name: 'KAFKA_TOPIC'
    value: kafkaTopic
  }
  {
    name: 'KAFKA_USERNAME'
    value: kafkaUsername
  }
  {
    name: 'KAFKA_PASSWORD'
    value: kafkaConsumer == 'trigger' || events.kind == 'kafka' ? '@Microsoft.KeyVault(SecretUri=${consumerSecretUri})' : ''
  }
]

// Events about images: docs/events.md.
var eventSettings = [
  {
    name: 'AzureWebJobs.PublishEvents.Disabled'
    value: events.kind == 'none' ? 'true' : 'false'
  }
  {
    name: 'DARKROOM_EVENTS'
    value: events.kind == 'eventGrid' ? 'event-grid' : events.kind
  }
  {
    name: 'DARKROOM_EVENTS_URL'
    value: events.kind == 'eventGrid' ? eventTopicEndpoint : events.?url ?? ''
  }
  {
    name: 'DARKROOM_EVENTS_SECRET'
    value: events.kind == 'webhook' ? '@Microsoft.KeyVault(SecretUri=${webhookSecretUri})' : ''
  }
  {
    name: 'EventGrid__credential'
    value: 'managedidentity'
  }
  {
    name: 'EventGrid__clientId'
    value: identityClientId
  }
  {
    name: 'KAFKA_EVENTS_TOPIC'
    value: events.?topic ?? 'image-events'
  }
]

// Flex Consumption refuses these: its runtime is a property of the app.
var premiumSettings = [
  {
    name: 'FUNCTIONS_EXTENSION_VERSION'
    value: '~4'
  }
  {
    name: 'FUNCTIONS_WORKER_RUNTIME'
    value: 'custom'
  }
  {
    name: 'WEBSITES_ENABLE_APP_SERVICE_STORAGE'
    value: 'false'
  }
]

var fromEventGrid = [
  {
    name: 'EventGrid'
    description: 'Blob events; the call also needs the key blobs_extension.'
    priority: 100
    action: 'Allow'
    tag: 'ServiceTag'
    ipAddress: 'AzureEventGrid'
  }
]

var fromConnector = [for (address, index) in connectorAddresses: {
  name: 'Connector${index}'
  description: 'Confluent\'s Azure Functions Sink Connector; the call also needs its function key.'
  priority: 200 + index
  action: 'Allow'
  ipAddress: address
}]

var callers = kafkaConsumer == 'connector' ? concat(fromEventGrid, fromConnector) : fromEventGrid

resource flexPlan 'Microsoft.Web/serverfarms@2024-04-01' = if (flex) {
  name: 'plan-func-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource flexApp 'Microsoft.Web/sites@2024-04-01' = if (flex) {
  name: name
  location: location
  // azd finds the app by this tag.
  tags: union(tags, {
    'azd-service-name': 'handler'
  })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: flexPlan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    publicNetworkAccess: 'Enabled'
    functionAppConfig: {
      runtime: {
        name: 'custom'
        version: '1.0'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentsUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReady > 0 ? [
          {
            name: 'blob'
            instanceCount: alwaysReady
          }
        ] : []
      }
    }
    // Flex Consumption refuses ftpsState; it has no FTP.
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      remoteDebuggingEnabled: false
      ipSecurityRestrictionsDefaultAction: 'Deny'
      ipSecurityRestrictions: callers
      // In a private network a deployment opens this, and the site itself, for its own address while it lasts. It takes
      // Entra ID tokens of deployers only, here and elsewhere.
      scmIpSecurityRestrictionsDefaultAction: empty(subnetId) ? 'Allow' : 'Deny'
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictions: []
      appSettings: concat(settings, kafkaSettings, eventSettings)
    }
  }
}

resource premiumPlan 'Microsoft.Web/serverfarms@2024-04-01' = if (!flex) {
  name: 'plan-func-premium-${suffix}'
  location: location
  tags: tags
  kind: 'elastic'
  sku: {
    name: premiumSku
    tier: 'ElasticPremium'
    capacity: leastPremium
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
    maximumElasticWorkerCount: max(min(maximumInstances, 100), leastPremium)
  }
}

resource premiumApp 'Microsoft.Web/sites@2024-04-01' = if (!flex) {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux,container'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: premiumPlan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    vnetRouteAllEnabled: !empty(subnetId)
    vnetImagePullEnabled: !empty(subnetId)
    publicNetworkAccess: 'Enabled'
    siteConfig: {
      // A container needs no file share, and so no account key.
      linuxFxVersion: 'DOCKER|${registryLoginServer}/${handlerImage}'
      acrUseManagedIdentityCreds: true
      acrUserManagedIdentityID: identityClientId
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
      // Lets the platform see triggers whose sources are on the private network.
      functionsRuntimeScaleMonitoringEnabled: true
      minimumElasticInstanceCount: max(alwaysReady, leastPremium)
      functionAppScaleLimit: max(min(maximumInstances, 100), leastPremium)
      ipSecurityRestrictionsDefaultAction: 'Deny'
      ipSecurityRestrictions: callers
      scmIpSecurityRestrictionsDefaultAction: empty(subnetId) ? 'Allow' : 'Deny'
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictions: []
      appSettings: concat(settings, kafkaSettings, eventSettings, premiumSettings)
    }
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: name
}

// Publishing takes Entra ID tokens and no passwords.
resource noFtpPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
  dependsOn: [
    flexApp
    premiumApp
  ]
}

resource noScmPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
  dependsOn: [
    flexApp
    premiumApp
  ]
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'FunctionAppLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
  dependsOn: [
    flexApp
    premiumApp
  ]
}

resource flexPlanDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (flex) {
  name: 'to-workspace'
  scope: flexPlan
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

resource premiumPlanDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = if (!flex) {
  name: 'to-workspace'
  scope: premiumPlan
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output planName string = flex ? flexPlan.name : premiumPlan.name
