// The topic of image events, to which other systems subscribe. It accepts CloudEvents from identities that have the right
// to send them. Access with keys is turned off.

param location string
param tags object
param suffix string
param workspaceId string
param functionsPrincipalId string

@description('Subnet of the private endpoint. If it is empty, there is a public endpoint instead.')
param endpointsSubnetId string
param zoneId string

// EventGrid Data Sender.
var dataSender = subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'd5a91429-5739-47e2-a06b-3470a27159e7')

resource topic 'Microsoft.EventGrid/topics@2025-02-15' = {
  name: 'evgt-images-${suffix}'
  location: location
  tags: tags
  properties: {
    inputSchema: 'CloudEventSchemaV1_0'
    disableLocalAuth: true
    minimumTlsVersionAllowed: '1.2'
    publicNetworkAccess: empty(endpointsSubnetId) ? 'Enabled' : 'Disabled'
  }
}

resource sender 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(topic.id, functionsPrincipalId, dataSender)
  scope: topic
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: dataSender
  }
}

module endpoint 'private-endpoint.bicep' = if (!empty(endpointsSubnetId)) {
  name: 'image-events-endpoint'
  params: {
    location: location
    tags: tags
    name: 'pe-${topic.name}'
    subnetId: endpointsSubnetId
    targetId: topic.id
    groupId: 'topic'
    zoneId: zoneId
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

output name string = topic.name
output endpoint string = topic.properties.endpoint
