// The function app on Flex Consumption, where the handler is a package in storage.

param location string
param tags object
param suffix string
param name string
param workspaceId string

@description('Subnet for outgoing calls. If it is empty, the app does not join a virtual network.')
param subnetId string
param identityId string

@description('Address of the container with the deployed package.')
param deploymentsUrl string
param appSettings array

@description('Access restrictions of the site: who may call it.')
param callers array
param instanceMemoryMB int
param maximumInstances int

@description('The number of instances that always run. With 0, the app scales to zero instances.')
param alwaysReady int
param zoneRedundant bool

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-func-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: {
    name: 'FC1'
    tier: 'FlexConsumption'
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  // azd finds the app by this tag.
  tags: union(tags, {
    'azd-service-name': 'handler'
  })
  kind: 'functionapp,linux'
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
    publicNetworkAccess: 'Enabled'
    functionAppConfig: {
      runtime: {
        name: 'custom'
        version: '1.0'
      }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentsUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identityId
          }
        }
      }
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        alwaysReady: alwaysReady > 0 ? [
          {
            name: 'blob'
            instanceCount: alwaysReady
          }
        ] : []
      }
    }
    // Flex Consumption has no FTP and refuses ftpsState.
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      remoteDebuggingEnabled: false
      ipSecurityRestrictionsDefaultAction: 'Deny'
      ipSecurityRestrictions: callers
      // In a private network, a deployment opens this endpoint and the site for its own address, and closes them at the
      // end. The endpoint always requires the Entra ID token of a deployer.
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
