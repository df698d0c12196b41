// A private endpoint to Confluent Cloud. The service is in Confluent's subscription, so the connection is a request, which
// Confluent approves for the subscriptions that are registered there.

param location string
param tags object
param name string
param subnetId string

@description('Alias or resource id of Confluent\'s private link service.')
param service string

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: {
      id: subnetId
    }
    customNetworkInterfaceName: 'nic-${name}'
    manualPrivateLinkServiceConnections: [
      {
        name: name
        properties: {
          privateLinkServiceId: service
          requestMessage: 'Darkroom'
        }
      }
    ]
  }
}

output interfaceName string = last(split(endpoint.properties.networkInterfaces[0].id, '/'))
