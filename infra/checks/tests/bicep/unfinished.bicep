// It does not parse.
// expects: unfinished.bicep
resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'st'
