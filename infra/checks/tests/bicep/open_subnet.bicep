// Subnets whose rules let in and out too much, one of them without a security group.
// expects: the subnet open: it lets the Internet reach ['22']
// expects: the subnet open: it lets everything out to the Internet, at ['443']
// expects: network: the subnet of a loop has no security group
var subnets = [
  {
    name: 'open'
    prefix: '10.0.0.0/24'
    inbound: [
      { name: 'AllowSsh', from: 'Internet', port: '22' }
    ]
    outbound: concat([], [{ name: 'AllowAnything', to: 'Internet', port: '443' }])
  }
]

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet'
  location: 'westeurope'
  properties: {
    addressSpace: {
      addressPrefixes: ['10.0.0.0/16']
    }
    subnets: [for subnet in subnets: {
      name: subnet.name
      properties: {
        addressPrefix: subnet.prefix
      }
    }]
  }
}
