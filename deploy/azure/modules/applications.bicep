// The function app, the web applications, and the gateway in front of them, with the roles for the secrets that each of
// them may read.

import { Settings } from '../types.bicep'
import * as choices from '../choices.bicep'

param location string
param tags object
param suffix string
param settings Settings
param workspaceId string
param insightsId string
param insightsConnectionString string
param actionGroupId string

@description('Subnets of the private network. They are empty if there is none.')
param subnetIds {
  functions: string
  webBlob: string
  webKafka: string
  endpoints: string
  gateway: string
}
param sitesZoneId string

@description('A managed identity.')
type Identity = {
  id: string
  clientId: string
  principalId: string
}

param identities {
  functions: Identity
  webBlob: Identity
  webKafka: Identity
  gateway: {
    id: string
    principalId: string
  }
}
param imagesName string
param hostStorageName string
param deploymentsUrl string
param cosmosEndpoint string
param vaultName string

@description('Name and login server of the registry. Both are empty if there is none.')
param registryName string
param registryLoginServer string
param uploadsTopicName string

@description('Address of the topic of image events. It is empty if they do not go to Event Grid.')
param imageEventsTopicEndpoint string

var withKafka = contains(settings, 'kafka')
var withGateway = choices.withGateway(settings)
var imageEvents = choices.imageEvents(settings)
var flows = choices.flows(settings)
var functionAppName = 'func-${suffix}'
var deployerPrincipalId = settings.?people.?deployerPrincipalId ?? ''

// The applications need these secrets when they start.
module secretRoles 'secret-roles.bicep' = {
  name: 'secret-roles'
  params: {
    vaultName: vaultName
    functionsPrincipalId: identities.functions.principalId
    webBlobPrincipalId: identities.webBlob.principalId
    webKafkaPrincipalId: identities.webKafka.principalId
    gatewayPrincipalId: identities.gateway.principalId
    functionsKafka: choices.functionsKafka(settings)
    webhook: imageEvents.kind == 'webhook'
    webKafka: withKafka
    formSecret: choices.sharedFormSecret(settings)
    certificateSecretName: withGateway ? settings.gateway!.certificateSecretName : ''
  }
}

module functions 'functions.bicep' = {
  name: 'functions'
  params: {
    location: location
    tags: tags
    suffix: suffix
    settings: settings
    workspaceId: workspaceId
    subnetId: subnetIds.functions
    insightsConnectionString: insightsConnectionString
    identityId: identities.functions.id
    identityClientId: identities.functions.clientId
    hostStorageName: hostStorageName
    imagesName: imagesName
    deploymentsUrl: deploymentsUrl
    cosmosEndpoint: cosmosEndpoint
    consumerSecretUri: secretRoles.outputs.consumerSecretUri
    registryLoginServer: registryLoginServer
    imageEventsTopicEndpoint: imageEventsTopicEndpoint
    webhookSecretUri: secretRoles.outputs.webhookSecretUri
  }
}

// One web application for each flow, each on a plan of its own.
module web 'web.bicep' = [for flow in flows: {
  name: 'web-${flow}'
  params: {
    location: location
    tags: tags
    name: 'app-${flow}-${suffix}'
    settings: settings
    workspaceId: workspaceId
    flow: flow
    subnetId: flow == 'blob' ? subnetIds.webBlob : subnetIds.webKafka
    endpointsSubnetId: subnetIds.endpoints
    zoneId: sitesZoneId
    identityId: flow == 'blob' ? identities.webBlob.id : identities.webKafka.id
    identityClientId: flow == 'blob' ? identities.webBlob.clientId : identities.webKafka.clientId
    imagesName: imagesName
    cosmosEndpoint: cosmosEndpoint
    formSecretUri: secretRoles.outputs.formSecretUri
    producerSecretUri: flow == 'kafka' ? secretRoles.outputs.producerSecretUri : ''
    registryLoginServer: registryLoginServer
  }
}]

module gateway 'gateway.bicep' = if (withGateway) {
  name: 'gateway'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: workspaceId
    subnetId: subnetIds.gateway
    identityId: identities.gateway.id
    certificateSecretUri: secretRoles.outputs.certificateSecretUri
    sites: [for (flow, index) in flows: {
      name: flow
      hostName: flow == 'blob' ? settings.gateway!.blobHostName : settings.?gateway.?kafkaHostName ?? ''
      backend: web[index].outputs.hostName
    }]
    zones: choices.zoneRedundant(settings) ? [
      '1'
      '2'
      '3'
    ] : []
    minimumCapacity: settings.?gateway.?minimumCapacity ?? 2
    maximumCapacity: settings.?gateway.?maximumCapacity ?? 10
  }
}

module availability 'availability.bicep' = if (withGateway && (settings.?operations.?availabilityTest ?? false)) {
  name: 'availability'
  params: {
    location: location
    tags: tags
    suffix: suffix
    insightsId: insightsId
    actionGroupId: actionGroupId
    sites: [for flow in flows: {
      name: flow
      hostName: flow == 'blob' ? settings.gateway!.blobHostName : settings.?gateway.?kafkaHostName ?? ''
    }]
  }
  dependsOn: [
    gateway
  ]
}

module deployerRoles 'deployer-roles.bicep' = if (!empty(deployerPrincipalId)) {
  name: 'deployer-roles'
  params: {
    principalId: deployerPrincipalId
    functionAppName: functionAppName
    functionPlanName: functions.outputs.planName
    webNames: map(flows, flow => 'app-${flow}-${suffix}')
    registryName: registryName
    topicName: uploadsTopicName
  }
  dependsOn: [
    web
  ]
}

output webHostNames string[] = [for (flow, index) in flows: web[index].outputs.hostName]
output gatewayId string = withGateway ? gateway!.outputs.id : ''
