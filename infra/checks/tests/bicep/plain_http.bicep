// A gateway that only watches, and serves HTTP.
// expects: policySettings.mode is Detection, not Prevention
// expects: HTTP on plain is not redirected
// expects: it has no firewall policy
// expects: sslPolicy.policyName is AppGwSslPolicy20150501
resource firewall 'Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies@2024-05-01' = {
  name: 'waf'
  location: 'westeurope'
  properties: {
    policySettings: {
      state: 'Enabled'
      mode: 'Detection'
    }
  }
}

resource gateway 'Microsoft.Network/applicationGateways@2024-05-01' = {
  name: 'agw'
  location: 'westeurope'
  properties: {
    sku: {
      tier: 'WAF_v2'
    }
    sslPolicy: {
      policyName: 'AppGwSslPolicy20150501'
    }
    httpListeners: [
      {
        name: 'plain'
        properties: {
          protocol: 'Http'
          frontendPort: {
            id: 'gateway/frontendPorts/http'
          }
        }
      }
    ]
    requestRoutingRules: [
      {
        name: 'plain'
        properties: {
          ruleType: 'Basic'
          httpListener: {
            id: 'gateway/httpListeners/plain'
          }
          backendAddressPool: {
            id: 'gateway/backendAddressPools/pool'
          }
        }
      }
    ]
  }
}
