// The storage account for the internal data of the Functions host (leases, keys, blob receipts, the queue of announced
// blobs) and for the deployed package. It is separate from the account of the images, so that the right to deploy code or
// to run the host does not include access to the originals.

param location string
param tags object
param name string
param workspaceId string

@description('Subnet of the private endpoints. If it is empty, there is a public endpoint instead.')
param endpointsSubnetId string
param blobZoneId string
param queueZoneId string

@allowed([
  'Standard_LRS'
  'Standard_ZRS'
])
param sku string

@description('The number of days after which originals are deleted. The receipt of a blob is useless once the blob is deleted.')
param retentionDays int

@description('Identity that may use a key in the vault to encrypt the blobs. If it is empty, a key that Microsoft manages is used.')
param encryptionIdentityId string
param encryptionKeyName string
param encryptionVaultUri string

var private = !empty(endpointsSubnetId)
var ownKey = !empty(encryptionIdentityId)

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: sku
  }
  kind: 'StorageV2'
  identity: ownKey ? {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${encryptionIdentityId}': {}
    }
  } : null
  properties: {
    encryption: ownKey ? {
      keySource: 'Microsoft.Keyvault'
      identity: {
        userAssignedIdentity: encryptionIdentityId
      }
      keyvaultproperties: {
        keyname: encryptionKeyName
        keyvaulturi: encryptionVaultUri
      }
    } : null
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    allowedCopyScope: 'AAD'
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    networkAcls: {
      defaultAction: private ? 'Deny' : 'Allow'
      bypass: 'None'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    deleteRetentionPolicy: {
      enabled: true
      days: 7
    }
  }
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: account
  name: 'default'
}

resource deployments 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = {
  parent: blobs
  name: 'deployments'
  properties: {
    publicAccess: 'None'
  }
}

// The host writes a receipt for every blob and never deletes one.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'delete-receipts'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: [
                'azure-webjobs-hosts/blobreceipts/'
              ]
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: retentionDays + 7
                }
              }
            }
          }
        }
      ]
    }
  }
}

module blobEndpoint 'private-endpoint.bicep' = if (private) {
  name: 'host-blob-endpoint'
  params: {
    location: location
    tags: tags
    name: 'pe-blob-${name}'
    subnetId: endpointsSubnetId
    targetId: account.id
    groupId: 'blob'
    zoneId: blobZoneId
  }
}

module queueEndpoint 'private-endpoint.bicep' = if (private) {
  name: 'host-queue-endpoint'
  params: {
    location: location
    tags: tags
    name: 'pe-queue-${name}'
    subnetId: endpointsSubnetId
    targetId: account.id
    groupId: 'queue'
    zoneId: queueZoneId
  }
}

resource accountDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

// The log says who replaced the package or deleted something. Reads are left out, because the host's leases and queues
// would be most of the volume.
resource blobDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
  }
}

resource queueDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: queues
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

output name string = account.name
output deploymentsUrl string = '${account.properties.primaryEndpoints.blob}${deployments.name}'
