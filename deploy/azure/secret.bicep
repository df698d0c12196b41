// Writes one secret into the vault. The value is sent to Azure Resource Manager, which can reach the vault although its
// endpoint is closed, and which does not store secure parameters. docs/deploy.md has the commands.

param vaultName string
param name string

@description('The content type, which the list of secrets shows.')
param contentType string = 'text/plain'

@secure()
param value string

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource secret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' = {
  parent: vault
  name: name
  properties: {
    value: value
    contentType: contentType
    attributes: {
      enabled: true
    }
  }
}
