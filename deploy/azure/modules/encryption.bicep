// A customer-managed key for storage and database. Without it, both are encrypted with a key that Microsoft manages. With
// it, the owner of the vault can make the data unreadable for everybody by disabling the key.

param location string
param tags object
param suffix string
param vaultName string

var roles = {
  encryptionUser: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'e147488a-f6f5-4113-8e2d-b22465e65bf6')
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource key 'Microsoft.KeyVault/vaults/keys@2024-11-01' = {
  parent: vault
  name: 'data-encryption'
  tags: tags
  properties: {
    kty: 'RSA'
    keySize: 3072
    keyOps: [
      'wrapKey'
      'unwrapKey'
    ]
    // Storage and database look for a new version once a day and use it automatically.
    rotationPolicy: {
      attributes: {
        expiryTime: 'P2Y'
      }
      lifetimeActions: [
        {
          trigger: {
            timeAfterCreate: 'P1Y'
          }
          action: {
            type: 'rotate'
          }
        }
      ]
    }
  }
}

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-encryption-${suffix}'
  location: location
  tags: tags
}

var encryptionPrincipalId = identity.properties.principalId

resource encryptionKey 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(key.id, identity.id, roles.encryptionUser)
  scope: key
  properties: {
    principalId: encryptionPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.encryptionUser
  }
}

// The address contains no version, so that a new version of the key is used.
output keyUri string = key.properties.keyUri
output keyName string = key.name
output vaultUri string = vault.properties.vaultUri
output identityId string = identity.id
