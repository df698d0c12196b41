// Locks against deleting the images' storage or the database by mistake. A lock applies only to operations of Azure Resource
// Manager, so blobs and records can still be deleted. It also applies to everything below the locked resource: roles on the
// containers cannot be removed, and `az group delete` fails, until the lock is removed.

param storageName string

@description('Name of the database account. It is empty if the account existed before this deployment.')
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
