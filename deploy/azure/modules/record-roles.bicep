// The roles for the records. They are in a file of their own because the database can be in another resource group, as it
// is after the loss of a region.

param cosmosName string
param functionsPrincipalId string
param webBlobPrincipalId string
param webKafkaPrincipalId string

@description('Whether there is a web application for flow B.')
param webKafka bool

@description('Whether the host reads the change feed of the records.')
param events bool

@description('Object id of the group of analysts, who may read results. If it is empty, there are no roles for analysts.')
param analystsGroupId string

@description('Object id of the group of operators. If it is empty, there are no roles for operators.')
param operatorsGroupId string

@description('Object id of the person or group whose account the mirror uses to connect to the database. It is empty if there is no mirror.')
param mirrorPrincipalId string

var withAnalysts = !empty(analystsGroupId)
var withOperators = !empty(operatorsGroupId)

resource cosmos 'Microsoft.DocumentDB/databaseAccounts@2024-11-15' existing = {
  name: cosmosName
}

// Cosmos DB has its own roles for data. Its two built-in roles permit more than is needed here, so this file defines two
// narrower ones. They are assigned on the account, because clients first read its metadata.

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
          // The record of an image shows whether an event is new.
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read'
          // Runs of reprocessing query the records of their images.
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/executeQuery'
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
          // When an image is deleted, a tombstone replaces its record.
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

// The host's Cosmos DB trigger follows the changes of the records. In the container of leases it stores which instance
// follows which part, and its position.

resource changeReader 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2024-11-15' = if (events) {
  parent: cosmos
  name: guid(cosmos.id, 'change-reader')
  properties: {
    roleName: 'Darkroom change reader'
    type: 'CustomRole'
    assignableScopes: [
      cosmos.id
    ]
    permissions: [
      {
        dataActions: [
          'Microsoft.DocumentDB/databaseAccounts/readMetadata'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/readChangeFeed'
        ]
      }
    ]
  }
}

resource leaseKeeper 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2024-11-15' = if (events) {
  parent: cosmos
  name: guid(cosmos.id, 'lease-keeper')
  properties: {
    roleName: 'Darkroom lease keeper'
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
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/create'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/read'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/replace'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/upsert'
          'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers/items/delete'
        ]
      }
    ]
  }
}

resource functionsChanges 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = if (events) {
  parent: cosmos
  name: guid(cosmos.id, functionsPrincipalId, 'change-reader')
  properties: {
    principalId: functionsPrincipalId
    roleDefinitionId: changeReader.id
    scope: '${cosmos.id}/dbs/darkroom/colls/images'
  }
}

resource functionsLeases 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = if (events) {
  parent: cosmos
  name: guid(cosmos.id, functionsPrincipalId, 'lease-keeper')
  properties: {
    principalId: functionsPrincipalId
    roleDefinitionId: leaseKeeper.id
    scope: '${cosmos.id}/dbs/darkroom/colls/leases'
  }
}

// Cosmos DB Built-in Data Reader.
var dataReader = '${cosmos.id}/sqlRoleDefinitions/00000000-0000-0000-0000-000000000001'

resource analystsRecords 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = if (withAnalysts) {
  parent: cosmos
  name: guid(cosmos.id, analystsGroupId, 'data-reader')
  properties: {
    principalId: analystsGroupId
    roleDefinitionId: dataReader
    scope: cosmos.id
  }
}

resource operatorsRecords 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = if (withOperators) {
  parent: cosmos
  name: guid(cosmos.id, operatorsGroupId, 'data-reader')
  properties: {
    principalId: operatorsGroupId
    roleDefinitionId: dataReader
    scope: cosmos.id
  }
}

// The mirror reads the analytical copy of the records, and not the records themselves.
resource mirrorReader 'Microsoft.DocumentDB/databaseAccounts/sqlRoleDefinitions@2024-11-15' = if (!empty(mirrorPrincipalId)) {
  parent: cosmos
  name: guid(cosmos.id, 'mirror-reader')
  properties: {
    roleName: 'Darkroom mirror reader'
    type: 'CustomRole'
    assignableScopes: [
      cosmos.id
    ]
    permissions: [
      {
        dataActions: [
          'Microsoft.DocumentDB/databaseAccounts/readMetadata'
          'Microsoft.DocumentDB/databaseAccounts/readAnalytics'
        ]
      }
    ]
  }
}

resource mirrorRecords 'Microsoft.DocumentDB/databaseAccounts/sqlRoleAssignments@2024-11-15' = if (!empty(mirrorPrincipalId)) {
  parent: cosmos
  name: guid(cosmos.id, mirrorPrincipalId, 'mirror-reader')
  properties: {
    principalId: mirrorPrincipalId
    roleDefinitionId: mirrorReader.id
    scope: cosmos.id
  }
}
