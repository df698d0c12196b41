// Nobody deletes the images' storage or the database by mistake. Blobs and records in them are deleted as before:
// a lock holds for operations of Azure Resource Manager only. It holds for what is below them as well, so a role on one of
// their containers is taken away only after the lock, and `az group delete` fails until then.

param storageName string

@description('The database, where it is made here; empty where it was there before.')
param cosmosName string

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

resource database 'Microsoft.DocumentDB/databaseAccounts@2024-11-15' existing = {
  name: empty(cosmosName) ? 'none' : cosmosName
}

resource storageLock 'Microsoft.Authorization/locks@2020-05-01' = {
  scope: account
  name: 'keep'
  properties: {
    level: 'CanNotDelete'
    notes: 'Originals, renditions and dead letters.'
  }
}

resource databaseLock 'Microsoft.Authorization/locks@2020-05-01' = if (!empty(cosmosName)) {
  scope: database
  name: 'keep'
  properties: {
    level: 'CanNotDelete'
    notes: 'The records of all images.'
  }
}
