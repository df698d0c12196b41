// The function app on Elastic Premium, where the handler is a container.

param location string
param tags object
param suffix string
param name string
param workspaceId string

@description('Subnet for outgoing calls. If it is empty, the app does not join a virtual network.')
param subnetId string
param identityId string
param identityClientId string
param registryLoginServer string

@description('The container image of the handler in the registry: its name with a tag or a digest.')
param handlerImage string
param appSettings array

@description('Access restrictions of the site: who may call it.')
param callers array
param sku string
param maximumInstances int

@description('The number of instances that always run. At least one always runs, or three if the plan is spread over zones.')
param alwaysReady int
param zoneRedundant bool

// Elastic Premium needs at least three instances to be spread over zones.
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
      // A container needs no file share for its code, and therefore no key of a storage account.
      linuxFxVersion: 'DOCKER|${registryLoginServer}/${handlerImage}'
      acrUseManagedIdentityCreds: true
      acrUserManagedIdentityID: identityClientId
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
      // This lets the platform scale by triggers whose sources are in the private network.
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
