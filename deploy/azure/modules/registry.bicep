// The registry with the container images of the web applications, and of the handler on Elastic Premium. Images are added
// with `az acr import`, which is an operation of Azure Resource Manager, so nothing needs the registry's public endpoint.

param location string
param tags object
param name string
param workspaceId string

@description('Subnet of the private endpoint. If it is empty, the registry has a public endpoint and the Basic tier.')
param endpointsSubnetId string
param zoneId string
param zoneRedundant bool

var private = !empty(endpointsSubnetId)

resource registry 'Microsoft.ContainerRegistry/registries@2025-04-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    // Only this tier has private endpoints.
    name: private ? 'Premium' : 'Basic'
  }
  properties: {
    adminUserEnabled: false
    anonymousPullEnabled: false
    dataEndpointEnabled: false
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    networkRuleBypassOptions: 'AzureServices'
    zoneRedundancy: private && zoneRedundant ? 'Enabled' : 'Disabled'
    policies: !private ? {} : {
      exportPolicy: {
        status: 'disabled'
      }
      retentionPolicy: {
        status: 'enabled'
        days: 30
      }
    }
  }
}

module endpoint 'private-endpoint.bicep' = if (private) {
  name: 'registry-endpoint'
  params: {
    location: location
    tags: tags
    name: 'pe-${name}'
    subnetId: endpointsSubnetId
    targetId: registry.id
    groupId: 'registry'
    zoneId: zoneId
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: registry
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

output name string = registry.name
output loginServer string = registry.properties.loginServer
