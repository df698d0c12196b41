// One side of a peering of two virtual networks. A peering carries traffic only if both sides exist.

param networkName string
param remoteNetworkId string

@description('Whether the other network may use the VPN or ExpressRoute gateway of this one.')
param lendGateway bool

@description('Whether this network uses the gateway of the other one.')
param borrowGateway bool

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {
  name: networkName
}

resource peering 'Microsoft.Network/virtualNetworks/virtualNetworkPeerings@2024-05-01' = {
  parent: network
  name: 'to-${last(split(remoteNetworkId, '/'))}'
  properties: {
    remoteVirtualNetwork: {
      id: remoteNetworkId
    }
    allowVirtualNetworkAccess: true
    allowForwardedTraffic: true
    allowGatewayTransit: lendGateway
    useRemoteGateways: borrowGateway
  }
}
