// The private address of a network interface that another deployment has just made: only a deployment of its own can look it up.

param interfaceName string

resource interface 'Microsoft.Network/networkInterfaces@2024-05-01' existing = {
  name: interfaceName
}

output address string = interface.properties.ipConfigurations[0].properties.privateIPAddress
