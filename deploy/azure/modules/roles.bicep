// All roles of the applications for storage, telemetry and the registry. docs/operations.md lists all roles with the
// reasons, and a check compares the list with the templates. Each role is assigned on the smallest resource for which it is
// needed.

param imagesName string
param hostStorageName string
param insightsName string

@description('Name of the registry. It is empty if there is none.')
param registryName string
param functionsPrincipalId string
param webBlobPrincipalId string
param webKafkaPrincipalId string
param eventsPrincipalId string

@description('Whether there is a web application for flow B.')
param webKafka bool

@description('Whether the handler\'s image is pulled from the registry.')
param functionsPull bool

@description('Whether the web application\'s image is pulled from the registry.')
param webPull bool

@description('Whether browsers may write the blocks of large files directly into the storage account of the images.')
param directUpload bool = false

var roles = {
  blobDataOwner: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')
  blobDataContributor: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
  blobDataReader: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1')
  blobDelegator: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a')
  queueDataContributor: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '974c5e8b-45b9-4653-ba55-5f855dd0fb88')
  queueMessageSender: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a')
  metricsPublisher: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')
  acrPull: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7f951dda-4ed3-4680-a7ca-43fe172d538d')
}

resource images 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: imagesName
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' existing = {
  parent: images
  name: 'default'
}

resource hostStorage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: hostStorageName
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {
  name: empty(registryName) ? 'none' : registryName
}

// The host creates containers and queues in its own account as it needs them, so it needs rights on the whole account.

resource hostBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostStorage.id, functionsPrincipalId, roles.blobDataOwner)
  scope: hostStorage
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDataOwner
  }
}

resource hostQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(hostStorage.id, functionsPrincipalId, roles.queueDataContributor)
  scope: hostStorage
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.queueDataContributor
  }
}

// The blob trigger puts failed events into a queue in the account of the blobs.
resource imageQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(images.id, functionsPrincipalId, roles.queueDataContributor)
  scope: images
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.queueDataContributor
  }
}

// The rights on each container. Web applications delete an image together with everything that was derived from it. No
// built-in role allows deleting without writing, so they have a role that allows both.
var functionsRights = [
  {
    container: 'uploads'
    role: roles.blobDataReader
  }
  {
    container: 'incoming'
    role: roles.blobDataReader
  }
  {
    container: 'renditions'
    role: roles.blobDataContributor
  }
  {
    container: 'dead-letter'
    role: roles.blobDataContributor
  }
  {
    container: 'attempts'
    role: roles.blobDataContributor
  }
  {
    container: 'runs'
    role: roles.blobDataContributor
  }
]
var staging = directUpload ? [
  'staging'
] : []
var webBlobContainers = concat([
  'uploads'
  'renditions'
  'runs'
], staging)
var webKafkaContainers = concat([
  'uploads'
  'incoming'
  'renditions'
  'runs'
], staging)

resource functionsContainers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = [for right in functionsRights: {
  parent: blobs
  name: right.container
}]

resource functionsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (right, index) in functionsRights: {
  name: guid(functionsContainers[index].id, functionsPrincipalId, right.role)
  scope: functionsContainers[index]
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: right.role
  }
}]

resource webBlobTargets 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = [for name in webBlobContainers: {
  parent: blobs
  name: name
}]

resource webBlobBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, index) in webBlobContainers: {
  name: guid(webBlobTargets[index].id, webBlobPrincipalId, roles.blobDataContributor)
  scope: webBlobTargets[index]
  properties: {
    principalId: webBlobPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDataContributor
  }
}]

resource webKafkaTargets 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = [for name in webKafkaContainers: {
  parent: blobs
  name: name
}]

resource webKafkaBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, index) in webKafkaContainers: if (webKafka) {
  name: guid(webKafkaTargets[index].id, webKafkaPrincipalId, roles.blobDataContributor)
  scope: webKafkaTargets[index]
  properties: {
    principalId: webKafkaPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDataContributor
  }
}]

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' existing = {
  parent: images
  name: 'default'
}

// Administrators start runs of reprocessing on the web pages.
resource runsQueue 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' existing = {
  parent: queues
  name: 'darkroom-runs'
}

// With this role, a web application gets a user delegation key, with which it signs addresses for browsers. A signature
// allows no more than the application itself may do.
resource webBlobDelegator 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (directUpload) {
  name: guid(images.id, webBlobPrincipalId, roles.blobDelegator)
  scope: images
  properties: {
    principalId: webBlobPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDelegator
  }
}

resource webKafkaDelegator 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (directUpload && webKafka) {
  name: guid(images.id, webKafkaPrincipalId, roles.blobDelegator)
  scope: images
  properties: {
    principalId: webKafkaPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDelegator
  }
}

resource webBlobRuns 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(runsQueue.id, webBlobPrincipalId, roles.queueMessageSender)
  scope: runsQueue
  properties: {
    principalId: webBlobPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.queueMessageSender
  }
}

resource webKafkaRuns 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (webKafka) {
  name: guid(runsQueue.id, webKafkaPrincipalId, roles.queueMessageSender)
  scope: runsQueue
  properties: {
    principalId: webKafkaPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.queueMessageSender
  }
}

resource undelivered 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobs
  name: 'undelivered-events'
}

resource eventsUndelivered 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(undelivered.id, eventsPrincipalId, roles.blobDataContributor)
  scope: undelivered
  properties: {
    principalId: eventsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDataContributor
  }
}

resource functionsMetrics 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(insights.id, functionsPrincipalId, roles.metricsPublisher)
  scope: insights
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.metricsPublisher
  }
}

resource functionsImage 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (functionsPull) {
  name: guid(registry.id, functionsPrincipalId, roles.acrPull)
  scope: registry
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.acrPull
  }
}

resource webBlobImage 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (webPull) {
  name: guid(registry.id, webBlobPrincipalId, roles.acrPull)
  scope: registry
  properties: {
    principalId: webBlobPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.acrPull
  }
}

resource webKafkaImage 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (webPull && webKafka) {
  name: guid(registry.id, webKafkaPrincipalId, roles.acrPull)
  scope: registry
  properties: {
    principalId: webKafkaPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.acrPull
  }
}
