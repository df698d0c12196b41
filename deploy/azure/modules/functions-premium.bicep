// The function app on Elastic Premium, where the handler is a container.

param location string
param tags object
param suffix string
param name string
param workspaceId string

@description('Subnet that calls go out from; empty for none.')
param subnetId string
param identityId string
param identityClientId string
param registryLoginServer string

@description('Name and tag, or digest, of the handler\'s image in the registry.')
param handlerImage string
param appSettings array

@description('Who may call: access restrictions of the site.')
param callers array
param sku string
param maximumInstances int

@description('Instances that are always there; one is the least.')
param alwaysReady int
param zoneRedundant bool

// Several zones need three instances.
var leastInstances = zoneRedundant ? 3 : 1
var mostInstances = max(min(maximumInstances, 100), leastInstances)

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-func-premium-${suffix}'
  location: location
  tags: tags
  kind: 'elastic'
  sku: {
    name: sku
    tier: 'ElasticPremium'
    capacity: leastInstances
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
    maximumElasticWorkerCount: mostInstances
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'functionapp,linux,container'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    vnetRouteAllEnabled: !empty(subnetId)
    vnetImagePullEnabled: !empty(subnetId)
    publicNetworkAccess: 'Enabled'
    siteConfig: {
      // A container needs no file share, and therefore no account key.
      linuxFxVersion: 'DOCKER|${registryLoginServer}/${handlerImage}'
      acrUseManagedIdentityCreds: true
      acrUserManagedIdentityID: identityClientId
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
      // Lets the platform scale by triggers whose sources are in the private network.
      functionsRuntimeScaleMonitoringEnabled: true
      minimumElasticInstanceCount: max(alwaysReady, leastInstances)
      functionAppScaleLimit: mostInstances
      ipSecurityRestrictionsDefaultAction: 'Deny'
      ipSecurityRestrictions: callers
      scmIpSecurityRestrictionsDefaultAction: empty(subnetId) ? 'Allow' : 'Deny'
      scmIpSecurityRestrictionsUseMain: false
      scmIpSecurityRestrictions: []
      appSettings: appSettings
    }
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: plan
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output planName string = plan.name
