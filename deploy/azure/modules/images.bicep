// The storage account of the images: originals, renditions, dead letters. Access with keys is turned off. With a private
// network, it can be reached only through the private endpoints.

param location string
param tags object
param name string
param workspaceId string

@description('Subnet of the private endpoints. If it is empty, there is a public endpoint instead.')
param endpointsSubnetId string
param blobZoneId string
param queueZoneId string

@description('Redundancy. With Standard_ZRS, data survives the loss of a zone. With Standard_GZRS, it survives the loss of a region.')
@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GZRS'
  'Standard_RAGZRS'
])
param sku string

@description('Days after which originals, renditions and dead letters are deleted.')
@minValue(1)
param retentionDays int

@description('Whether Microsoft Defender scans uploads for malware.')
param malwareScan bool

@description('Identity that may use a key in the vault to encrypt the blobs. If it is empty, a key that Microsoft manages is used.')
param encryptionIdentityId string
param encryptionKeyName string
param encryptionVaultUri string

@description('Origins of the web applications whose pages write large files directly into this account. It is empty if pages do not do so.')
param directUploadOrigins array = []

var private = !empty(endpointsSubnetId)
var ownKey = !empty(encryptionIdentityId)
var directUpload = !empty(directUploadOrigins)

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
      // Event Grid is a trusted service. It writes events that it cannot deliver, with its own identity and role.
      bypass: 'AzureServices'
      // Defender adds this rule automatically. A deployment without it would remove it again.
      resourceAccessRules: malwareScan ? [
        {
          tenantId: tenant().tenantId
          resourceId: '${subscription().id}/providers/Microsoft.Security/datascanners/StorageDataScanner'
        }
      ] : []
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
    containerDeleteRetentionPolicy: {
      enabled: true
      days: 7
    }
    cors: {
      corsRules: directUpload ? [
        {
          allowedOrigins: directUploadOrigins
          allowedMethods: [
            'PUT'
          ]
          allowedHeaders: [
            'content-type'
          ]
          exposedHeaders: []
          maxAgeInSeconds: 3600
        }
      ] : []
    }
  }
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices@2024-01-01' = {
  parent: account
  name: 'default'
}

// The queue for runs of reprocessing. The host creates its own queues itself.
resource runsQueue 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = {
  parent: queues
  name: 'darkroom-runs'
}

// The container attempts has markers of attempts that are in progress or were interrupted. The container runs has the runs
// of reprocessing, and the images that were refused in them. The container undelivered-events has the events that Event
// Grid could not deliver for a day.
var names = [
  'uploads'
  'incoming'
  'renditions'
  'dead-letter'
  'attempts'
  'runs'
  'undelivered-events'
  'inventory'
]

// The container staging has the files that browsers write directly, until the web application has checked them and copied
// them from there. Nothing in it is trusted.
var staging = directUpload ? [
  'staging'
] : []

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [for container in concat(names, staging): {
  parent: blobs
  name: container
  properties: {
    publicAccess: 'None'
  }
}]

resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: concat([
        {
          name: 'delete-images'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: map(names, container => '${container}/')
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: retentionDays
                }
              }
            }
          }
        }
      ], directUpload ? [
        {
          name: 'delete-staged'
          enabled: true
          type: 'Lifecycle'
          definition: {
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: map(staging, container => '${container}/')
            }
            actions: {
              baseBlob: {
                delete: {
                  daysAfterModificationGreaterThan: 1
                }
              }
              // A signature for writing also allows snapshots, and a blob with snapshots is not deleted.
              snapshot: {
                delete: {
                  daysAfterCreationGreaterThan: 1
                }
              }
            }
          }
        }
      ] : [])
    }
  }
}

// A daily list of all image blobs, for questions about the sizes and ages of blobs, which the records cannot answer.
resource inventory 'Microsoft.Storage/storageAccounts/inventoryPolicies@2024-01-01' = {
  parent: account
  name: 'default'
  dependsOn: [
    containers
  ]
  properties: {
    policy: {
      enabled: true
      type: 'Inventory'
      rules: [
        {
          name: 'images'
          enabled: true
          destination: 'inventory'
          definition: {
            format: 'Csv'
            schedule: 'Daily'
            objectType: 'Blob'
            schemaFields: [
              'Name'
              'Creation-Time'
              'Last-Modified'
              'Content-Length'
              'Content-Type'
              'AccessTier'
            ]
            filters: {
              blobTypes: [
                'blockBlob'
              ]
              prefixMatch: [
                'uploads/'
                'incoming/'
                'renditions/'
                'dead-letter/'
              ]
            }
          }
        }
      ]
    }
  }
}

module blobEndpoint 'private-endpoint.bicep' = if (private) {
  name: 'images-blob-endpoint'
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
  name: 'images-queue-endpoint'
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

// Reads of blobs are not logged. They would be most of the volume, and neither alerts nor an audit of changes needs them.
resource blobDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: blobs
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'StorageWrite'
        enabled: true
      }
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Transaction'
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
    logs: [
      {
        category: 'StorageWrite'
        enabled: true
      }
      {
        category: 'StorageDelete'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Transaction'
        enabled: true
      }
    ]
  }
}

output id string = account.id
output name string = account.name
