// The resources that store data: two storage accounts, the database, and the vault with its keys and secrets.

import { Settings } from '../types.bicep'
import * as choices from '../choices.bicep'

param location string
param tags object
param suffix string

@description('A part of each name that must be unique in all of Azure.')
param token string
param settings Settings
param retentionDays int
param workspaceId string

@description('Subnet of the private endpoints. If it is empty, there are public endpoints instead.')
param endpointsSubnetId string

@description('Ids of the private DNS zones of the private endpoints. They are empty for public endpoints.')
param zoneIds {
  blob: string
  queue: string
  cosmos: string
  vault: string
}

var ownKey = settings.?operations.?ownEncryptionKey ?? false
var existingDatabase = choices.existingDatabase(settings)
var storageSku = settings.?storage.?sku ?? 'Standard_ZRS'

module images 'images.bicep' = {
  name: 'images'
  params: {
    location: location
    tags: tags
    name: 'stdark${token}'
    workspaceId: workspaceId
    endpointsSubnetId: endpointsSubnetId
    blobZoneId: zoneIds.blob
    queueZoneId: zoneIds.queue
    malwareScan: choices.malwareScan(settings)
    sku: storageSku
    retentionDays: retentionDays
    encryptionIdentityId: ownKey ? encryption!.outputs.identityId : ''
    encryptionKeyName: ownKey ? encryption!.outputs.keyName : ''
    encryptionVaultUri: ownKey ? encryption!.outputs.vaultUri : ''
    directUploadOrigins: map(choices.directUpload(settings) ? choices.flows(settings) : [], flow => 'https://${choices.publicHostName(settings, flow, suffix)}')
  }
}

module hostStorage 'host-storage.bicep' = {
  name: 'host-storage'
  params: {
    location: location
    tags: tags
    name: 'sthost${token}'
    workspaceId: workspaceId
    endpointsSubnetId: endpointsSubnetId
    blobZoneId: zoneIds.blob
    queueZoneId: zoneIds.queue
    // This account is not replicated to another region, because a function app there would have its own account.
    sku: storageSku == 'Standard_LRS' ? 'Standard_LRS' : 'Standard_ZRS'
    retentionDays: retentionDays
    encryptionIdentityId: ownKey ? encryption!.outputs.identityId : ''
    encryptionKeyName: ownKey ? encryption!.outputs.keyName : ''
    encryptionVaultUri: ownKey ? encryption!.outputs.vaultUri : ''
  }
}

module cosmos 'cosmos.bicep' = if (empty(existingDatabase)) {
  name: 'cosmos'
  params: {
    location: location
    tags: tags
    name: 'cosmos-darkroom-${token}'
    workspaceId: workspaceId
    endpointsSubnetId: endpointsSubnetId
    zoneId: zoneIds.cosmos
    capacity: choices.databaseCapacity(settings)
    maxThroughput: choices.databaseThroughput(settings)
    secondaryLocation: settings.?database.?secondaryLocation ?? ''
    zoneRedundant: choices.zoneRedundant(settings)
    retentionDays: retentionDays
    encryptionIdentityId: ownKey ? encryption!.outputs.identityId : ''
    encryptionKeyUri: ownKey ? encryption!.outputs.keyUri : ''
    fabricWorkspaceId: settings.?fabric.?workspaceId ?? ''
    leases: choices.imageEvents(settings).kind != 'none'
  }
}

// After the loss of a region, the database already exists. It only needs a private endpoint in this network.
module existingCosmos 'existing-cosmos.bicep' = if (!empty(existingDatabase)) {
  name: 'existing-cosmos'
  params: {
    location: location
    tags: tags
    name: empty(existingDatabase) ? 'none' : existingDatabase
    group: choices.databaseGroup(settings, resourceGroup().name)
    endpointsSubnetId: endpointsSubnetId
    zoneId: zoneIds.cosmos
  }
}

module vault 'vault.bicep' = {
  name: 'vault'
  params: {
    location: location
    tags: tags
    name: 'kv-dark-${token}'
    workspaceId: workspaceId
    endpointsSubnetId: endpointsSubnetId
    zoneId: zoneIds.vault
  }
}

module encryption 'encryption.bicep' = if (ownKey) {
  name: 'encryption'
  params: {
    location: location
    tags: tags
    suffix: suffix
    vaultName: vault.outputs.name
  }
}

output imagesId string = images.outputs.id
output imagesName string = images.outputs.name
output hostStorageName string = hostStorage.outputs.name
output deploymentsUrl string = hostStorage.outputs.deploymentsUrl
output cosmosId string = empty(existingDatabase) ? cosmos!.outputs.id : existingCosmos!.outputs.id
output cosmosName string = empty(existingDatabase) ? cosmos!.outputs.name : existingDatabase
output cosmosEndpoint string = empty(existingDatabase) ? cosmos!.outputs.endpoint : existingCosmos!.outputs.endpoint
output vaultName string = vault.outputs.name
