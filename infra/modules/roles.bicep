// Every role that anybody holds, in one place; docs/deploy.md has the same list with the reasons, and a check holds the
// two together. Each is given on the smallest thing that it is needed for.

param storageName string
param cosmosName string
param insightsName string
param registryName string
param functionsPrincipalId string
param webBlobPrincipalId string
param webKafkaPrincipalId string
param eventsPrincipalId string

@description('Object id of the group that may read results; empty for none.')
param analystsGroupId string

@description('Whether the web application of flow B is there.')
param webKafka bool

@description('Whether the handler\'s image is pulled from the registry.')
param premium bool

var roles = {
  blobDataOwner: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b')
  blobDataContributor: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
  blobDataReader: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1')
  blobDelegator: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a')
  queueDataContributor: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '974c5e8b-45b9-4653-ba55-5f855dd0fb88')
  metricsPublisher: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')
  acrPull: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '7f951dda-4ed3-4680-a7ca-43fe172d538d')
}

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' existing = {
  parent: storage
  name: 'default'
}

resource uploads 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobs
  name: 'uploads'
}

resource incoming 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobs
  name: 'incoming'
}

resource renditions 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobs
  name: 'renditions'
}

resource undelivered 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobs
  name: 'undelivered-events'
}

resource inventories 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  parent: blobs
  name: 'inventory'
}

resource insights 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insightsName
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {
  name: registryName
}

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2024-11-15' existing = {
  name: cosmosName
}

// The function app. The host keeps leases, keys and receipts in containers of its own making, and so needs the account.

resource functionsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, functionsPrincipalId, roles.blobDataOwner)
  scope: storage
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDataOwner
  }
}

resource functionsQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(storage.id, functionsPrincipalId, roles.queueDataContributor)
  scope: storage
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.queueDataContributor
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

resource functionsPull 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (premium) {
  name: guid(registry.id, functionsPrincipalId, roles.acrPull)
  scope: registry
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.acrPull
  }
}

// The web applications: originals in, renditions out, and both gone when their owner deletes an image. No built-in role
// deletes without writing.

resource webBlobUploads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(uploads.id, webBlobPrincipalId, roles.blobDataContributor)
  scope: uploads
  properties: {
    principalId: webBlobPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDataContributor
  }
}

resource webBlobRenditions 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(renditions.id, webBlobPrincipalId, roles.blobDataContributor)
  scope: renditions
  properties: {
    principalId: webBlobPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDataContributor
  }
}

resource webBlobPull 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, webBlobPrincipalId, roles.acrPull)
  scope: registry
  properties: {
    principalId: webBlobPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.acrPull
  }
}

resource webKafkaUploads 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (webKafka) {
  name: guid(uploads.id, webKafkaPrincipalId, roles.blobDataContributor)
  scope: uploads
  properties: {
    principalId: webKafkaPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDataContributor
  }
}

resource webKafkaIncoming 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (webKafka) {
  name: guid(incoming.id, webKafkaPrincipalId, roles.blobDataContributor)
  scope: incoming
  properties: {
    principalId: webKafkaPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDataContributor
  }
}

resource webKafkaRenditions 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (webKafka) {
  name: guid(renditions.id, webKafkaPrincipalId, roles.blobDataContributor)
  scope: renditions
  properties: {
    principalId: webKafkaPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.blobDataContributor
  }
}

resource webKafkaPull 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (webKafka) {
  name: guid(registry.id, webKafkaPrincipalId, roles.acrPull)
  scope: registry
  properties: {
    principalId: webKafkaPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.acrPull
  }
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

// Analysts read results and never originals. The delegator role alone opens nothing: it lets its holder sign a
// time-limited address (a user delegation SAS) for what the other roles already let them read.

resource analystsRenditions 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(analystsGroupId)) {
  name: guid(renditions.id, analystsGroupId, roles.blobDataReader)
  scope: renditions
  properties: {
    principalId: analystsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.blobDataReader
  }
}

resource analystsInventory 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(analystsGroupId)) {
  name: guid(inventories.id, analystsGroupId, roles.blobDataReader)
  scope: inventories
  properties: {
    principalId: analystsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.blobDataReader
  }
}

resource analystsDelegator 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(analystsGroupId)) {
  name: guid(storage.id, analystsGroupId, roles.blobDelegator)
  scope: storage
  properties: {
    principalId: analystsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.blobDelegator
  }
}

// Cosmos DB has roles of its own for data. The two built-in ones are wider than anything here needs, so there are two
// narrower ones; they are given on the account, which holds this one container, because clients first read its metadata.

resource recordWriter 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2024-11-15' = {
  parent: cosmos
  name: guid(cosmos.id, 'record-writer')
  properties: {
    roleName: 'Darkroom record writer'
    type: 'CustomRole'
    assignableScopes: [
      cosmos.id
    ]
    permissions: [
      {
        dataActions: [
          'Microsoft.DocumentDB/databaseAccounts/readMetadata'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/create'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/replace'
          // What is known of an image decides whether an event is new.
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read'
        ]
      }
    ]
  }
}

resource recordKeeper 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2024-11-15' = {
  parent: cosmos
  name: guid(cosmos.id, 'record-keeper')
  properties: {
    roleName: 'Darkroom record keeper'
    type: 'CustomRole'
    assignableScopes: [
      cosmos.id
    ]
    permissions: [
      {
        dataActions: [
          'Microsoft.DocumentDB/databaseAccounts/readMetadata'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/executeQuery'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/readChangeFeed'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read'
          // Whoever deletes an image leaves a tombstone in the place of its record.
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/create'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/replace'
        ]
      }
    ]
  }
}

resource functionsRecords 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = {
  parent: cosmos
  name: guid(cosmos.id, functionsPrincipalId, 'record-writer')
  properties: {
    principalId: functionsPrincipalId
    roleDefinitionId: recordWriter.id
    scope: cosmos.id
  }
}

resource webBlobRecords 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = {
  parent: cosmos
  name: guid(cosmos.id, webBlobPrincipalId, 'record-keeper')
  properties: {
    principalId: webBlobPrincipalId
    roleDefinitionId: recordKeeper.id
    scope: cosmos.id
  }
}

resource webKafkaRecords 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = if (webKafka) {
  parent: cosmos
  name: guid(cosmos.id, webKafkaPrincipalId, 'record-keeper')
  properties: {
    principalId: webKafkaPrincipalId
    roleDefinitionId: recordKeeper.id
    scope: cosmos.id
  }
}

resource analystsRecords 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = if (!empty(analystsGroupId)) {
  parent: cosmos
  name: guid(cosmos.id, analystsGroupId, 'data-reader')
  properties: {
    principalId: analystsGroupId
    // Cosmos DB Built-in Data Reader.
    roleDefinitionId: '${cosmos.id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000001'
    scope: cosmos.id
  }
}
