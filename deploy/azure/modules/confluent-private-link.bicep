// Confluent Cloud over Azure Private Link, as Confluent's own examples for Terraform set it up
// (confluentinc/terraform-provider-confluent: dedicated-privatelink-azure-kafka-rbac and
// enterprise-privatelinkattachment-azure-kafka-acls).

param location string
param tags object
param suffix string
param networkId string
param endpointsSubnetId string

@description('An object of the type ConfluentPrivateLink in types.bicep.')
param confluent object

@description('Whether this deployment creates the private DNS zone. In a landing zone, the owner of the DNS has to add the records instead.')
param ownZone bool

var services = empty(confluent.?domain) || empty(confluent.?services) ? fail('confluentPrivateLink needs a domain and services') : confluent.services

module endpoints 'confluent-endpoint.bicep' = [for (entry, index) in services: {
  name: 'confluent-endpoint-${index}'
  params: {
    location: location
    tags: tags
    name: 'pe-confluent-${entry.?zone ?? 'all'}-${suffix}'
    subnetId: endpointsSubnetId
    service: entry.service
  }
}]

module interfaces 'interface-address.bicep' = [for (entry, index) in services: {
  name: 'confluent-address-${index}'
  params: {
    interfaceName: endpoints[index].outputs.interfaceName
  }
}]

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = if (ownZone) {
  name: confluent.domain
  location: 'global'
  tags: tags
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = if (ownZone) {
  parent: zone
  name: last(split(networkId, '/'))
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: networkId
    }
  }
}

// The bootstrap server can be reached in every zone.
resource anyZone 'Microsoft.Network/privateDnsZones/A@2024-06-01' = if (ownZone) {
  parent: zone
  name: '*'
  properties: {
    ttl: 60
    aRecords: [for (entry, index) in services: {
      ipv4Address: interfaces[index].outputs.address
    }]
  }
}

// A broker can be reached only in its own zone.
resource eachZone 'Microsoft.Network/privateDnsZones/A@2024-06-01' = [for (entry, index) in (ownZone && contains(services[0], 'zone') ? services : []): {
  parent: zone
  name: '*.az${entry.zone}'
  properties: {
    ttl: 60
    aRecords: [
      {
        ipv4Address: interfaces[index].outputs.address
      }
    ]
  }
}]

output addresses array = [for (entry, index) in services: interfaces[index].outputs.address]
