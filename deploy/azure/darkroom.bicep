// All resources of Darkroom in one resource group. main.bicep creates the group and uses this file. If you own a resource
// group but not the subscription, deploy this file directly.

targetScope = 'resourceGroup'

import { Settings } from 'types.bicep'
import { mistakes } from 'mistakes.bicep'
import * as choices from 'choices.bicep'

@description('Name of the environment. The names of all resources are derived from it, the resource group and the region.')
@minLength(1)
@maxLength(32)
param environmentName string
param location string = resourceGroup().location
param settings Settings

// Every name depends on this check, so it comes before everything else.
var problems = mistakes(settings, location)
var checked = empty(problems) ? environmentName : fail(join(problems, ' '))

// The same environment has the same names, however its name and region are written.
var token = uniqueString(resourceGroup().id, toLower(checked), choices.place(location))
var suffix = 'darkroom-${take(token, 6)}'
var tags = {
  'azd-env-name': environmentName
  application: 'darkroom'
}

var retentionDays = settings.?retentionDays ?? 7
var applications = choices.applications(settings)
var imageEvents = choices.imageEvents(settings)
var wayIn = choices.wayIn(settings)
var withKafka = contains(settings, 'kafka')
var withNetwork = choices.withNetwork(settings)
var withRegistry = choices.webContainer(settings) || choices.plan(settings) == 'premium'
var analystsGroupId = settings.?people.?analystsGroupId ?? ''
var operatorsGroupId = settings.?people.?operatorsGroupId ?? ''

module identities 'modules/identities.bicep' = {
  name: 'identities'
  params: {
    location: location
    tags: tags
    suffix: suffix
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    location: location
    tags: tags
    suffix: suffix
    retentionInDays: settings.?operations.?logRetentionDays ?? 30
    dailyQuotaGb: settings.?operations.?logDailyQuotaGb ?? 5
    alertEmail: settings.?operations.?alertEmail ?? ''
  }
}

module network 'modules/network.bicep' = if (withNetwork) {
  name: 'network'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    octet: settings.?privateNetwork.?octet ?? 40
    plan: choices.plan(settings)
    functionsReachKafka: choices.functionsKafka(settings)
    webhookDestinations: imageEvents.?destinations ?? []
    withEventGrid: imageEvents.kind == 'eventGrid'
    webReachesKafka: withKafka
    kafkaDestinations: settings.?kafka.?destinations ?? [
      'Internet'
    ]
    kafkaPort: settings.?kafka.?port ?? 9092
    confluentPrivateLink: settings.?kafka.?privateLink ?? {}
    natGateway: settings.?privateNetwork.?natGateway ?? false
    privateDnsZonesGroupId: settings.?privateNetwork.?privateDnsZonesGroupId ?? ''
    dnsServers: settings.?privateNetwork.?dnsServers ?? []
    dataGateway: contains(settings, 'fabric')
    bastion: wayIn.kind == 'bastion'
  }
}

module operators 'modules/operators.bicep' = if (wayIn.kind != 'none') {
  name: 'operators'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    networkId: network!.outputs.id
    bastionSubnetId: network!.outputs.bastionSubnetId
    operatorsSubnetId: network!.outputs.operatorsSubnetId
    withBastion: wayIn.kind == 'bastion'
    hubNetworkId: wayIn.?hubNetworkId ?? ''
    hubGateway: wayIn.?hubGateway ?? false
    operatorsGroupId: operatorsGroupId
    sshPublicKey: wayIn.?sshPublicKey ?? ''
    hostSize: wayIn.?hostSize ?? 'Standard_B2als_v2'
  }
}

var endpointsSubnetId = withNetwork ? network!.outputs.endpointsSubnetId : ''

module data 'modules/data.bicep' = {
  name: 'data'
  params: {
    location: location
    tags: tags
    suffix: suffix
    token: token
    settings: settings
    retentionDays: retentionDays
    workspaceId: monitoring.outputs.workspaceId
    endpointsSubnetId: endpointsSubnetId
    zoneIds: {
      blob: withNetwork ? network!.outputs.blobZoneId : ''
      queue: withNetwork ? network!.outputs.queueZoneId : ''
      cosmos: withNetwork ? network!.outputs.cosmosZoneId : ''
      vault: withNetwork ? network!.outputs.vaultZoneId : ''
    }
  }
}

module registry 'modules/registry.bicep' = if (withRegistry) {
  name: 'registry'
  params: {
    location: location
    tags: tags
    name: 'crdarkroom${token}'
    workspaceId: monitoring.outputs.workspaceId
    endpointsSubnetId: endpointsSubnetId
    zoneId: withNetwork ? network!.outputs.registryZoneId : ''
    zoneRedundant: choices.zoneRedundant(settings)
  }
}

var registryName = withRegistry ? registry!.outputs.name : ''

module events 'modules/events.bicep' = {
  name: 'events'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    storageId: data.outputs.imagesId
  }
}

module eventTopic 'modules/image-events.bicep' = if (imageEvents.kind == 'eventGrid') {
  name: 'image-events'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    functionsPrincipalId: identities.outputs.functionsPrincipalId
    endpointsSubnetId: endpointsSubnetId
    zoneId: withNetwork ? network!.outputs.eventGridZoneId : ''
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  params: {
    imagesName: data.outputs.imagesName
    hostStorageName: data.outputs.hostStorageName
    insightsName: monitoring.outputs.insightsName
    registryName: registryName
    functionsPrincipalId: identities.outputs.functionsPrincipalId
    webBlobPrincipalId: identities.outputs.webBlobPrincipalId
    webKafkaPrincipalId: identities.outputs.webKafkaPrincipalId
    eventsPrincipalId: events.outputs.principalId
    webKafka: withKafka
    functionsPull: choices.plan(settings) == 'premium'
    webPull: choices.webContainer(settings)
    directUpload: choices.directUpload(settings)
  }
}

module recordRoles 'modules/record-roles.bicep' = if (!(settings.?database.?existingRoles ?? false)) {
  name: 'record-roles'
  scope: resourceGroup(choices.databaseGroup(settings, resourceGroup().name))
  params: {
    cosmosName: data.outputs.cosmosName
    functionsPrincipalId: identities.outputs.functionsPrincipalId
    webBlobPrincipalId: identities.outputs.webBlobPrincipalId
    webKafkaPrincipalId: identities.outputs.webKafkaPrincipalId
    webKafka: withKafka
    events: imageEvents.kind != 'none'
    analystsGroupId: analystsGroupId
    operatorsGroupId: operatorsGroupId
    mirrorPrincipalId: settings.?fabric.?mirrorPrincipalId ?? ''
  }
}

module programs 'modules/applications.bicep' = if (applications) {
  name: 'applications'
  params: {
    location: location
    tags: tags
    suffix: suffix
    settings: settings
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    actionGroupId: monitoring.outputs.actionGroupId
    subnetIds: {
      functions: withNetwork ? network!.outputs.functionsSubnetId : ''
      webBlob: withNetwork ? network!.outputs.webBlobSubnetId : ''
      webKafka: withNetwork ? network!.outputs.webKafkaSubnetId : ''
      endpoints: endpointsSubnetId
      gateway: withNetwork ? network!.outputs.gatewaySubnetId : ''
    }
    sitesZoneId: withNetwork ? network!.outputs.sitesZoneId : ''
    identities: {
      functions: {
        id: identities.outputs.functionsId
        clientId: identities.outputs.functionsClientId
        principalId: identities.outputs.functionsPrincipalId
      }
      webBlob: {
        id: identities.outputs.webBlobId
        clientId: identities.outputs.webBlobClientId
        principalId: identities.outputs.webBlobPrincipalId
      }
      webKafka: {
        id: identities.outputs.webKafkaId
        clientId: identities.outputs.webKafkaClientId
        principalId: identities.outputs.webKafkaPrincipalId
      }
      gateway: {
        id: identities.outputs.gatewayId
        principalId: identities.outputs.gatewayPrincipalId
      }
    }
    imagesName: data.outputs.imagesName
    hostStorageName: data.outputs.hostStorageName
    deploymentsUrl: data.outputs.deploymentsUrl
    cosmosEndpoint: data.outputs.cosmosEndpoint
    vaultName: data.outputs.vaultName
    registryName: registryName
    registryLoginServer: withRegistry ? registry!.outputs.loginServer : ''
    uploadsTopicName: events.outputs.name
    imageEventsTopicEndpoint: imageEvents.kind == 'eventGrid' ? eventTopic!.outputs.endpoint : ''
  }
  // A program that starts without its roles fails until it is restarted.
  dependsOn: [
    roles
    recordRoles
  ]
}

var functionAppName = 'func-${suffix}'

module peopleRoles 'modules/people-roles.bicep' = {
  name: 'people-roles'
  params: {
    imagesName: data.outputs.imagesName
    workspaceName: monitoring.outputs.workspaceName
    functionAppName: applications ? functionAppName : ''
    analystsGroupId: analystsGroupId
    operatorsGroupId: operatorsGroupId
  }
  dependsOn: [
    programs
  ]
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    insightsId: monitoring.outputs.insightsId
    actionGroupId: monitoring.outputs.actionGroupId
    eventTopicId: events.outputs.id
    imagesStorageId: data.outputs.imagesId
    cosmosId: data.outputs.cosmosId
    gatewayId: applications ? programs!.outputs.gatewayId : ''
    kafkaTrigger: choices.kafkaTrigger(settings)
    lagThreshold: settings.?kafka.?lagThreshold ?? 1000
    failureThreshold: settings.?operations.?failureThreshold ?? 20
  }
}

module malware 'modules/malware.bicep' = if (choices.malwareScan(settings)) {
  name: 'malware'
  params: {
    storageName: data.outputs.imagesName
    monthlyGb: settings.?operations.?malwareScanMonthlyGb ?? 10
  }
  // Defender creates a system topic if there is none, and an account can have only one.
  dependsOn: [
    events
  ]
}

module keep 'modules/locks.bicep' = if (settings.?operations.?locks ?? false) {
  name: 'locks'
  params: {
    storageName: data.outputs.imagesName
    cosmosName: empty(choices.existingDatabase(settings)) ? data.outputs.cosmosName : ''
  }
}

module budget 'modules/budget.bicep' = if (contains(settings.?operations ?? {}, 'budget')) {
  name: 'budget'
  params: {
    amount: settings.operations!.budget!.amount
    emails: settings.operations!.budget!.emails
    start: settings.operations!.budget!.start
  }
}

module workbook 'modules/workbook.bicep' = if (settings.?operations.?workbook ?? false) {
  name: 'workbook'
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

// No output contains a secret.
output FUNCTION_APP_NAME string = functionAppName
output WEB_BLOB_NAME string = 'app-blob-${suffix}'
output WEB_KAFKA_NAME string = withKafka ? 'app-kafka-${suffix}' : ''
// The public host names: those of the gateway, or those of App Service.
output WEB_BLOB_HOST string = settings.?gateway.?blobHostName ?? (applications ? programs!.outputs.webHostNames[0] : '')
output WEB_KAFKA_HOST string = withKafka ? settings.?gateway.?kafkaHostName ?? (applications ? programs!.outputs.webHostNames[1] : '') : ''
output WEB_BLOB_PRINCIPAL_ID string = identities.outputs.webBlobPrincipalId
output WEB_KAFKA_PRINCIPAL_ID string = identities.outputs.webKafkaPrincipalId
output IMAGES_NAME string = data.outputs.imagesName
output COSMOS_ENDPOINT string = data.outputs.cosmosEndpoint
output VAULT_NAME string = data.outputs.vaultName
output REGISTRY_NAME string = registryName
output EVENT_TOPIC_NAME string = events.outputs.name
// Other systems subscribe to this topic for image events.
output IMAGE_EVENTS_TOPIC_NAME string = imageEvents.kind == 'eventGrid' ? eventTopic!.outputs.name : ''
output WORKSPACE_ID string = monitoring.outputs.workspaceId
output NETWORK_NAME string = withNetwork ? network!.outputs.name : ''
// The address of all outgoing calls, for lists of allowed callers. It is empty without a NAT gateway.
output EGRESS_ADDRESS string = withNetwork ? network!.outputs.egressAddress : ''
// The private addresses of the endpoints to Confluent Cloud. In a landing zone, the owner of the DNS needs them.
output CONFLUENT_ADDRESSES array = withNetwork ? network!.outputs.confluentAddresses : []
output BASTION_NAME string = wayIn.kind == 'none' ? '' : operators!.outputs.bastionName
output OPERATORS_HOST_ID string = wayIn.kind == 'none' ? '' : operators!.outputs.hostId
