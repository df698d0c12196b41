// What the pipeline that deploys new versions may do: replace the code of the applications, bring in images, and
// renew the event subscription. It cannot change the infrastructure or give roles. It reads no data by itself, but the code
// that it deploys may do what the application may do: so the environment in the pipeline has reviewers.

@description('Object id of the pipeline\'s service principal.')
param principalId string
param functionAppName string
param webBlobName string
param webKafkaName string
param webKafka bool
param registryName string
param topicName string

var roles = {
  websiteContributor: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'de139f84-1756-47ae-9be6-808fbbe84772')
  registryImporter: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '577a9874-89fd-4f24-9dbd-b5034d0ad23a')
  subscriptionContributor: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '428e0ff0-5e57-4d9c-a221-2c70d0e0a443')
}

resource functionApp 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

resource webBlobApp 'Microsoft.Web/sites@2024-04-01' existing = {
  name: webBlobName
}

resource webKafkaApp 'Microsoft.Web/sites@2024-04-01' existing = {
  name: webKafkaName
}

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' existing = {
  name: registryName
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

resource deployerWebBlob 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(webBlobApp.id, principalId, roles.websiteContributor)
  scope: webBlobApp
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.websiteContributor
  }
}

resource deployerWebKafka 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (webKafka) {
  name: guid(webKafkaApp.id, principalId, roles.websiteContributor)
  scope: webKafkaApp
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.websiteContributor
  }
}

resource deployerRegistry 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
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
