// The private DNS zones for the names of private endpoints. They are in this resource group or belong to a landing zone.

param tags object
param networkId string

@description('Resource id of the resource group that contains the private DNS zones of a landing zone. If it is empty, zones are created in this resource group.')
param zonesGroupId string

@description('Whether there is an Event Grid topic with a private endpoint.')
param withEventGrid bool

// The compiler knows only the suffix of storage. The others are those of the public cloud.
var always = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  cosmos: 'privatelink.documents.azure.com'
  vault: 'privatelink.vaultcore.azure.net'
  registry: 'privatelink.azurecr.io'
  sites: 'privatelink.azurewebsites.net'
}
var eventGrid = 'privatelink.eventgrid.azure.net'
var names = withEventGrid ? union(always, { eventGrid: eventGrid }) : always

var own = empty(zonesGroupId) ? items(names) : []
var folder = '${empty(zonesGroupId) ? resourceGroup().id : zonesGroupId}/providers/Microsoft.Network/privateDnsZones'

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for zone in own: {
  name: zone.value
  location: 'global'
  tags: tags
}]

// Zones of a landing zone are not linked here. Their owner links them to the network or to its DNS servers.
resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (zone, index) in own: {
  parent: zones[index]
  name: last(split(networkId, '/'))
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: {
      id: networkId
    }
  }
}]

output blobZoneId string = '${folder}/${names.blob}'
output queueZoneId string = '${folder}/${names.queue}'
output cosmosZoneId string = '${folder}/${names.cosmos}'
output vaultZoneId string = '${folder}/${names.vault}'
output registryZoneId string = '${folder}/${names.registry}'
output sitesZoneId string = '${folder}/${names.sites}'
output eventGridZoneId string = '${folder}/${eventGrid}'
