// The only public address of the web applications: an Application Gateway with a web application firewall in front of them.
// It redirects requests without TLS to HTTPS.

param location string
param tags object
param suffix string
param workspaceId string
param subnetId string
param identityId string

@description('Address of the secret in the vault that contains the certificate. It has no version, so that renewed certificates are used.')
param certificateSecretUri string

@description('Applications behind the gateway: name, hostName (public) and backend (host name of the web app).')
param sites array

param zones array

@description('The number of instances that always run. With only one, the gateway is unavailable while that instance is replaced.')
@minValue(1)
@maxValue(125)
param minimumCapacity int

@minValue(2)
@maxValue(125)
param maximumCapacity int

var gatewayName = 'agw-${suffix}'
var id = resourceId('Microsoft.Network/applicationGateways', gatewayName)
var ceiling = maximumCapacity < minimumCapacity ? fail('gateway.maximumCapacity is less than gateway.minimumCapacity') : maximumCapacity

// Azure treats a listener without a host name as one for all hosts, and then refuses a second one.
var named = [for site in sites: empty(site.hostName) ? fail('The gateway needs a public host name for the application ${site.name}') : site]

module address 'public-address.bicep' = {
  name: 'gateway-address'
  params: {
    location: location
    tags: tags
    name: 'pip-${suffix}'
    workspaceId: workspaceId
    zones: zones
  }
}

module firewall 'firewall.bicep' = {
  name: 'firewall'
  params: {
    location: location
    tags: tags
    suffix: suffix
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
      minCapacity: minimumCapacity
      maxCapacity: ceiling
    }
    enableHttp2: true
    globalConfiguration: {
      // The firewall has to inspect requests before they are forwarded.
      enableRequestBuffering: true
      // The pages show the progress of an upload from a stream of events. A buffer would delay these until it is full.
      enableResponseBuffering: false
    }
    firewallPolicy: {
      id: firewall.outputs.id
    }
    sslPolicy: {
      policyType: 'Predefined'
      // This policy allows only TLS 1.2 and 1.3.
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
            id: address.outputs.id
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
    backendAddressPools: [for site in named: {
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
          // App Service finds an application by its own host name.
          pickHostNameFromBackendAddress: true
          // This is longer than the pause between two keep-alive messages in a stream of events.
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

var plainListeners = [for site in named: {
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

var listeners = [for site in named: {
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

var redirects = [for site in named: {
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

var plainRules = [for (site, index) in named: {
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

var rules = [for (site, index) in named: {
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

output id string = gateway.id
output address string = address.outputs.address
