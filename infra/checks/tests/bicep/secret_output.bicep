// A key that is listed and put out, and a parameter that is not secure.
// expects: it calls listKeys
// expects: the output storageConnectionString may be a secret
// expects: the parameter kafkaPassword is not @secure()
param kafkaPassword string

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: 'st${kafkaPassword}'
}

output storageConnectionString string = 'AccountKey=${storage.listKeys().keys[0].value}'
