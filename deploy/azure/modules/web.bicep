// A web application on its own plan, which grows with requests. In a private network it is reached through the gateway
// only. App Service signs everybody in before a request reaches it.

param location string
param tags object
param name string
param workspaceId string

@description('Subnet that calls go out from; empty for none.')
param subnetId string

@description('Subnet of the private endpoint; empty for a public endpoint.')
param endpointsSubnetId string
param zoneId string
param identityId string
param identityClientId string
param imagesName string
param cosmosEndpoint string

@description('Whether several instances sign their forms with a common secret; a single one makes one up at its start.')
param formSecret bool

@description('Address of that secret in the vault.')
param formSecretUri string

@description('Address of the producer\'s API secret in the vault; with flow kafka only.')
param producerSecretUri string
param registryLoginServer string

@description('Name and tag, or digest, of the image in the registry; empty where a zip is deployed.')
param image string

@description('Where uploads go: blob, or kafka.')
@allowed([
  'blob'
  'kafka'
])
param flow string
param heic bool
param kafkaBrokers string
param kafkaTopic string

@description('API key of the producer.')
param kafkaUsername string

@description('Application (client) id of the registration that people sign in to.')
param entraClientId string

@allowed([
  'B1'
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

@description('The most images of one uploader; 0 for no limit.')
@minValue(0)
param quotaImages int = 0

@description('The most megabytes of originals and renditions of one uploader; 0 for no limit.')
@minValue(0)
param quotaMegabytes int = 0

@description('Whether browsers may write the blocks of large files into the storage account themselves.')
param directUpload bool = false

var private = !empty(endpointsSubnetId)
var container = !empty(image)

// Growing by itself is a feature of the Premium plans.
var elastic = sku != 'B1'

// Two instances at least in several zones: with one, a zone that fails takes the application with it.
var floor = zoneRedundant ? max(minimumInstances, 2) : minimumInstances

var settings = [
  {
    // Sign-in is completed with the app's own identity instead of a client secret.
    name: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
    value: identityClientId
  }
  {
    name: 'ImageStorage__accountName'
    value: imagesName
  }
  {
    name: 'ImageStorage__credential'
    value: 'managedidentity'
  }
  {
    name: 'ImageStorage__clientId'
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
    name: 'DARKROOM_HEIC'
    value: heic ? 'true' : 'false'
  }
  {
    name: 'DARKROOM_STORAGE_CONNECTION'
    value: 'ImageStorage'
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
    name: 'DARKROOM_DIRECT_UPLOAD'
    value: directUpload ? 'true' : 'false'
  }
  {
    name: 'DARKROOM_QUOTA_IMAGES'
    value: quotaImages == 0 ? '' : string(quotaImages)
  }
  {
    name: 'DARKROOM_QUOTA_MB'
    value: quotaMegabytes == 0 ? '' : string(quotaMegabytes)
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

var formSettings = [
  {
    name: 'DARKROOM_SECRET'
    value: '@Microsoft.KeyVault(SecretUri=${formSecretUri})'
  }
]

var containerSettings = [
  {
    name: 'WEBSITES_PORT'
    value: '8080'
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
    // The platform adds instances as requests come, one being warm beforehand.
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
      // The program needs no language of the platform's; of its images this one has a glibc that is new enough.
      linuxFxVersion: container ? 'DOCKER|${registryLoginServer}/${image}' : 'NODE|22-lts'
      appCommandLine: container ? '' : '/home/site/wwwroot/upload-web'
      acrUseManagedIdentityCreds: container
      acrUserManagedIdentityID: container ? identityClientId : null
      alwaysOn: true
      healthCheckPath: '/healthz'
      minimumElasticInstanceCount: elastic ? floor : 0
      elasticWebAppScaleLimit: elastic ? maximumInstances : 0
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      ftpsState: 'Disabled'
      http20Enabled: true
      remoteDebuggingEnabled: false
      appSettings: concat(
        settings,
        formSecret ? formSettings : [],
        container ? containerSettings : [],
        flow == 'kafka' ? kafkaSettings : []
      )
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
          // A token that another application got for its own use does not pass.
          defaultAuthorizationPolicy: {
            allowedApplications: [
              entraClientId
            ]
          }
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
      // The gateway's own headers say which address and scheme the user asked for; without one, nobody's are believed.
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
