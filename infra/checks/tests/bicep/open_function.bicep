// A function app that anybody may call.
// expects: ipSecurityRestrictionsDefaultAction is not Deny
// expects: an access restriction lets everybody in
resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func'
  location: 'westeurope'
  kind: 'functionapp,linux'
  properties: {
    siteConfig: {
      ipSecurityRestrictions: [
        {
          name: 'all'
          priority: 100
          action: 'Allow'
          ipAddress: '0.0.0.0/0'
        }
      ]
    }
  }
}
