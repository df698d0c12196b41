// The one public address: an Application Gateway with a web application firewall in front of both web applications.
// HTTP is answered with a redirect to HTTPS and nothing else.

param location string
param tags object
param suffix string
param workspaceId string
param subnetId string
param identityId string

@description('Secret of the vault that holds the certificate, without a version, so that renewals are picked up.')
param certificateSecretUri string

@description('Applications behind the gateway: name, hostName (public) and backend (host name of the web app).')
param sites array

param zones array

@maxValue(125)
param maximumCapacity int

var gatewayName = 'agw-${suffix}'
var id = resourceId('Microsoft.Network/applicationGateways', gatewayName)

resource address 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: 'pip-${suffix}'
  location: location
  tags: tags
  sku: {
    name: 'Standard'
    tier: 'Regional'
  }
  zones: zones
  properties: {
    publicIPAllocationMethod: 'Static'
    publicIPAddressVersion: 'IPv4'
  }
}

resource firewall 'Microsoft.Network/ApplicationGatewayWebApplicationFirewallPolicies@2024-05-01' = {
  name: 'waf-${suffix}'
  location: location
  tags: tags
  properties: {
    policySettings: {
      state: 'Enabled'
      mode: 'Prevention'
      requestBodyCheck: true
      requestBodyInspectLimitInKB: 128
      // 2,000 KB is the most that can be set here, and it would hold for every body that is no form: a photo that the
      // page sends is larger. App Service signs people in first, and the application limits what it takes.
      requestBodyEnforcement: false
      maxRequestBodySizeInKb: 2000
      // A form of several photos is one upload; the application has its own limit for each file.
      fileUploadEnforcement: true
      fileUploadLimitInMb: 512
    }
    managedRules: {
      managedRuleSets: [
        {
          ruleSetType: 'Microsoft_DefaultRuleSet'
          ruleSetVersion: '2.1'
        }
        {
          ruleSetType: 'Microsoft_BotManagerRuleSet'
          ruleSetVersion: '1.1'
        }
      ]
    }
    customRules: [
      {
        name: 'LimitRate'
        priority: 10
        ruleType: 'RateLimitRule'
        action: 'Block'
        rateLimitDuration: 'OneMin'
        // Above what the application allows one user.
        rateLimitThreshold: 12000
        groupByUserSession: [
          {
            groupByVariables: [
              {
                variableName: 'ClientAddr'
              }
            ]
          }
        ]
        matchConditions: [
          {
            matchVariables: [
              {
                variableName: 'RemoteAddr'
              }
            ]
            // Everybody: whoever is not the one address that nobody has.
            operator: 'IPMatch'
            negationConditon: true
            matchValues: [
              '255.255.255.255/32'
            ]
          }
        ]
      }
      {
        // A photo is the whole body of this one request. The managed rules refuse content types such as image/jpeg, and
        // what they find in pixels is chance. What may be sent there is for the application to say.
        name: 'AllowUploads'
        priority: 20
        ruleType: 'MatchRule'
        action: 'Allow'
        matchConditions: [
          {
            matchVariables: [
              {
                variableName: 'RequestMethod'
              }
            ]
            operator: 'Equal'
            negationConditon: false
            matchValues: [
              'POST'
            ]
          }
          {
            matchVariables: [
              {
                variableName: 'RequestUri'
              }
            ]
            operator: 'Regex'
            negationConditon: false
            matchValues: [
              '^(https?://[^/?]+)?/api/v1/images($|[?])'
            ]
          }
        ]
      }
    ]
  }
}

resource gateway 'Microsoft.Network/applicationGateways@2024-05-01' = {
  name: gatewayName
  location: location
  tags: tags
  zones: zones
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    sku: {
      name: 'WAF_v2'
      tier: 'WAF_v2'
    }
    autoscaleConfiguration: {
      minCapacity: 1
      maxCapacity: maximumCapacity
    }
    enableHttp2: true
    globalConfiguration: {
      // The firewall has to see requests before they are passed on.
      enableRequestBuffering: true
      // Pages follow an upload by a stream of events, of which a buffer would show nothing until it is full.
      enableResponseBuffering: false
    }
    firewallPolicy: {
      id: firewall.id
    }
    sslPolicy: {
      policyType: 'Predefined'
      // TLS 1.2 and 1.3 only.
      policyName: 'AppGwSslPolicy20220101'
    }
    sslCertificates: [
      {
        name: 'site'
        properties: {
          keyVaultSecretId: certificateSecretUri
        }
      }
    ]
    gatewayIPConfigurations: [
      {
        name: 'subnet'
        properties: {
          subnet: {
            id: subnetId
          }
        }
      }
    ]
    frontendIPConfigurations: [
      {
        name: 'public'
        properties: {
          publicIPAddress: {
            id: address.id
          }
        }
      }
    ]
    frontendPorts: [
      {
        name: 'http'
        properties: {
          port: 80
        }
      }
      {
        name: 'https'
        properties: {
          port: 443
        }
      }
    ]
    backendAddressPools: [for site in sites: {
      name: site.name
      properties: {
        backendAddresses: [
          {
            fqdn: site.backend
          }
        ]
      }
    }]
    probes: [
      {
        name: 'health'
        properties: {
          protocol: 'Https'
          path: '/healthz'
          interval: 30
          timeout: 10
          unhealthyThreshold: 3
          pickHostNameFromBackendHttpSettings: true
          match: {
            statusCodes: [
              '200'
            ]
          }
        }
      }
    ]
    backendHttpSettingsCollection: [
      {
        name: 'https'
        properties: {
          port: 443
          protocol: 'Https'
          cookieBasedAffinity: 'Disabled'
          // App Service knows its applications by their own host names.
          pickHostNameFromBackendAddress: true
          // Longer than the pause between two signs of life in a stream of events.
          requestTimeout: 240
          connectionDraining: {
            enabled: true
            drainTimeoutInSec: 60
          }
          probe: {
            id: '${id}/probes/health'
          }
        }
      }
    ]
    httpListeners: concat(plainListeners, listeners)
    redirectConfigurations: redirects
    requestRoutingRules: concat(plainRules, rules)
  }
}

var plainListeners = [for site in sites: {
  name: '${site.name}-http'
  properties: {
    frontendIPConfiguration: {
      id: '${id}/frontendIPConfigurations/public'
    }
    frontendPort: {
      id: '${id}/frontendPorts/http'
    }
    protocol: 'Http'
    hostName: site.hostName
  }
}]

var listeners = [for site in sites: {
  name: site.name
  properties: {
    frontendIPConfiguration: {
      id: '${id}/frontendIPConfigurations/public'
    }
    frontendPort: {
      id: '${id}/frontendPorts/https'
    }
    protocol: 'Https'
    hostName: site.hostName
    requireServerNameIndication: true
    sslCertificate: {
      id: '${id}/sslCertificates/site'
    }
  }
}]

var redirects = [for site in sites: {
  name: site.name
  properties: {
    redirectType: 'Permanent'
    targetListener: {
      id: '${id}/httpListeners/${site.name}'
    }
    includePath: true
    includeQueryString: true
  }
}]

var plainRules = [for (site, index) in sites: {
  name: '${site.name}-http'
  properties: {
    ruleType: 'Basic'
    priority: 1000 + index
    httpListener: {
      id: '${id}/httpListeners/${site.name}-http'
    }
    redirectConfiguration: {
      id: '${id}/redirectConfigurations/${site.name}'
    }
  }
}]

var rules = [for (site, index) in sites: {
  name: site.name
  properties: {
    ruleType: 'Basic'
    priority: 100 + index
    httpListener: {
      id: '${id}/httpListeners/${site.name}'
    }
    backendAddressPool: {
      id: '${id}/backendAddressPools/${site.name}'
    }
    backendHttpSettings: {
      id: '${id}/backendHttpSettingsCollection/https'
    }
  }
}]

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: gateway
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

resource addressDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: address
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output address string = address.properties.ipAddress
