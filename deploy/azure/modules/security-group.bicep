// The network security group of one subnet. The parameters contain the connections that are allowed. Everything else is
// denied, so the order of the rules does not matter.

param location string
param tags object
param name string
param workspaceId string

@description('Allowed incoming connections. Each has a name, from (an address range or a service tag), and port or ports. protocol and to are optional. If the list is empty, the default rules of Azure apply, which allow connections from the virtual network only.')
param inbound array

@description('Allowed outgoing connections. Each has a name, to (an address range or a service tag), and port or ports. protocol and from are optional.')
param outbound array

@description('Whether the default rules of Azure apply to outgoing connections. Application Gateway requires this.')
param openOutbound bool

func allow(direction string, index int, rule object) object => {
  name: rule.name
  properties: {
    priority: 100 + 10 * index
    direction: direction
    access: 'Allow'
    protocol: rule.?protocol ?? 'Tcp'
    sourceAddressPrefix: rule.?from ?? 'VirtualNetwork'
    sourcePortRange: '*'
    destinationAddressPrefix: rule.?to ?? '*'
    destinationPortRange: contains(rule, 'port') || contains(rule, 'ports') ? rule.?port : fail('The rule ${rule.name} names no port')
    destinationPortRanges: rule.?ports ?? []
  }
}

var allowed = concat(
  map(range(0, length(inbound)), index => allow('Inbound', index, inbound[index])),
  map(range(0, length(outbound)), index => allow('Outbound', index, outbound[index]))
)

var directions = concat(empty(inbound) ? [] : ['Inbound'], openOutbound ? [] : ['Outbound'])

var denied = [for direction in directions: {
  name: 'DenyAll${direction}'
  properties: {
    priority: 4096
    direction: direction
    access: 'Deny'
    protocol: '*'
    sourceAddressPrefix: '*'
    sourcePortRange: '*'
    destinationAddressPrefix: '*'
    destinationPortRange: '*'
  }
}]

resource group 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    securityRules: concat(allowed, denied)
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: group
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

output id string = group.id
