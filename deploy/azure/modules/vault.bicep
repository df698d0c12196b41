// The vault with the few secrets that a managed identity cannot replace: the API secrets of Kafka, the secrets that sign
// web forms and webhooks, and the certificate of the gateway. They are written through Azure Resource Manager
// (deploy/azure/secret.bicep), so the vault needs no public endpoint.

param location string
param tags object
param name string
param workspaceId string

@description('Subnet of the private endpoint. If it is empty, there is a public endpoint instead.')
param endpointsSubnetId string
param zoneId string

var private = !empty(endpointsSubnetId)

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: {
      family: 'A'
      name: 'standard'
    }
    enableRbacAuthorization: true
    enableSoftDelete: true
    // An environment without a private network can be deleted and created again under the same name.
    softDeleteRetentionInDays: private ? 90 : 7
    enablePurgeProtection: private ? true : null
    enabledForDeployment: false
    enabledForDiskEncryption: false
    // This would let a deployment read secrets as parameters, which is not used.
    enabledForTemplateDeployment: false
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: private ? 'Deny' : 'Allow'
      // Application Gateway reads its certificate as a trusted service. App Service is not a trusted service; it resolves
      // its references through the network that it has joined.
      bypass: 'AzureServices'
    }
  }
}

module endpoint 'private-endpoint.bicep' = if (private) {
  name: 'vault-endpoint'
  params: {
    location: location
    tags: tags
    name: 'pe-${name}'
    subnetId: endpointsSubnetId
    targetId: vault.id
    groupId: 'vault'
    zoneId: zoneId
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: vault
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

output name string = vault.name
