// A database account that exists already: the replica that took over after the loss of a region. The account itself is not
// changed. This network only gets a private endpoint to it.

param location string
param tags object
param name string

@description('The resource group of the account.')
param group string

@description('Subnet of the private endpoint. If it is empty, there is a public endpoint instead.')
param endpointsSubnetId string
param zoneId string

resource account 'Microsoft.DocumentDB/databaseAccounts@2024-11-15' existing = {
  name: name
  scope: resourceGroup(group)
}

module endpoint 'private-endpoint.bicep' = if (!empty(endpointsSubnetId)) {
  name: 'existing-cosmos-endpoint'
  params: {
    location: location
    tags: tags
    name: 'pe-${name}-${location}'
    subnetId: endpointsSubnetId
    targetId: account.id
    groupId: 'Sql'
    zoneId: zoneId
  }
}

output id string = account.id
output endpoint string = account.properties.documentEndpoint
