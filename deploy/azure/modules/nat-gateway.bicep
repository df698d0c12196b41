// One fixed public address for all outgoing calls, which other parties can add to their lists of allowed callers.

param location string
param tags object
param suffix string
param workspaceId string

module address 'public-address.bicep' = {
  name: 'nat-address'
  params: {
    location: location
    tags: tags
    name: 'pip-nat-${suffix}'
    workspaceId: workspaceId
  }
}

// If no zone is named, Azure chooses one. A NAT gateway is never spread over several zones.
resource gateway 'Microsoft.Network/natGateways@2024-05-01' = {
  name: 'ng-${suffix}'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
  }
  properties: {
    idleTimeoutInMinutes: 10
    publicIpAddresses: [
      {
        id: address.outputs.id
      }
    ]
  }
}

output id string = gateway.id
output address string = address.outputs.address
