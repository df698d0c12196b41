// The virtual network: one subnet for each kind of workload, with a security group that allows only the outgoing calls which
// the workload needs. The subnets of App Service are only for outgoing calls; incoming calls do not pass through them.
// Kafka's port is open from two subnets, and only with flow B.

param location string
param tags object
param suffix string
param workspaceId string

@description('The second octet of the address space of the network: x in 10.x.0.0/16.')
@minValue(0)
@maxValue(255)
param octet int

@description('Hosting plan of the function app, which determines the delegation of its subnet.')
@allowed([
  'flex'
  'premium'
])
param plan string

@description('Whether the function app itself reads or writes Kafka topics.')
param functionsReachKafka bool

@description('Address ranges to which the function app sends webhooks.')
param webhookDestinations array

@description('Whether there is an Event Grid topic with a private endpoint.')
param withEventGrid bool

@description('Whether there is a web application for flow B.')
param webReachesKafka bool

@description('Address ranges of the brokers. Internet stands for the public endpoints of Confluent Cloud.')
param kafkaDestinations array

@minValue(1)
@maxValue(65535)
param kafkaPort int

@description('The connection to Confluent Cloud over Private Link: an object of the type ConfluentPrivateLink in types.bicep. It is empty if the public endpoints are used.')
param confluentPrivateLink object

@description('Whether outgoing calls have one fixed address.')
param natGateway bool

@description('Resource id of the resource group that contains the private DNS zones of a landing zone. If it is empty, zones are created in this resource group.')
param privateDnsZonesGroupId string

@description('Addresses of the DNS servers that the network uses, for example the resolver of a landing zone. If there are none, the network uses Azure DNS.')
param dnsServers array

@description('Whether there is a subnet for a virtual network data gateway of Fabric and Power BI.')
param dataGateway bool

@description('Whether there are subnets for Azure Bastion and a host behind it.')
param bastion bool

var prefix = '10.${octet}'
var prefixes = {
  functions: '${prefix}.0.0/24'
  webBlob: '${prefix}.1.0/26'
  webKafka: '${prefix}.1.64/26'
  endpoints: '${prefix}.2.0/26'
  gateway: '${prefix}.3.0/24'
  dataGateway: '${prefix}.4.0/27'
  operators: '${prefix}.4.32/28'
  bastion: '${prefix}.4.64/26'
}

var privateLink = !empty(confluentPrivateLink)
var withNat = natGateway || dataGateway || bastion

var toEndpoints = { name: 'AllowPrivateEndpoints', to: prefixes.endpoints, port: '443' }
var toMonitor = { name: 'AllowAzureMonitor', to: 'AzureMonitor', port: '443' }
// Entra ID's keys and tokens, for sign-in.
var toEntra = { name: 'AllowEntraId', to: 'AzureActiveDirectory', port: '443' }
// Security groups do not apply to Azure's own resolver. Calls to any other resolver have to be allowed.
var toResolvers = [for (server, index) in dnsServers: { name: 'AllowDns${index}', to: server, port: '53', protocol: '*' }]
var usual = concat([toEndpoints, toMonitor, toEntra], toResolvers)

// The host downloads extension bundles from cdn.functions.azure.com (learn.microsoft.com/azure/azure-functions/
// extension-bundles), which is behind Azure Front Door. For outgoing calls to services behind it, Microsoft names the
// tag AzureFrontDoor.Frontend in one case (learn.microsoft.com/azure/machine-learning/how-to-secure-workspace-vnet) and
// AzureFrontDoor.FirstParty in another (learn.microsoft.com/azure/virtual-network/service-tags-overview). No page says which
// tag contains the addresses of the bundles, so both are allowed.
var toBundles = [
  { name: 'AllowFrontDoor', to: 'AzureFrontDoor.Frontend', port: '443' }
  { name: 'AllowFrontDoorOfMicrosoft', to: 'AzureFrontDoor.FirstParty', port: '443' }
]

// The instances of Flex Consumption in this subnet call each other.
var withinFunctions = { name: 'AllowWithinSubnet', from: prefixes.functions, to: prefixes.functions, port: '*', protocol: '*' }

// With Private Link, the brokers can be reached only at the endpoints.
var toKafka = [for (destination, index) in (privateLink ? [prefixes.endpoints] : kafkaDestinations): {
  name: 'AllowKafka${index}'
  to: destination
  port: string(kafkaPort)
}]

var toWebhook = [for (destination, index) in webhookDestinations: {
  name: 'AllowWebhook${index}'
  to: destination
  port: '443'
}]

var toBrokers = privateLink ? concat(
  functionsReachKafka ? [{ name: 'AllowKafkaFromFunctions', from: prefixes.functions, to: prefixes.endpoints, ports: ['443', string(kafkaPort)] }] : [],
  webReachesKafka ? [{ name: 'AllowKafkaFromWeb', from: prefixes.webKafka, to: prefixes.endpoints, ports: ['443', string(kafkaPort)] }] : []
) : []

var subnets = [
  {
    name: 'functions'
    prefix: prefixes.functions
    delegation: plan == 'flex' ? 'Microsoft.App/environments' : 'Microsoft.Web/serverFarms'
    outward: true
    outbound: concat(usual, toBundles, [withinFunctions], functionsReachKafka ? toKafka : [], toWebhook)
  }
  {
    name: 'web-blob'
    prefix: prefixes.webBlob
    delegation: 'Microsoft.Web/serverFarms'
    outward: true
    outbound: usual
  }
  {
    name: 'web-kafka'
    prefix: prefixes.webKafka
    delegation: 'Microsoft.Web/serverFarms'
    outward: true
    outbound: concat(usual, webReachesKafka ? toKafka : [])
  }
  {
    // The tag includes peered networks and what is behind their gateways, so operators can come from a hub.
    name: 'endpoints'
    prefix: prefixes.endpoints
    inbound: concat([{ name: 'AllowFromNetwork', from: 'VirtualNetwork', to: prefixes.endpoints, port: '443' }], toBrokers)
  }
  {
    // Apart from the subnet of Azure Bastion, only this one accepts connections from the Internet. Azure manages the
    // gateway through the ports from 65200 on, which must not be closed.
    name: 'gateway'
    prefix: prefixes.gateway
    openOutbound: true
    inbound: [
      { name: 'AllowWeb', from: 'Internet', ports: ['80', '443'] }
      { name: 'AllowGatewayManager', from: 'GatewayManager', port: '65200-65535' }
      { name: 'AllowLoadBalancer', from: 'AzureLoadBalancer', port: '*', protocol: '*' }
    ]
  }
]

// learn.microsoft.com/fabric/mirroring/azure-cosmos-db-private-network requires this size, the delegation and the NAT
// gateway. The only outgoing calls that it names are those for sign-in. The services of the data gateway itself are added
// here. If one is missing, the log of denied connections shows it (deploy/azure/README.md).
var dataGatewaySubnets = dataGateway ? [
  {
    name: 'data-gateway'
    prefix: prefixes.dataGateway
    delegation: 'Microsoft.PowerPlatform/vnetaccesslinks'
    outward: true
    outbound: concat(usual, [
      { name: 'AllowPowerBI', to: 'PowerBI', port: '443' }
      { name: 'AllowPowerQuery', to: 'PowerQueryOnline', port: '443' }
    ])
  }
] : []

// Bastion requires exactly these rules for its subnet (learn.microsoft.com/azure/bastion/bastion-nsg).
var bastionSubnets = bastion ? [
  {
    name: 'operators'
    prefix: prefixes.operators
    outward: true
    inbound: [{ name: 'AllowSshFromBastion', from: prefixes.bastion, to: prefixes.operators, port: '22' }]
    // The extension for sign-in with Entra ID is downloaded from packages.microsoft.com, which is behind Azure Front Door.
    // Ubuntu's updates are signed, and are downloaded from mirrors in Azure over HTTP.
    outbound: concat(usual, toBundles, [{ name: 'AllowAzure', to: 'AzureCloud', ports: ['80', '443'] }])
  }
  {
    name: 'AzureBastionSubnet'
    prefix: prefixes.bastion
    inbound: [
      { name: 'AllowHttps', from: 'Internet', port: '443' }
      { name: 'AllowGatewayManager', from: 'GatewayManager', port: '443' }
      { name: 'AllowLoadBalancer', from: 'AzureLoadBalancer', port: '443' }
      { name: 'AllowWithinBastion', from: 'VirtualNetwork', to: 'VirtualNetwork', ports: ['8080', '5701'], protocol: '*' }
    ]
    outbound: [
      { name: 'AllowSshRdp', from: '*', to: 'VirtualNetwork', ports: ['22', '3389'], protocol: '*' }
      { name: 'AllowAzureCloud', from: '*', to: 'AzureCloud', port: '443' }
      { name: 'AllowWithinBastion', to: 'VirtualNetwork', ports: ['8080', '5701'], protocol: '*' }
      { name: 'AllowHttp', from: '*', to: 'Internet', port: '80', protocol: '*' }
    ]
  }
] : []

var all = concat(subnets, dataGatewaySubnets, bastionSubnets)

module groups 'security-group.bicep' = [for subnet in all: {
  name: 'nsg-${subnet.name}'
  params: {
    location: location
    tags: tags
    name: 'nsg-${toLower(subnet.name)}-${suffix}'
    workspaceId: workspaceId
    inbound: subnet.?inbound ?? []
    outbound: subnet.?outbound ?? []
    openOutbound: subnet.?openOutbound ?? false
  }
}]

module nat 'nat-gateway.bicep' = if (withNat) {
  name: 'nat-gateway'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: workspaceId
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
    dhcpOptions: {
      dnsServers: dnsServers
    }
    subnets: [for (subnet, index) in all: {
      name: subnet.name
      properties: {
        addressPrefix: subnet.prefix
        networkSecurityGroup: {
          id: groups[index].outputs.id
        }
        natGateway: withNat && (subnet.?outward ?? false) ? {
          id: nat!.outputs.id
        } : null
        delegations: contains(subnet, 'delegation') ? [
          {
            name: subnet.name
            properties: {
              serviceName: subnet.delegation
            }
          }
        ] : []
        // Without this, security groups do not apply to private endpoints.
        privateEndpointNetworkPolicies: subnet.name == 'endpoints' ? 'Enabled' : 'Disabled'
      }
    }]
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
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

module dns 'private-dns.bicep' = {
  name: 'private-dns'
  params: {
    tags: tags
    networkId: network.id
    zonesGroupId: privateDnsZonesGroupId
    withEventGrid: withEventGrid
  }
}

module confluent 'confluent-private-link.bicep' = if (privateLink) {
  name: 'confluent-private-link'
  params: {
    location: location
    tags: tags
    suffix: suffix
    networkId: network.id
    endpointsSubnetId: '${network.id}/subnets/endpoints'
    confluent: confluentPrivateLink
    ownZone: empty(privateDnsZonesGroupId)
  }
}

output id string = network.id
output name string = network.name
output functionsSubnetId string = '${network.id}/subnets/functions'
output webBlobSubnetId string = '${network.id}/subnets/web-blob'
output webKafkaSubnetId string = '${network.id}/subnets/web-kafka'
output endpointsSubnetId string = '${network.id}/subnets/endpoints'
output gatewaySubnetId string = '${network.id}/subnets/gateway'
output operatorsSubnetId string = bastion ? '${network.id}/subnets/operators' : ''
output bastionSubnetId string = bastion ? '${network.id}/subnets/AzureBastionSubnet' : ''
output blobZoneId string = dns.outputs.blobZoneId
output queueZoneId string = dns.outputs.queueZoneId
output cosmosZoneId string = dns.outputs.cosmosZoneId
output vaultZoneId string = dns.outputs.vaultZoneId
output registryZoneId string = dns.outputs.registryZoneId
output sitesZoneId string = dns.outputs.sitesZoneId
output eventGridZoneId string = dns.outputs.eventGridZoneId
output egressAddress string = withNat ? nat!.outputs.address : ''
output confluentAddresses array = privateLink ? confluent!.outputs.addresses : []
