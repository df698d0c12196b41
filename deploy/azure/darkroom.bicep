// Everything of Darkroom in one resource group. main.bicep makes the group and calls this; whoever owns a group and no
// subscription deploys this file by itself.

targetScope = 'resourceGroup'

import { Settings } from 'types.bicep'

@description('Name of the environment; resources are named after it and the resource group.')
@minLength(1)
@maxLength(32)
param environmentName string
param location string = resourceGroup().location
param settings Settings

// Defaults: what a small production needs.
var applications = settings.?applications ?? true
var retentionDays = settings.?retentionDays ?? 7
var zoneRedundant = settings.?zoneRedundant ?? false
var storageSku = settings.?storage.?sku ?? 'Standard_ZRS'
var cosmosCapacity = settings.?database.?capacity ?? 'serverless'
var cosmosMaxThroughput = settings.?database.?maxThroughput ?? 4000
var cosmosSecondaryLocation = settings.?database.?secondaryLocation ?? ''
var existingCosmosAccount = settings.?database.?existingAccount ?? ''
var databaseGroup = settings.?database.?existingGroup ?? resourceGroup().name
var plan = settings.?functions.?plan ?? 'flex'
var handlerImage = settings.?functions.?image ?? ''
var webPackage = settings.web.package
var webImage = settings.web.?image ?? ''
var webSku = settings.web.?sku ?? 'P0v3'
var webMinimumInstances = settings.web.?minimumInstances ?? 1
var webMaximumInstances = settings.web.?maximumInstances ?? 10
var entraClientId = settings.web.?entraClientId ?? ''
var webKafka = contains(settings, 'kafka')
var kafkaConsumer = settings.?kafka.?consumer ?? 'none'
var kafkaTrigger = kafkaConsumer == 'trigger'
var kafkaBrokers = settings.?kafka.?brokers ?? ''
var kafkaTopic = settings.?kafka.?topic ?? 'images'
var kafkaConsumerUsername = settings.?kafka.?consumerUsername ?? ''
var kafkaProducerUsername = settings.?kafka.?producerUsername ?? ''
var confluentPrivateLink = settings.?kafka.?privateLink ?? {}
var connectorAddresses = settings.?kafka.?connectorAddresses ?? []
var imageEvents = any(settings.?events ?? { kind: 'none' })
var functionsKafka = kafkaTrigger || imageEvents.kind == 'kafka'
var withNetwork = contains(settings, 'privateNetwork')
var malwareScan = contains(settings.?operations ?? {}, 'malwareScanMonthlyGb')
var ownKey = settings.?operations.?ownEncryptionKey ?? false
var wayIn = any(settings.?privateNetwork.?operatorsWayIn ?? { kind: 'none' })
var withGateway = applications && contains(settings, 'gateway')
var certificateSecretName = settings.?gateway.?certificateSecretName ?? ''
var kafkaHostName = settings.?gateway.?kafkaHostName ?? ''
var withRegistry = webPackage == 'container' || plan == 'premium'
var analystsGroupId = settings.?people.?analystsGroupId ?? ''
var operatorsGroupId = settings.?people.?operatorsGroupId ?? ''
var deployerPrincipalId = settings.?people.?deployerPrincipalId ?? ''

// What the types cannot say. Everything that is wrong is told at once, before anything is made.
var mistakes = map(filter([
  {
    wrong: applications && (empty(entraClientId) || startsWith(entraClientId, '00000000-0000-0000-0000-000000000000'))
    text: 'web.entraClientId is missing: deploy/azure/sign-in.sh makes the registration that people sign in to.'
  }
  {
    wrong: applications && webPackage == 'container' && empty(webImage)
    text: 'web.image is missing: it names the image of the web application in the registry.'
  }
  {
    wrong: applications && plan == 'premium' && empty(handlerImage)
    text: 'functions.image is missing: Elastic Premium runs the handler as a container.'
  }
  {
    wrong: webMinimumInstances > webMaximumInstances
    text: 'web.minimumInstances is over web.maximumInstances.'
  }
  {
    wrong: zoneRedundant && webMaximumInstances < 2
    text: 'web.maximumInstances is 1: several zones need two instances.'
  }
  {
    wrong: zoneRedundant && webSku == 'B1'
    text: 'web.sku is B1, which cannot be spread over zones: take P0v3.'
  }
  {
    wrong: (withNetwork || webMaximumInstances > 1) && webSku == 'B1'
    text: 'web.sku is B1, which is for one public instance: take P0v3, or set web.maximumInstances to 1 and leave privateNetwork out.'
  }
  {
    wrong: webPackage == 'zip' && webKafka
    text: 'web.package is zip, which serves flow A only: take container for Kafka.'
  }
  {
    wrong: webPackage == 'zip' && withNetwork
    text: 'web.package is zip, and nobody reaches the deployment endpoint of a private web application: take container.'
  }
  {
    wrong: (settings.?functions.?alwaysReady ?? 0) > (settings.?functions.?maximumInstances ?? 40)
    text: 'functions.alwaysReady is over functions.maximumInstances.'
  }
  {
    wrong: plan == 'premium' && (settings.?functions.?alwaysReady ?? 0) > 20
    text: 'functions.alwaysReady is over 20, the most that Elastic Premium keeps ready.'
  }
  {
    wrong: cosmosMaxThroughput % 1000 != 0
    text: 'database.maxThroughput is no multiple of 1000.'
  }
  {
    wrong: !empty(cosmosSecondaryLocation) && cosmosCapacity == 'serverless'
    text: 'database.secondaryLocation is set, and a serverless database has one region: take autoscale.'
  }
  {
    wrong: place(cosmosSecondaryLocation) == place(location)
    text: 'database.secondaryLocation is the location of everything else.'
  }
  {
    wrong: kafkaTrigger && empty(kafkaConsumerUsername)
    text: 'kafka.consumerUsername is missing: the trigger signs in with it.'
  }
  {
    wrong: imageEvents.kind == 'kafka' && (!webKafka || empty(kafkaConsumerUsername))
    text: 'kafka.consumerUsername is missing: events go to Kafka with it.'
  }
  {
    wrong: imageEvents.kind == 'webhook' && !startsWith(imageEvents.?url ?? '', 'https://')
    text: 'events.url does not begin with https://.'
  }
  {
    wrong: imageEvents.kind == 'webhook' && withNetwork && empty(imageEvents.?destinations ?? [])
    text: 'events.destinations is empty: the private network lets nothing out to an address that is not named.'
  }
  {
    wrong: kafkaConsumer == 'connector' && empty(connectorAddresses)
    text: 'kafka.connectorAddresses is empty, so the function app would refuse Confluent\'s connector.'
  }
  {
    wrong: webKafka && contains(settings, 'gateway') && empty(kafkaHostName)
    text: 'gateway.kafkaHostName is missing: it is the public host name of flow B.'
  }
  {
    wrong: contains(settings, 'gateway') && !withNetwork
    text: 'gateway needs privateNetwork.'
  }
  {
    wrong: applications && withNetwork && !contains(settings, 'gateway')
    text: 'gateway is missing: in a private network nobody reaches the web applications without it.'
  }
  {
    wrong: !empty(confluentPrivateLink) && !withNetwork
    text: 'kafka.privateLink needs privateNetwork.'
  }
  {
    wrong: (settings.?gateway.?minimumCapacity ?? 2) > (settings.?gateway.?maximumCapacity ?? 10)
    text: 'gateway.minimumCapacity is over gateway.maximumCapacity.'
  }
  {
    wrong: wayIn.kind == 'bastion' && empty(operatorsGroupId)
    text: 'people.operatorsGroupId is missing: its members sign in at the host behind Bastion.'
  }
  {
    wrong: (settings.?operations.?availabilityTest ?? false) && !contains(settings, 'gateway')
    text: 'operations.availabilityTest needs a gateway to ask.'
  }
], mistake => mistake.wrong), mistake => mistake.text)
var checked = empty(mistakes) ? environmentName : fail(join(mistakes, ' '))

@description('The name of a region as Azure writes it: West Europe is westeurope.')
func place(name string) string => toLower(replace(name, ' ', ''))

var token = uniqueString(resourceGroup().id, toLower(checked), place(location))
var suffix = 'darkroom-${take(token, 6)}'
var tags = {
  'azd-env-name': environmentName
  application: 'darkroom'
}

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
    plan: plan
    functionsReachKafka: functionsKafka
    webhookDestinations: imageEvents.?destinations ?? []
    withEventGrid: imageEvents.kind == 'eventGrid'
    webReachesKafka: webKafka
    kafkaDestinations: settings.?kafka.?destinations ?? [
      'Internet'
    ]
    kafkaPort: settings.?kafka.?port ?? 9092
    confluentPrivateLink: confluentPrivateLink
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

module images 'modules/images.bicep' = {
  name: 'images'
  params: {
    location: location
    tags: tags
    name: 'stdark${token}'
    workspaceId: monitoring.outputs.workspaceId
    endpointsSubnetId: endpointsSubnetId
    blobZoneId: withNetwork ? network!.outputs.blobZoneId : ''
    queueZoneId: withNetwork ? network!.outputs.queueZoneId : ''
    malwareScan: malwareScan
    sku: storageSku
    retentionDays: retentionDays
    encryptionIdentityId: ownKey ? encryption!.outputs.identityId : ''
    encryptionKeyName: ownKey ? encryption!.outputs.keyName : ''
    encryptionVaultUri: ownKey ? encryption!.outputs.vaultUri : ''
  }
}

module hostStorage 'modules/host-storage.bicep' = {
  name: 'host-storage'
  params: {
    location: location
    tags: tags
    name: 'sthost${token}'
    workspaceId: monitoring.outputs.workspaceId
    endpointsSubnetId: endpointsSubnetId
    blobZoneId: withNetwork ? network!.outputs.blobZoneId : ''
    queueZoneId: withNetwork ? network!.outputs.queueZoneId : ''
    // Another region would start with a host of its own.
    sku: storageSku == 'Standard_LRS' ? 'Standard_LRS' : 'Standard_ZRS'
    retentionDays: retentionDays
    encryptionIdentityId: ownKey ? encryption!.outputs.identityId : ''
    encryptionKeyName: ownKey ? encryption!.outputs.keyName : ''
    encryptionVaultUri: ownKey ? encryption!.outputs.vaultUri : ''
  }
}

module cosmos 'modules/cosmos.bicep' = if (empty(existingCosmosAccount)) {
  name: 'cosmos'
  params: {
    location: location
    tags: tags
    name: 'cosmos-darkroom-${token}'
    workspaceId: monitoring.outputs.workspaceId
    endpointsSubnetId: endpointsSubnetId
    zoneId: withNetwork ? network!.outputs.cosmosZoneId : ''
    capacity: cosmosCapacity
    maxThroughput: cosmosMaxThroughput
    secondaryLocation: cosmosSecondaryLocation
    zoneRedundant: zoneRedundant
    retentionDays: retentionDays
    encryptionIdentityId: ownKey ? encryption!.outputs.identityId : ''
    encryptionKeyUri: ownKey ? encryption!.outputs.keyUri : ''
    fabricWorkspaceId: settings.?fabric.?workspaceId ?? ''
    leases: imageEvents.kind != 'none'
  }
}

// After a region was lost, the database is there already; it only needs a way to it from this network.
module existingCosmos 'modules/existing-cosmos.bicep' = if (!empty(existingCosmosAccount)) {
  name: 'existing-cosmos'
  params: {
    location: location
    tags: tags
    name: empty(existingCosmosAccount) ? 'none' : existingCosmosAccount
    group: databaseGroup
    endpointsSubnetId: endpointsSubnetId
    zoneId: withNetwork ? network!.outputs.cosmosZoneId : ''
  }
}

var cosmosName = empty(existingCosmosAccount) ? cosmos!.outputs.name : existingCosmosAccount
var cosmosEndpoint = empty(existingCosmosAccount) ? cosmos!.outputs.endpoint : existingCosmos!.outputs.endpoint

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    location: location
    tags: tags
    name: 'kv-dark-${token}'
    workspaceId: monitoring.outputs.workspaceId
    endpointsSubnetId: endpointsSubnetId
    zoneId: withNetwork ? network!.outputs.vaultZoneId : ''
  }
}

module encryption 'modules/encryption.bicep' = if (ownKey) {
  name: 'encryption'
  params: {
    location: location
    tags: tags
    suffix: suffix
    vaultName: vault.outputs.name
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
    zoneRedundant: zoneRedundant
  }
}

var registryName = withRegistry ? registry!.outputs.name : ''
var registryLoginServer = withRegistry ? registry!.outputs.loginServer : ''

module events 'modules/events.bicep' = {
  name: 'events'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    storageId: images.outputs.id
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
    imagesName: images.outputs.name
    hostStorageName: hostStorage.outputs.name
    insightsName: monitoring.outputs.insightsName
    registryName: registryName
    functionsPrincipalId: identities.outputs.functionsPrincipalId
    webBlobPrincipalId: identities.outputs.webBlobPrincipalId
    webKafkaPrincipalId: identities.outputs.webKafkaPrincipalId
    eventsPrincipalId: events.outputs.principalId
    webKafka: webKafka
    functionsPull: plan == 'premium'
    webPull: webPackage == 'container'
  }
}

// Secrets that have to be there before the applications are: Kafka's, the gateway's certificate, and what several
// instances of a web application sign their forms with.
var formSecret = webMaximumInstances > 1

module secretRoles 'modules/secret-roles.bicep' = if (applications) {
  name: 'secret-roles'
  params: {
    vaultName: vault.outputs.name
    functionsPrincipalId: identities.outputs.functionsPrincipalId
    webBlobPrincipalId: identities.outputs.webBlobPrincipalId
    webKafkaPrincipalId: identities.outputs.webKafkaPrincipalId
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    functionsKafka: functionsKafka
    webhook: imageEvents.kind == 'webhook'
    webKafka: webKafka
    formSecret: formSecret
    certificateSecretName: withGateway ? certificateSecretName : ''
  }
}

module functions 'modules/functions.bicep' = if (applications) {
  name: 'functions'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    subnetId: withNetwork ? network!.outputs.functionsSubnetId : ''
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    identityId: identities.outputs.functionsId
    identityClientId: identities.outputs.functionsClientId
    hostStorageName: hostStorage.outputs.name
    imagesName: images.outputs.name
    deploymentsUrl: hostStorage.outputs.deploymentsUrl
    cosmosEndpoint: cosmosEndpoint
    consumerSecretUri: secretRoles!.outputs.consumerSecretUri
    registryLoginServer: registryLoginServer
    handlerImage: handlerImage
    plan: plan
    instanceMemoryMB: settings.?functions.?instanceMemoryMB ?? 2048
    maximumInstances: settings.?functions.?maximumInstances ?? 40
    alwaysReady: settings.?functions.?alwaysReady ?? 0
    premiumSku: settings.?functions.?premiumSku ?? 'EP2'
    kafkaConsumer: kafkaConsumer
    kafkaBrokers: kafkaBrokers
    kafkaTopic: kafkaTopic
    kafkaUsername: kafkaConsumerUsername
    events: imageEvents
    eventTopicEndpoint: imageEvents.kind == 'eventGrid' ? eventTopic!.outputs.endpoint : ''
    webhookSecretUri: secretRoles!.outputs.webhookSecretUri
    connectorAddresses: connectorAddresses
    storeGps: settings.?storeGps ?? false
    heic: settings.?heic ?? false
    zoneRedundant: zoneRedundant
  }
  dependsOn: [
    roles
    recordRoles
  ]
}

// One application for each flow, on a plan of its own.
var flows = webKafka ? [
  'blob'
  'kafka'
] : [
  'blob'
]

module web 'modules/web.bicep' = [for flow in (applications ? flows : []): {
  name: 'web-${flow}'
  params: {
    location: location
    tags: tags
    name: 'app-${flow}-${suffix}'
    workspaceId: monitoring.outputs.workspaceId
    subnetId: !withNetwork ? '' : flow == 'blob' ? network!.outputs.webBlobSubnetId : network!.outputs.webKafkaSubnetId
    endpointsSubnetId: endpointsSubnetId
    zoneId: withNetwork ? network!.outputs.sitesZoneId : ''
    identityId: flow == 'blob' ? identities.outputs.webBlobId : identities.outputs.webKafkaId
    identityClientId: flow == 'blob' ? identities.outputs.webBlobClientId : identities.outputs.webKafkaClientId
    imagesName: images.outputs.name
    cosmosEndpoint: cosmosEndpoint
    formSecret: formSecret
    formSecretUri: secretRoles!.outputs.formSecretUri
    producerSecretUri: flow == 'kafka' ? secretRoles!.outputs.producerSecretUri : ''
    registryLoginServer: registryLoginServer
    image: webPackage == 'container' ? webImage : ''
    flow: flow
    heic: settings.?heic ?? false
    kafkaBrokers: kafkaBrokers
    kafkaTopic: kafkaTopic
    kafkaUsername: kafkaProducerUsername
    entraClientId: entraClientId
    sku: webSku
    zoneRedundant: zoneRedundant
    minimumInstances: webMinimumInstances
    maximumInstances: webMaximumInstances
  }
  dependsOn: [
    roles
    recordRoles
  ]
}]

module gateway 'modules/gateway.bicep' = if (withGateway) {
  name: 'gateway'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    subnetId: withNetwork ? network!.outputs.gatewaySubnetId : ''
    identityId: identities.outputs.gatewayId
    certificateSecretUri: secretRoles!.outputs.certificateSecretUri
    sites: [for (flow, index) in flows: {
      name: flow
      hostName: flow == 'blob' ? settings.gateway!.blobHostName : kafkaHostName
      backend: web[index].outputs.hostName
    }]
    zones: zoneRedundant ? [
      '1'
      '2'
      '3'
    ] : []
    minimumCapacity: settings.?gateway.?minimumCapacity ?? 2
    maximumCapacity: settings.?gateway.?maximumCapacity ?? 10
  }
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
    imagesStorageId: images.outputs.id
    cosmosId: empty(existingCosmosAccount) ? cosmos!.outputs.id : existingCosmos!.outputs.id
    gatewayId: withGateway ? gateway!.outputs.id : ''
    kafkaTrigger: kafkaTrigger
    lagThreshold: settings.?kafka.?lagThreshold ?? 1000
    failureThreshold: settings.?operations.?failureThreshold ?? 20
  }
}

module availability 'modules/availability.bicep' = if (withGateway && (settings.?operations.?availabilityTest ?? false)) {
  name: 'availability'
  params: {
    location: location
    tags: tags
    suffix: suffix
    insightsId: monitoring.outputs.insightsId
    actionGroupId: monitoring.outputs.actionGroupId
    sites: [for flow in flows: {
      name: flow
      hostName: flow == 'blob' ? settings.gateway!.blobHostName : kafkaHostName
    }]
  }
  dependsOn: [
    gateway
  ]
}


module recordRoles 'modules/record-roles.bicep' = if (!(settings.?database.?existingRoles ?? false)) {
  name: 'record-roles'
  scope: resourceGroup(databaseGroup)
  params: {
    cosmosName: cosmosName
    functionsPrincipalId: identities.outputs.functionsPrincipalId
    webBlobPrincipalId: identities.outputs.webBlobPrincipalId
    webKafkaPrincipalId: identities.outputs.webKafkaPrincipalId
    webKafka: webKafka
    events: imageEvents.kind != 'none'
    analystsGroupId: analystsGroupId
    operatorsGroupId: operatorsGroupId
    mirrorPrincipalId: settings.?fabric.?mirrorPrincipalId ?? ''
  }
}

module peopleRoles 'modules/people-roles.bicep' = {
  name: 'people-roles'
  params: {
    imagesName: images.outputs.name
    workspaceName: monitoring.outputs.workspaceName
    functionAppName: applications ? functionAppName : ''
    analystsGroupId: analystsGroupId
    operatorsGroupId: operatorsGroupId
  }
  dependsOn: [
    functions
  ]
}

module deployerRoles 'modules/deployer-roles.bicep' = if (applications && !empty(deployerPrincipalId)) {
  name: 'deployer-roles'
  params: {
    principalId: deployerPrincipalId
    functionAppName: functionAppName
    functionPlanName: functions!.outputs.planName
    webNames: map(flows, flow => 'app-${flow}-${suffix}')
    registryName: registryName
    topicName: events.outputs.name
  }
  dependsOn: [
    web
  ]
}

module malware 'modules/malware.bicep' = if (malwareScan) {
  name: 'malware'
  params: {
    storageName: images.outputs.name
    monthlyGb: settings.?operations.?malwareScanMonthlyGb ?? 10
  }
  // Defender makes a system topic of its own where there is none, and an account has only one.
  dependsOn: [
    events
  ]
}

module keep 'modules/locks.bicep' = if (settings.?operations.?locks ?? false) {
  name: 'locks'
  params: {
    storageName: images.outputs.name
    cosmosName: empty(existingCosmosAccount) ? cosmosName : ''
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

var functionAppName = 'func-${suffix}'

// Names only: no output holds a secret.
output FUNCTION_APP_NAME string = functionAppName
output WEB_BLOB_NAME string = 'app-blob-${suffix}'
output WEB_KAFKA_NAME string = webKafka ? 'app-kafka-${suffix}' : ''
// Where people go: the gateway's name, or that of App Service.
output WEB_BLOB_HOST string = settings.?gateway.?blobHostName ?? (applications ? web[0].outputs.hostName : '')
output WEB_KAFKA_HOST string = webKafka ? settings.?gateway.?kafkaHostName ?? (applications ? web[1].outputs.hostName : '') : ''
output WEB_BLOB_PRINCIPAL_ID string = identities.outputs.webBlobPrincipalId
output WEB_KAFKA_PRINCIPAL_ID string = identities.outputs.webKafkaPrincipalId
output IMAGES_NAME string = images.outputs.name
output COSMOS_ENDPOINT string = cosmosEndpoint
output VAULT_NAME string = vault.outputs.name
output REGISTRY_NAME string = registryName
output EVENT_TOPIC_NAME string = events.outputs.name
// Subscribe to this one for events about images.
output IMAGE_EVENTS_TOPIC_NAME string = imageEvents.kind == 'eventGrid' ? eventTopic!.outputs.name : ''
output WORKSPACE_ID string = monitoring.outputs.workspaceId
output NETWORK_NAME string = withNetwork ? network!.outputs.name : ''
// The one address that calls go out from, for lists of allowed callers; empty where there is no NAT gateway.
output EGRESS_ADDRESS string = withNetwork ? network!.outputs.egressAddress : ''
// Addresses of Confluent's endpoints, for whoever keeps the DNS of a landing zone.
output CONFLUENT_ADDRESSES array = withNetwork ? network!.outputs.confluentAddresses : []
output BASTION_NAME string = wayIn.kind == 'none' ? '' : operators!.outputs.bastionName
output OPERATORS_HOST_ID string = wayIn.kind == 'none' ? '' : operators!.outputs.hostId
