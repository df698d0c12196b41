// Public endpoint and keys.
// expects: publicNetworkAccess is Enabled, not Disabled
// expects: allowSharedKeyAccess is not set, not false
// expects: storage: it has no diagnostic setting
// expects: storage: it has no private endpoint
resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'stopen'
  location: 'westeurope'
  sku: {
    name: 'Standard_LRS'
  }
  kind: 'StorageV2'
  properties: {
    publicNetworkAccess: 'Enabled'
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    networkAcls: {
      defaultAction: 'Deny'
    }
  }
}
