// The function app: the handler on Flex Consumption, or on Elastic Premium as a container. It accepts calls only from Event
// Grid, which cannot use a private endpoint, and from Confluent's connector if that is used. Other calls are refused before
// they reach the host, and each of these two callers needs its key.

import { Settings } from '../types.bicep'
import * as choices from '../choices.bicep'

param location string
param tags object
param suffix string
param settings Settings
param workspaceId string

@description('Subnet for outgoing calls. If it is empty, the app does not join a virtual network.')
param subnetId string
param insightsConnectionString string
param identityId string
param identityClientId string
param hostStorageName string
param imagesName string

@description('Address of the container with the deployed package.')
param deploymentsUrl string
param cosmosEndpoint string

@description('Address of the consumer\'s API secret in the vault. It is empty if the function app itself does not use Kafka.')
param consumerSecretUri string
param registryLoginServer string

@description('Address of the topic of image events. It is empty if they do not go to Event Grid.')
param imageEventsTopicEndpoint string

@description('Address of the webhook\'s secret in the vault. It is empty without a webhook.')
param webhookSecretUri string

var name = 'func-${suffix}'
var flex = choices.plan(settings) == 'flex'
var instanceMemoryMB = settings.?functions.?instanceMemoryMB ?? 2048
var premiumSku = settings.?functions.?premiumSku ?? 'EP2'
var kafkaConsumer = choices.kafkaConsumer(settings)
var events = choices.imageEvents(settings)

// The handler uses half of the memory of an instance for decoded pixels. The host, the originals and the encoders need the
// rest.
var cores = flex ? instanceMemoryMB / 2048 : (premiumSku == 'EP1' ? 1 : (premiumSku == 'EP2' ? 2 : 4))
var pixelsMiB = flex ? instanceMemoryMB / 2 : cores * 1792

var commonSettings = [
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
    value: settings.?storeGps ?? false ? 'true' : 'false'
  }
  {
    name: 'DARKROOM_HEIC'
    value: settings.?heic ?? false ? 'true' : 'false'
  }
  {
    // Only the SDKs can store a content type and a cache control with a rendition, so the handler writes directly.
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

// The host resolves these names in function.json even if the function is disabled, so they are always set.
var kafkaSettings = [
  {
    name: 'KAFKA_BROKERS'
    value: settings.?kafka.?brokers ?? ''
  }
  {
    name: 'KAFKA_TOPIC'
    value: settings.?kafka.?topic ?? 'images'
  }
  {
    name: 'KAFKA_USERNAME'
    value: settings.?kafka.?consumerUsername ?? ''
  }
  {
    name: 'KAFKA_PASSWORD'
    value: choices.functionsKafka(settings) ? '@Microsoft.KeyVault(SecretUri=${consumerSecretUri})' : ''
  }
]

// The destination of image events, which docs/events.md describes.
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
    value: events.kind == 'eventGrid' ? imageEventsTopicEndpoint : events.?url ?? ''
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

// Flex Consumption refuses these settings, because its runtime is a property of the app.
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

var fromConnector = [for (address, index) in settings.?kafka.?connectorAddresses ?? []: {
  name: 'Connector${index}'
  description: 'Confluent\'s Azure Functions Sink Connector; the call also needs its function key.'
  priority: 200 + index
  action: 'Allow'
  ipAddress: address
}]

var callers = kafkaConsumer == 'connector' ? concat(fromEventGrid, fromConnector) : fromEventGrid

module onFlex 'functions-flex.bicep' = if (flex) {
  name: 'functions-flex'
  params: {
    location: location
    tags: tags
    suffix: suffix
    name: name
    workspaceId: workspaceId
    subnetId: subnetId
    identityId: identityId
    deploymentsUrl: deploymentsUrl
    appSettings: concat(commonSettings, kafkaSettings, eventSettings)
    callers: callers
    instanceMemoryMB: instanceMemoryMB
    maximumInstances: choices.maximumInstances(settings)
    alwaysReady: choices.alwaysReady(settings)
    zoneRedundant: choices.zoneRedundant(settings)
  }
}

module onPremium 'functions-premium.bicep' = if (!flex) {
  name: 'functions-premium'
  params: {
    location: location
    tags: tags
    suffix: suffix
    name: name
    workspaceId: workspaceId
    subnetId: subnetId
    identityId: identityId
    identityClientId: identityClientId
    registryLoginServer: registryLoginServer
    handlerImage: settings.?functions.?image ?? ''
    appSettings: concat(commonSettings, kafkaSettings, eventSettings, premiumSettings)
    callers: callers
    sku: premiumSku
    maximumInstances: choices.maximumInstances(settings)
    alwaysReady: choices.alwaysReady(settings)
    zoneRedundant: choices.zoneRedundant(settings)
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: name
}

// Deployments have to use Entra ID tokens. These settings turn off passwords.
resource noFtpPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
  dependsOn: [
    onFlex
    onPremium
  ]
}

resource noScmPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
  dependsOn: [
    onFlex
    onPremium
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
    onFlex
    onPremium
  ]
}

output planName string = flex ? onFlex!.outputs.planName : onPremium!.outputs.planName
