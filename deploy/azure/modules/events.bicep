// The Event Grid system topic, which is the source of blob events. The subscription is created after the code is deployed
// (docs/deploy.md), because Event Grid asks the function app to confirm it, with a system key that the blob extension
// creates at its first start.

param location string
param tags object
param suffix string
param workspaceId string
param storageId string

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' = {
  name: 'evgt-${suffix}'
  location: location
  tags: tags
  identity: {
    // With this identity, Event Grid writes undelivered events to storage.
    type: 'SystemAssigned'
  }
  properties: {
    source: storageId
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: topic
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
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
}

output id string = topic.id
output name string = topic.name
output principalId string = topic.identity.principalId
