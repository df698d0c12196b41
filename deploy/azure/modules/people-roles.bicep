// The roles of people. Their roles for the database are in record-roles.bicep. Analysts can read results, but no originals.
// Operators handle failed messages, read logs and records, and restart the function app. They have no access to secrets and
// cannot change the infrastructure.

param imagesName string
param workspaceName string

@description('Name of the function app. It is empty if the applications are not deployed yet.')
param functionAppName string

@description('Object id of the group of analysts, who may read results. If it is empty, there are no roles for analysts.')
param analystsGroupId string

@description('Object id of the group of operators. If it is empty, there are no roles for operators.')
param operatorsGroupId string

var roles = {
  blobDataContributor: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'ba92f5b4-2d11-453d-a403-e96b0029c9fe')
  blobDataReader: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1')
  blobDelegator: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a')
  queueDataContributor: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '974c5e8b-45b9-4653-ba55-5f855dd0fb88')
  logAnalyticsReader: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '73c42c96-874c-492b-b04d-ab87d138a893')
  websiteContributor: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'de139f84-1756-47ae-9be6-808fbbe84772')
}
var withAnalysts = !empty(analystsGroupId)
var withOperators = !empty(operatorsGroupId)

resource images 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: imagesName
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' existing = {
  parent: images
  name: 'default'
}

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  name: workspaceName
}

resource functionApp 'Microsoft.Web/sites@2024-04-01' existing = {
  name: empty(functionAppName) ? 'none' : functionAppName
}

var analystsContainers = [
  'renditions'
  'inventory'
]

resource analystsTargets 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = [for name in analystsContainers: {
  parent: blobs
  name: name
}]

resource analystsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, index) in analystsContainers: if (withAnalysts) {
  name: guid(analystsTargets[index].id, analystsGroupId, roles.blobDataReader)
  scope: analystsTargets[index]
  properties: {
    principalId: analystsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.blobDataReader
  }
}]

// Power BI lists the containers of an account before it opens one. The built-in roles that allow this can also read every
// blob.
resource containerLister 'Microsoft.Authorization/roleDefinitions@2022-04-01' = if (withAnalysts) {
  name: guid(images.id, 'container-lister')
  properties: {
    roleName: 'Darkroom container lister ${imagesName}'
    description: 'Lists the containers of a storage account, but cannot open them.'
    type: 'CustomRole'
    assignableScopes: [
      resourceGroup().id
    ]
    permissions: [
      {
        actions: [
          'Microsoft.Storage/storageAccounts/blobServices/containers/read'
        ]
      }
    ]
  }
}

resource analystsList 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (withAnalysts) {
  name: guid(images.id, analystsGroupId, 'container-lister')
  scope: images
  properties: {
    principalId: analystsGroupId
    principalType: 'Group'
    roleDefinitionId: containerLister.id
  }
}

// The delegator role alone gives no access. With it, people can sign a link that expires (a user delegation SAS) to what
// their other roles let them read.
resource analystsDelegator 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (withAnalysts) {
  name: guid(images.id, analystsGroupId, roles.blobDelegator)
  scope: images
  properties: {
    principalId: analystsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.blobDelegator
  }
}

// Operators send dead letters again. If an event was lost, they write the upload again.
var operatorsContainers = [
  'uploads'
  'dead-letter'
  'undelivered-events'
]

resource operatorsTargets 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = [for name in operatorsContainers: {
  parent: blobs
  name: name
}]

resource operatorsBlobs 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, index) in operatorsContainers: if (withOperators) {
  name: guid(operatorsTargets[index].id, operatorsGroupId, roles.blobDataContributor)
  scope: operatorsTargets[index]
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.blobDataContributor
  }
}]

resource operatorsQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (withOperators) {
  name: guid(images.id, operatorsGroupId, roles.queueDataContributor)
  scope: images
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.queueDataContributor
  }
}

resource operatorsLogs 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (withOperators) {
  name: guid(workspace.id, operatorsGroupId, roles.logAnalyticsReader)
  scope: workspace
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.logAnalyticsReader
  }
}

resource operatorsFunctions 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (withOperators && !empty(functionAppName)) {
  name: guid(functionApp.id, operatorsGroupId, roles.websiteContributor)
  scope: functionApp
  properties: {
    principalId: operatorsGroupId
    principalType: 'Group'
    roleDefinitionId: roles.websiteContributor
  }
}
