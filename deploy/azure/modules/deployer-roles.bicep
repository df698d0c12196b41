// The roles of the pipeline that deploys new versions. It may replace the code of the applications, import container
// images, and renew the event subscription. It cannot change the infrastructure or assign roles. It cannot read data
// itself, but the code that it deploys has all rights of the application. For this reason the environment of the pipeline
// has reviewers.

@description('Object id of the pipeline\'s service principal.')
param principalId string
param functionAppName string
param functionPlanName string
param webNames array

@description('Name of the registry. It is empty if there is none.')
param registryName string
param topicName string

var roles = {
  reader: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'acdd72a7-3385-48ef-bd42-f606fba81ae7')
  websiteContributor: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'de139f84-1756-47ae-9be6-808fbbe84772')
  registryImporter: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '577a9874-89fd-4f24-9dbd-b5034d0ad23a')
  subscriptionContributor: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '428e0ff0-5e57-4d9c-a221-2c70d0e0a443')
}

resource functionApp 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

resource functionPlan 'Microsoft.Web/serverfarms@2024-04-01' existing = {
  name: functionPlanName
}

resource webApps 'Microsoft.Web/sites@2024-04-01' existing = [for name in webNames: {
  name: name
}]

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {
  name: empty(registryName) ? 'none' : registryName
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' existing = {
  name: topicName
}

resource deployerFunctions 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(functionApp.id, principalId, roles.websiteContributor)
  scope: functionApp
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.websiteContributor
  }
}

// The commands for deployment read the plan first.
resource deployerPlan 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(functionPlan.id, principalId, roles.reader)
  scope: functionPlan
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.reader
  }
}

resource deployerWeb 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, index) in webNames: {
  name: guid(webApps[index].id, principalId, roles.websiteContributor)
  scope: webApps[index]
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.websiteContributor
  }
}]

resource deployerRegistry 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(registryName)) {
  name: guid(registry.id, principalId, roles.registryImporter)
  scope: registry
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.registryImporter
  }
}

resource deployerTopic 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, principalId, roles.subscriptionContributor)
  scope: topic
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.subscriptionContributor
  }
}

// The event subscription is a template, and deploying a template needs a right on the resource group. This role permits
// nothing beyond the other roles.
resource templateDeployer 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'template-deployer')
  properties: {
    roleName: 'Darkroom template deployer ${functionAppName}'
    description: 'Deploys templates. The resources in them need other roles.'
    type: 'CustomRole'
    assignableScopes: [
      resourceGroup().id
    ]
    permissions: [
      {
        actions: [
          'Microsoft.Resources/deployments/*'
          'Microsoft.Resources/subscriptions/resourceGroups/read'
        ]
      }
    ]
  }
}

resource deployerTemplates 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, principalId, 'template-deployer')
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: templateDeployer.id
  }
}
