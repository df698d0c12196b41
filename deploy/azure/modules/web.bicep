// A web application on a plan of its own, which scales out with the number of requests. In a private network it can be
// reached only through the gateway. App Service requires sign-in before a request reaches the application.

import { Settings } from '../types.bicep'
import * as choices from '../choices.bicep'
import { appSettings } from 'web-settings.bicep'

param location string
param tags object
param name string
param settings Settings
param workspaceId string

@description('The flow of the uploads: with blob, the application writes them to Blob Storage. With kafka, it sends them to a topic.')
param flow 'blob' | 'kafka'

@description('Subnet for outgoing calls. If it is empty, the app does not join a virtual network.')
param subnetId string

@description('Subnet of the private endpoint. If it is empty, there is a public endpoint instead.')
param endpointsSubnetId string
param zoneId string
param identityId string
param identityClientId string
param imagesName string
param cosmosEndpoint string

@description('Address of the secret in the vault that signs the forms. It is empty if a single instance generates the secret itself.')
param formSecretUri string

@description('Address of the producer\'s API secret in the vault. It is empty for flow A.')
param producerSecretUri string
param registryLoginServer string

var private = !empty(endpointsSubnetId)
var container = choices.webContainer(settings)
var sku = choices.webSku(settings)
var maximumInstances = choices.webMaximumInstances(settings)
var entraClientId = settings.web.?entraClientId ?? ''

// Only the Premium plans scale automatically.
var elastic = sku != 'B1'

// With several zones there are at least two instances. A single one would be lost with its zone.
var minimumInstances = choices.zoneRedundant(settings) ? max(choices.webMinimumInstances(settings), 2) : choices.webMinimumInstances(settings)

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'linux'
  sku: {
    name: sku
    capacity: minimumInstances
  }
  properties: {
    reserved: true
    zoneRedundant: choices.zoneRedundant(settings)
    // Automatic scaling: the platform adds instances when requests increase, and keeps a prewarmed instance ready.
    elasticScaleEnabled: elastic
    maximumElasticWorkerCount: elastic ? maximumInstances : 1
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  // azd finds the app by this tag.
  tags: union(tags, {
    'azd-service-name': 'web-${flow}'
  })
  kind: container ? 'app,linux,container' : 'app,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identityId}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    clientAffinityEnabled: false
    keyVaultReferenceIdentity: identityId
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    vnetRouteAllEnabled: !empty(subnetId)
    vnetImagePullEnabled: container && !empty(subnetId)
    publicNetworkAccess: private ? 'Disabled' : 'Enabled'
    siteConfig: {
      // Without a container, the program needs an image of App Service to run in. It uses none of the languages in these
      // images. It runs in the one for Node.js 22, because the glibc there is new enough.
      linuxFxVersion: container ? 'DOCKER|${registryLoginServer}/${settings.web.?image ?? ''}' : 'NODE|22-lts'
      appCommandLine: container ? '' : '/home/site/wwwroot/upload-web'
      acrUseManagedIdentityCreds: container
      acrUserManagedIdentityID: container ? identityClientId : null
      alwaysOn: true
      healthCheckPath: '/healthz'
      minimumElasticInstanceCount: elastic ? minimumInstances : 0
      elasticWebAppScaleLimit: elastic ? maximumInstances : 0
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
      appSettings: appSettings(settings, flow, {
        identityClientId: identityClientId
        imagesName: imagesName
        cosmosEndpoint: cosmosEndpoint
        formSecretUri: formSecretUri
        producerSecretUri: producerSecretUri
      })
    }
  }
}

resource authentication 'Microsoft.Web/sites/config@2024-04-01' = {
  parent: app
  name: 'authsettingsV2'
  properties: {
    platform: {
      enabled: true
      runtimeVersion: '~1'
    }
    globalValidation: {
      requireAuthentication: true
      unauthenticatedClientAction: 'RedirectToLoginPage'
      redirectToProvider: 'azureactivedirectory'
      // The health check of the platform is not signed in. This page contains nothing but the word ok.
      excludedPaths: [
        '/healthz'
      ]
    }
    identityProviders: {
      azureActiveDirectory: {
        enabled: true
        registration: {
          openIdIssuer: '${environment().authentication.loginEndpoint}${tenant().tenantId}/v2.0'
          clientId: entraClientId
          clientSecretSettingName: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
        }
        validation: {
          allowedAudiences: [
            'api://${entraClientId}'
          ]
          // This refuses tokens that were issued to other applications.
          defaultAuthorizationPolicy: {
            allowedApplications: [
              entraClientId
            ]
          }
        }
      }
    }
    login: {
      // The application calls no other service on behalf of the user, so it needs no stored tokens.
      tokenStore: {
        enabled: false
      }
    }
    httpSettings: {
      requireHttps: true
      // The gateway sends the host name and the scheme that the user requested in these headers. Without a gateway, such
      // headers could come from anybody, so they are ignored.
      forwardProxy: !private ? {
        convention: 'NoProxy'
      } : {
        convention: 'Custom'
        customHostHeaderName: 'X-Original-Host'
        customProtoHeaderName: 'X-Forwarded-Proto'
      }
    }
  }
}

resource noFtpPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'ftp'
  properties: {
    allow: false
  }
}

resource noScmPasswords 'Microsoft.Web/sites/basicPublishingCredentialsPolicies@2024-04-01' = {
  parent: app
  name: 'scm'
  properties: {
    allow: false
  }
}

module endpoint 'private-endpoint.bicep' = if (private) {
  name: '${name}-endpoint'
  params: {
    location: location
    tags: tags
    name: 'pe-${name}'
    subnetId: endpointsSubnetId
    targetId: app.id
    groupId: 'sites'
    zoneId: zoneId
  }
}

resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: app
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'AppServiceConsoleLogs'
        enabled: true
      }
      {
        category: 'AppServiceHTTPLogs'
        enabled: true
      }
      {
        category: 'AppServiceAuthenticationLogs'
        enabled: true
      }
      {
        category: 'AppServicePlatformLogs'
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

resource planDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: plan
  properties: {
    workspaceId: workspaceId
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

output hostName string = app.properties.defaultHostName
