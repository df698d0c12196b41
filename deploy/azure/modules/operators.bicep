// Access for operators to storage, database, vault and registry, which have no public endpoint. Operators connect from a
// peered network with a VPN or ExpressRoute gateway, or through Azure Bastion.

param location string
param tags object
param suffix string
param workspaceId string
param networkId string
param bastionSubnetId string
param operatorsSubnetId string

@description('Whether operators connect through Azure Bastion. Otherwise they connect from the hub network.')
param withBastion bool

@description('Resource id of the hub network, from which operators connect. Whoever deploys also needs the right to create peerings in it.')
param hubNetworkId string

@description('Whether operators enter the hub network through its VPN or ExpressRoute gateway.')
param hubGateway bool
param operatorsGroupId string
param sshPublicKey string
param hostSize string

var peered = !withBastion
var hub = peered && empty(hubNetworkId) ? fail('privateNetwork.operatorsWayIn of the kind peering needs hubNetworkId') : hubNetworkId
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
