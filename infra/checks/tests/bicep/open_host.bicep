// A host that the Internet reaches, with a password, and a Bastion whose links let in whoever has them.
// expects: interface: it has a public address
// expects: disablePasswordAuthentication is false, not true
// expects: secureBootEnabled is not set, not true
// expects: enableShareableLink is true, not false
// expects: bastion: it has no diagnostic setting
resource interface 'Microsoft.Network/networkInterfaces@2024-05-01' = {
  name: 'nic'
  location: 'westeurope'
  properties: {
    ipConfigurations: [
      {
        name: 'public'
        properties: {
          publicIPAddress: {
            id: 'pip'
          }
        }
      }
    ]
  }
}

resource host 'Microsoft.Compute/virtualMachines@2024-07-01' = {
  name: 'vm'
  location: 'westeurope'
  properties: {
    osProfile: {
      linuxConfiguration: {
        disablePasswordAuthentication: false
      }
    }
  }
}

resource bastion 'Microsoft.Network/bastionHosts@2024-05-01' = {
  name: 'bas'
  location: 'westeurope'
  properties: {
    enableShareableLink: true
    enableIpConnect: false
  }
}
