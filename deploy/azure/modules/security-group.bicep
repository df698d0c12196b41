// The security group of one subnet. Its parameters say what is allowed, and everything else is denied. So the order of the
// rules does not matter.

param location string
param tags object
param name string
param workspaceId string

@description('Allowed incoming connections: name, from (an address range or a service tag), and port or ports; optionally protocol and to. Without any, Azure\'s own rules apply, which allow connections from the network only.')
param inbound array

@description('Allowed outgoing connections: name, to (an address range or a service tag), and port or ports; optionally protocol and from.')
param outbound array

@description('Whether Azure\'s own rules apply to outgoing connections, as its gateways require.')
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
