// The virtual network: one subnet per kind of workload, each with a security group that lets out only what that
// workload needs. Subnets of App Service are for outgoing calls alone: what comes in never passes them. Kafka's port is open from two subnets, and only where flow B is on.

param location string
param tags object
param suffix string
param workspaceId string

@description('Second octet of the address space 10.x.0.0/16.')
@minValue(0)
@maxValue(255)
param octet int

@description('Hosting plan of the function app; it decides what its subnet is delegated to.')
@allowed([
  'flex'
  'premium'
])
param plan string

@description('Whether the function app reads the Kafka topic by itself.')
param functionsReachKafka bool

@description('Whether the web application of flow B is there.')
param webReachesKafka bool

@description('Where the brokers are: addresses, or Internet for the public endpoints of Confluent Cloud.')
param kafkaDestinations array

param kafkaPort int

var prefix = '10.${octet}'
var functionsPrefix = '${prefix}.0.0/24'
var webBlobPrefix = '${prefix}.1.0/26'
var webKafkaPrefix = '${prefix}.1.64/26'
var endpointsPrefix = '${prefix}.2.0/26'
var gatewayPrefix = '${prefix}.3.0/24'

var toEndpoints = {
  name: 'AllowPrivateEndpoints'
  properties: {
    priority: 100
    direction: 'Outbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: 'VirtualNetwork'
    sourcePortRange: '*'
    destinationAddressPrefix: endpointsPrefix
    destinationPortRange: '443'
  }
}

var toMonitor = {
  name: 'AllowAzureMonitor'
  properties: {
    priority: 110
    direction: 'Outbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: 'VirtualNetwork'
    sourcePortRange: '*'
    destinationAddressPrefix: 'AzureMonitor'
    destinationPortRange: '443'
  }
}

// Sign-in: Entra ID's keys and tokens.
var toEntra = {
  name: 'AllowEntraId'
  properties: {
    priority: 120
    direction: 'Outbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: 'VirtualNetwork'
    sourcePortRange: '*'
    destinationAddressPrefix: 'AzureActiveDirectory'
    destinationPortRange: '443'
  }
}

// Extension bundles of the Functions host come from Microsoft's own content network.
var toBundles = {
  name: 'AllowExtensionBundles'
  properties: {
    priority: 130
    direction: 'Outbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: 'VirtualNetwork'
    sourcePortRange: '*'
    destinationAddressPrefix: 'AzureFrontDoor.FirstParty'
    destinationPortRange: '443'
  }
}

// Instances of Flex Consumption run on a shared environment in this subnet.
var withinFunctions = {
  name: 'AllowWithinSubnet'
  properties: {
    priority: 140
    direction: 'Outbound'
    access: 'Allow'
    protocol: '*'
    sourceAddressPrefix: functionsPrefix
    sourcePortRange: '*'
    destinationAddressPrefix: functionsPrefix
    destinationPortRange: '*'
  }
}

var toKafka = [for (destination, index) in kafkaDestinations: {
  name: 'AllowKafka${index}'
  properties: {
    priority: 200 + index
    direction: 'Outbound'
    access: 'Allow'
    protocol: 'Tcp'
    sourceAddressPrefix: 'VirtualNetwork'
    sourcePortRange: '*'
    destinationAddressPrefix: destination
    destinationPortRange: string(kafkaPort)
  }
}]

var nothingElseOut = {
  name: 'DenyAllOutbound'
  properties: {
    priority: 4096
    direction: 'Outbound'
    access: 'Deny'
    protocol: '*'
    sourceAddressPrefix: '*'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '*'
  }
}

var nothingElseIn = {
  name: 'DenyAllInbound'
  properties: {
    priority: 4096
    direction: 'Inbound'
    access: 'Deny'
    protocol: '*'
    sourceAddressPrefix: '*'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '*'
  }
}

resource functionsGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-functions-${suffix}'
  location: location
  tags: tags
  properties: {
    securityRules: concat([
      toEndpoints
      toMonitor
      toEntra
      toBundles
      withinFunctions
      nothingElseOut
    ], functionsReachKafka ? toKafka : [])
  }
}

resource webBlobGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-web-blob-${suffix}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      toEndpoints
      toMonitor
      toEntra
      nothingElseOut
    ]
  }
}

resource webKafkaGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-web-kafka-${suffix}'
  location: location
  tags: tags
  properties: {
    securityRules: concat([
      toEndpoints
      toMonitor
      toEntra
      nothingElseOut
    ], webReachesKafka ? toKafka : [])
  }
}

resource endpointsGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-endpoints-${suffix}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'AllowFromNetwork'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: endpointsPrefix
          destinationPortRange: '443'
        }
      }
      nothingElseIn
      nothingElseOut
    ]
  }
}

// The one way in from the Internet. The ports from 65200 belong to the gateway's own management and cannot be closed.
resource gatewayGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-gateway-${suffix}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'AllowWeb'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'Internet'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRanges: [
            '80'
            '443'
          ]
        }
      }
      {
        name: 'AllowGatewayManager'
        properties: {
          priority: 110
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'GatewayManager'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '65200-65535'
        }
      }
      {
        name: 'AllowLoadBalancer'
        properties: {
          priority: 120
          direction: 'Inbound'
          access: 'Allow'
          protocol: '*'
          sourceAddressPrefix: 'AzureLoadBalancer'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
      nothingElseIn
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet-${suffix}'
  location: location
  tags: tags
  properties: {
    addressSpace: {
      addressPrefixes: [
        '${prefix}.0.0/16'
      ]
    }
    subnets: [
      {
        name: 'functions'
        properties: {
          addressPrefix: functionsPrefix
          networkSecurityGroup: {
            id: functionsGroup.id
          }
          delegations: [
            {
              name: 'functions'
              properties: {
                serviceName: plan == 'flex' ? 'Microsoft.App/environments' : 'Microsoft.Web/serverFarms'
              }
            }
          ]
        }
      }
      {
        name: 'web-blob'
        properties: {
          addressPrefix: webBlobPrefix
          networkSecurityGroup: {
            id: webBlobGroup.id
          }
          delegations: [
            {
              name: 'web'
              properties: {
                serviceName: 'Microsoft.Web/serverFarms'
              }
            }
          ]
        }
      }
      {
        name: 'web-kafka'
        properties: {
          addressPrefix: webKafkaPrefix
          networkSecurityGroup: {
            id: webKafkaGroup.id
          }
          delegations: [
            {
              name: 'web'
              properties: {
                serviceName: 'Microsoft.Web/serverFarms'
              }
            }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: endpointsPrefix
          // Without this, security groups do not apply to private endpoints.
          privateEndpointNetworkPolicies: 'Enabled'
          networkSecurityGroup: {
            id: endpointsGroup.id
          }
        }
      }
      {
        name: 'gateway'
        properties: {
          addressPrefix: gatewayPrefix
          networkSecurityGroup: {
            id: gatewayGroup.id
          }
        }
      }
    ]
  }
}

resource blobZone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: 'privatelink.blob.${environment().suffixes.storage}'
  location: 'global'
  tags: tags
}

resource queueZone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: 'privatelink.queue.${environment().suffixes.storage}'
  location: 'global'
  tags: tags
}

resource cosmosZone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: 'privatelink.documents.azure.com'
  location: 'global'
  tags: tags
}

resource vaultZone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: 'privatelink.vaultcore.azure.net'
  location: 'global'
  tags: tags
}

resource registryZone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: 'privatelink.azurecr.io'
  location: 'global'
  tags: tags
}

resource sitesZone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: 'privatelink.azurewebsites.net'
  location: 'global'
  tags: tags
}

resource blobLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: blobZone
  name: network.name
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}

resource queueLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: queueZone
  name: network.name
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}

resource cosmosLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: cosmosZone
  name: network.name
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}

resource vaultLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: vaultZone
  name: network.name
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}

resource registryLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: registryZone
  name: network.name
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}

resource sitesLink 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: sitesZone
  name: network.name
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: network.id
    }
  }
}

resource functionsGroupDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: functionsGroup
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource webBlobGroupDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: webBlobGroup
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource webKafkaGroupDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: webKafkaGroup
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource endpointsGroupDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: endpointsGroup
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource gatewayGroupDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: gatewayGroup
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

resource networkDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: network
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

output functionsSubnetId string = '${network.id}/subnets/functions'
output webBlobSubnetId string = '${network.id}/subnets/web-blob'
output webKafkaSubnetId string = '${network.id}/subnets/web-kafka'
output endpointsSubnetId string = '${network.id}/subnets/endpoints'
output gatewaySubnetId string = '${network.id}/subnets/gateway'
output blobZoneId string = blobZone.id
output queueZoneId string = queueZone.id
output cosmosZoneId string = cosmosZone.id
output vaultZoneId string = vaultZone.id
output registryZoneId string = registryZone.id
output sitesZoneId string = sitesZone.id
