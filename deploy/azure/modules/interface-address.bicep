// Looks up the private address of a network interface. The interface is created by another deployment, so this needs a
// deployment of its own.

param interfaceName string

resource interface 'Microsoft.Network/networkInterfaces@2024-05-01' existing = {
  name: interfaceName
}

output address string = interface.properties.ipConfigurations[0].properties.privateIPAddress
