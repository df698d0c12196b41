// The database of the records. Access with keys is turned off, so only the roles in record-roles.bicep give access.

param location string
param tags object
param name string
param workspaceId string

@description('Subnet of the private endpoint. If it is empty, there is a public endpoint instead.')
param endpointsSubnetId string
param zoneId string

@description('The capacity mode. serverless has no cost for throughput while there are no requests. autoscale supports more throughput and a second region.')
@allowed([
  'serverless'
  'autoscale'
])
param capacity string

@description('The maximum throughput in request units per second. It applies to autoscale only, which bills at least a tenth of it.')
@minValue(1000)
param maxThroughput int

@description('A second region, which requires autoscale. It is empty if there is none.')
param secondaryLocation string

param zoneRedundant bool

@description('Id of the Microsoft Fabric workspace that mirrors the records. It is empty if there is none.')
param fabricWorkspaceId string

@description('Identity that may use a key in the vault to encrypt the records. If it is empty, a key that Microsoft manages is used.')
param encryptionIdentityId string
param encryptionKeyUri string

@description('Days after which a record is deleted.')
@minValue(1)
param retentionDays int

@description('Whether the change feed of the records is read. Its position is stored in a container of its own.')
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
      // This lets one Fabric workspace connect even if the account has no public endpoint.
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
          // Similar pictures are found by these values. Queries use no other value that is derived from the pixels.
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
        // These texts and lists are shown but never searched. Without an index for them, a write is cheaper.
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
        // The places where photos were taken, if records contain them.
        spatialIndexes: [
          {
            path: '/gps/point/*'
            types: [
              'Point'
            ]
          }
        ]
        // Users who are not administrators list only their own images, the newest first, and often only those of some days.
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
        // The minimum of autoscale.
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
