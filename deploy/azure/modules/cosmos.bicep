// The records. Keys are off: the roles in roles.bicep are the only way in.

param location string
param tags object
param name string
param workspaceId string

@description('Subnet of the private endpoint; empty for a public endpoint.')
param endpointsSubnetId string
param zoneId string

@description('serverless costs nothing at rest; autoscale carries more and can have a second region.')
@allowed([
  'serverless'
  'autoscale'
])
param capacity string

@description('The most request units a second, with autoscale; a tenth of it is paid for at rest.')
@minValue(1000)
param maxThroughput int

@description('A second region, with autoscale; empty for none.')
param secondaryLocation string

param zoneRedundant bool

@description('Workspace of Microsoft Fabric that mirrors the records; empty for none.')
param fabricWorkspaceId string

@description('Identity that may use a key of the vault, which records are encrypted with from the first on; empty for Microsoft\'s own.')
param encryptionIdentityId string
param encryptionKeyUri string

@description('Days that a record lives.')
@minValue(1)
param retentionDays int

@description('Whether the change feed of the records is read, which keeps in a container of its own how far it is.')
param leases bool

var ownKey = !empty(encryptionIdentityId)
var mirrored = !empty(fabricWorkspaceId)
var autoscale = capacity == 'autoscale'
var primary = [
  {
    locationName: location
    failoverPriority: 0
    isZoneRedundant: zoneRedundant
  }
]
var secondary = [
  {
    locationName: secondaryLocation
    failoverPriority: 1
    isZoneRedundant: zoneRedundant
  }
]

resource account 'Microsoft.DocumentDB/databaseAccounts@2024-11-15' = {
  name: name
  location: location
  tags: tags
  kind: 'GlobalDocumentDB'
  identity: ownKey ? {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${encryptionIdentityId}': {}
    }
  } : null
  properties: {
    keyVaultKeyUri: ownKey ? encryptionKeyUri : null
    defaultIdentity: ownKey ? 'UserAssignedIdentity=${encryptionIdentityId}' : 'FirstPartyIdentity'
    databaseAccountOfferType: 'Standard'
    // A serverless account has one region.
    locations: autoscale && !empty(secondaryLocation) ? concat(primary, secondary) : primary
    enableAutomaticFailover: autoscale && !empty(secondaryLocation)
    consistencyPolicy: {
      defaultConsistencyLevel: 'Session'
    }
    capabilities: map(concat(
      autoscale ? [] : [
        'EnableServerless'
      ],
      // Lets one workspace of Fabric in where the account has no public endpoint.
      mirrored ? [
        'EnableFabricNetworkAclBypass'
      ] : []
    ), capability => {
      name: capability
    })
    backupPolicy: {
      type: 'Continuous'
      continuousModeProperties: {
        tier: 'Continuous7Days'
      }
    }
    disableLocalAuth: true
    disableKeyBasedMetadataWriteAccess: true
    minimalTlsVersion: 'Tls12'
    publicNetworkAccess: empty(endpointsSubnetId) ? 'Enabled' : 'Disabled'
    networkAclBypass: mirrored ? 'AzureServices' : 'None'
    networkAclBypassResourceIds: mirrored ? [
      '/tenants/${tenant().tenantId}/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/Fabric/providers/Microsoft.Fabric/workspaces/${fabricWorkspaceId}'
    ] : []
  }
}

resource database 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases@2024-11-15' = {
  parent: account
  name: 'darkroom'
  properties: {
    resource: {
      id: 'darkroom'
    }
  }
}

resource images 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2024-11-15' = {
  parent: database
  name: 'images'
  properties: {
    resource: {
      id: 'images'
      partitionKey: {
        kind: 'Hash'
        version: 2
        paths: [
          '/id'
        ]
      }
      defaultTtl: retentionDays * 86400
      indexingPolicy: {
        indexingMode: 'consistent'
        automatic: true
        includedPaths: [
          {
            path: '/*'
          }
          // By these pictures are found that look the same; nothing else of what the pixels say is asked for.
          {
            path: '/derived/likenessBand1/?'
          }
          {
            path: '/derived/likenessBand2/?'
          }
          {
            path: '/derived/likenessBand3/?'
          }
          {
            path: '/derived/likenessBand4/?'
          }
        ]
        // Long texts and lists that are shown and never asked for; leaving them out makes a write cheaper.
        excludedPaths: [
          {
            path: '/derived/*'
          }
          {
            path: '/descriptive/description/?'
          }
          {
            path: '/processing/warnings/*'
          }
          {
            path: '/"_etag"/?'
          }
        ]
        // Where photos were taken, for those who keep it.
        spatialIndexes: [
          {
            path: '/gps/point/*'
            types: [
              'Point'
            ]
          }
        ]
        // Everybody but an administrator lists their own images, the newest first and often those of some days.
        compositeIndexes: [
          [
            {
              path: '/source/uploader'
              order: 'ascending'
            }
            {
              path: '/createdAt'
              order: 'descending'
            }
          ]
        ]
      }
    }
    options: autoscale ? {
      autoscaleSettings: {
        maxThroughput: maxThroughput
      }
    } : {}
  }
}

resource leaseContainer 'Microsoft.DocumentDB/databaseAccounts/sqlDatabases/containers@2024-11-15' = if (leases) {
  parent: database
  name: 'leases'
  properties: {
    resource: {
      id: 'leases'
      partitionKey: {
        kind: 'Hash'
        version: 2
        paths: [
          '/id'
        ]
      }
    }
    options: autoscale ? {
      autoscaleSettings: {
        // The least there is.
        maxThroughput: 1000
      }
    } : {}
  }
}

module endpoint 'private-endpoint.bicep' = if (!empty(endpointsSubnetId)) {
  name: 'cosmos-endpoint'
  params: {
    location: location
    tags: tags
    name: 'pe-${name}'
    subnetId: endpointsSubnetId
    targetId: account.id
    groupId: 'Sql'
    zoneId: zoneId
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: account
  properties: {
    workspaceId: workspaceId
    logAnalyticsDestinationType: 'Dedicated'
    logs: [
      {
        category: 'ControlPlaneRequests'
        enabled: true
      }
      {
        category: 'PartitionKeyRUConsumption'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'Requests'
        enabled: true
      }
    ]
  }
}

output id string = account.id
output name string = account.name
output endpoint string = account.properties.documentEndpoint
