// A web app that talks TLS 1.0 and takes FTP, from anywhere.
// expects: minTlsVersion is 1.0, not 1.2 or 1.3
// expects: ftpsState is AllAllowed, not Disabled
// expects: httpsOnly is false, not true
// expects: app: publicNetworkAccess is not Disabled
// expects: basic credentials for ftp are not off
resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'app'
  location: 'westeurope'
  kind: 'app,linux'
  properties: {
    httpsOnly: false
    siteConfig: {
      minTlsVersion: '1.0'
      ftpsState: 'AllAllowed'
    }
  }
}
