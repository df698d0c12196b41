// Access for operators to storage, database, vault and registry, which have no public endpoint: from a peered network that
// has a VPN or ExpressRoute, or through Azure Bastion.

param location string
param tags object
param suffix string
param workspaceId string
param networkId string
param bastionSubnetId string
param operatorsSubnetId string

@description('Whether they come in through Azure Bastion; otherwise from the hub.')
param withBastion bool

@description('Resource id of the network from which operators come. The person who deploys also needs the right to peer it.')
param hubNetworkId string

@description('Whether operators come through a VPN or ExpressRoute gateway of the hub.')
param hubGateway bool
param operatorsGroupId string
param sshPublicKey string
param hostSize string

var peered = !withBastion
var hub = peered && empty(hubNetworkId) ? fail('operatorsWayIn peering needs hubNetworkId') : hubNetworkId
var hubParts = split(peered ? hub : networkId, '/')

module outward 'peering.bicep' = if (peered) {
  name: 'peering-to-hub'
  params: {
    networkName: last(split(networkId, '/'))
    remoteNetworkId: hub
    lendGateway: false
    borrowGateway: hubGateway
  }
  // This network can use the hub's gateway only after the hub allows it.
  dependsOn: [
    inward
  ]
}

module inward 'peering.bicep' = if (peered) {
  name: 'peering-from-hub'
  scope: resourceGroup(hubParts[2], hubParts[4])
  params: {
    networkName: last(hubParts)
    remoteNetworkId: networkId
    lendGateway: hubGateway
    borrowGateway: false
  }
}

module bastion 'bastion.bicep' = if (!peered) {
  name: 'bastion'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: workspaceId
    bastionSubnetId: bastionSubnetId
    operatorsSubnetId: operatorsSubnetId
    operatorsGroupId: operatorsGroupId
    sshPublicKey: sshPublicKey
    hostSize: hostSize
  }
}

output bastionName string = peered ? '' : bastion!.outputs.bastionName
output hostId string = peered ? '' : bastion!.outputs.hostId
