// A parameter for nothing, and a preview version.
// expects: nobody is used nowhere
// expects: is a preview
param nobody string = ''

resource vault 'Microsoft.KeyVault/vaults@2024-12-01-preview' = {
  name: 'kv'
  location: 'westeurope'
}
