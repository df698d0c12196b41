// A web application on its own plan, which grows with requests and with load. It is reached through the gateway only,
// and App Service signs everybody in before a request reaches it.

param location string
param tags object
param name string
param workspaceId string
param subnetId string
param endpointsSubnetId string
param zoneId string
param identityId string
param identityClientId string
param storageName string
param cosmosEndpoint string

@description('Address of the secret in the vault that signs forms.')
param formSecretUri string

@description('Address of the producer\'s API secret in the vault; with flow kafka only.')
param producerSecretUri string
param registryLoginServer string

@description('Name and tag, or digest, of the image in the registry.')
param image string

@description('Where uploads go: blob, or kafka.')
@allowed([
  'blob'
  'kafka'
])
param flow string
param kafkaBrokers string
param kafkaTopic string

@description('API key of the producer.')
param kafkaUsername string

@description('Application (client) id of the registration that people sign in to.')
param entraClientId string

@allowed([
  'P0v3'
  'P1v3'
  'P2v3'
])
param sku string
param zoneRedundant bool

@minValue(1)
param minimumInstances int

@maxValue(30)
param maximumInstances int

// Two instances at least in several zones: with one, a zone that fails takes the application with it.
var floor = zoneRedundant ? max(minimumInstances, 2) : minimumInstances

var settings = [
  {
    name: 'WEBSITES_PORT'
    value: '8080'
  }
  {
    // Sign-in is completed with the app's own identity instead of a client secret.
    name: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
    value: identityClientId
  }
  {
    name: 'AzureWebJobsStorage__accountName'
    value: storageName
  }
  {
    name: 'AzureWebJobsStorage__credential'
    value: 'managedidentity'
  }
  {
    name: 'AzureWebJobsStorage__clientId'
    value: identityClientId
  }
  {
    name: 'CosmosDb__accountEndpoint'
    value: cosmosEndpoint
  }
  {
    name: 'CosmosDb__credential'
    value: 'managedidentity'
  }
  {
    name: 'CosmosDb__clientId'
    value: identityClientId
  }
  {
    name: 'DARKROOM_AUTH'
    value: 'easyauth'
  }
  {
    name: 'DARKROOM_FLOWS'
    value: flow
  }
  {
    name: 'DARKROOM_STORAGE_CONNECTION'
    value: 'AzureWebJobsStorage'
  }
  {
    name: 'DARKROOM_COSMOS_CONNECTION'
    value: 'CosmosDb'
  }
  {
    name: 'DARKROOM_UPLOADS_CONTAINER'
    value: 'uploads'
  }
  {
    name: 'DARKROOM_RENDITIONS_CONTAINER'
    value: 'renditions'
  }
  {
    name: 'DARKROOM_COSMOS_DATABASE'
    value: 'darkroom'
  }
  {
    name: 'DARKROOM_COSMOS_CONTAINER'
    value: 'images'
  }
  {
    name: 'DARKROOM_MAX_UPLOAD_MIB'
    value: '64'
  }
  {
    name: 'DARKROOM_UPLOADS_AT_ONCE'
    value: '24'
  }
  {
    name: 'DARKROOM_UPLOADS_PER_USER'
    value: '6'
  }
  {
    name: 'DARKROOM_UPLOADS_PER_MINUTE'
    value: '240'
  }
  {
    name: 'DARKROOM_REQUESTS_PER_MINUTE'
    value: '6000'
  }
  {
    name: 'DARKROOM_STREAMS_AT_ONCE'
    value: '500'
  }
  {
    name: 'DARKROOM_STREAMS_PER_USER'
    value: '8'
  }
  {
    name: 'DARKROOM_INSIGHTS_RECORDS'
    value: '50000'
  }
  {
    name: 'DARKROOM_SECRET'
    value: '@Microsoft.KeyVault(SecretUri=${formSecretUri})'
  }
  {
    name: 'DARKROOM_LOG'
    value: 'info'
  }
  {
    name: 'DARKROOM_LOG_FORMAT'
    value: 'json'
  }
]

var kafkaSettings = [
  {
    // Larger files go into the container and the message refers to them.
    name: 'DARKROOM_KAFKA_INLINE_KIB'
    value: '960'
  }
  {
    // Confluent Cloud's certificates are of a public authority.
    name: 'KAFKA_CA_FILE'
    value: ''
  }
  {
    name: 'DARKROOM_INCOMING_CONTAINER'
    value: 'incoming'
  }
  {
    name: 'KAFKA_BROKERS'
    value: kafkaBrokers
  }
  {
    name: 'KAFKA_TOPIC'
    value: kafkaTopic
  }
  {
    name: 'KAFKA_USERNAME'
    value: kafkaUsername
  }
  {
    name: 'KAFKA_PASSWORD'
    value: '@Microsoft.KeyVault(SecretUri=${producerSecretUri})'
  }
]

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${name}'
  location: location
  tags: tags
  kind: 'linux'
  sku: {
    name: sku
    capacity: floor
  }
  properties: {
    reserved: true
    zoneRedundant: zoneRedundant
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: name
  location: location
  tags: tags
  kind: 'app,linux,container'
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
    virtualNetworkSubnetId: subnetId
    vnetRouteAllEnabled: true
    vnetImagePullEnabled: true
    publicNetworkAccess: 'Disabled'
    siteConfig: {
      linuxFxVersion: 'DOCKER|${registryLoginServer}/${image}'
      acrUseManagedIdentityCreds: true
      acrUserManagedIdentityID: identityClientId
      alwaysOn: true
      healthCheckPath: '/healthz'
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
      appSettings: flow == 'kafka' ? concat(settings, kafkaSettings) : settings
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
      // The platform's health check signs in as nobody; the page says ok and nothing else.
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
        }
      }
    }
    login: {
      // Nothing here calls other services in the user's name.
      tokenStore: {
        enabled: false
      }
    }
    httpSettings: {
      requireHttps: true
      // The gateway's own headers say which address and scheme the user asked for.
      forwardProxy: {
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

module endpoint 'private-endpoint.bicep' = {
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

// Out quickly on either sign, in slowly on both: an upload that is under way should not lose its instance.
resource autoscale 'Microsoft.Insights/autoscalesettings@2022-10-01' = {
  name: 'scale-${name}'
  location: location
  tags: tags
  properties: {
    enabled: true
    targetResourceUri: plan.id
    profiles: [
      {
        name: 'load'
        capacity: {
          minimum: string(floor)
          default: string(floor)
          maximum: string(maximumInstances)
        }
        rules: [
          {
            metricTrigger: {
              metricName: 'CpuPercentage'
              metricResourceUri: plan.id
              timeGrain: 'PT1M'
              statistic: 'Average'
              timeWindow: 'PT5M'
              timeAggregation: 'Average'
              operator: 'GreaterThan'
              threshold: 65
            }
            scaleAction: {
              direction: 'Increase'
              type: 'ChangeCount'
              value: '2'
              cooldown: 'PT3M'
            }
          }
          {
            metricTrigger: {
              metricName: 'Requests'
              metricResourceUri: app.id
              timeGrain: 'PT1M'
              statistic: 'Sum'
              timeWindow: 'PT5M'
              timeAggregation: 'Average'
              operator: 'GreaterThan'
              threshold: 3000
              // The sum of all instances, divided by their number.
              dividePerInstance: true
            }
            scaleAction: {
              direction: 'Increase'
              type: 'ChangeCount'
              value: '2'
              cooldown: 'PT3M'
            }
          }
          {
            metricTrigger: {
              metricName: 'CpuPercentage'
              metricResourceUri: plan.id
              timeGrain: 'PT1M'
              statistic: 'Average'
              timeWindow: 'PT15M'
              timeAggregation: 'Average'
              operator: 'LessThan'
              threshold: 30
            }
            scaleAction: {
              direction: 'Decrease'
              type: 'ChangeCount'
              value: '1'
              cooldown: 'PT10M'
            }
          }
          {
            metricTrigger: {
              metricName: 'Requests'
              metricResourceUri: app.id
              timeGrain: 'PT1M'
              statistic: 'Sum'
              timeWindow: 'PT15M'
              timeAggregation: 'Average'
              operator: 'LessThan'
              threshold: 1000
              dividePerInstance: true
            }
            scaleAction: {
              direction: 'Decrease'
              type: 'ChangeCount'
              value: '1'
              cooldown: 'PT10M'
            }
          }
        ]
      }
    ]
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

resource autoscaleDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: autoscale
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        categoryGroup: 'allLogs'
        enabled: true
      }
    ]
  }
}

output name string = app.name
output hostName string = app.properties.defaultHostName
