// Darkroom on Azure, in one resource group.
//
// It is deployed twice. The first time, with deployApps off, makes what everything stands on: network, storage, database,
// vault, registry and roles. Then secrets and images are put in place. The second time, with deployApps on, adds the
// applications, which would otherwise start without what they need. docs/deploy.md has every command.

targetScope = 'resourceGroup'

@description('Name of the environment; resources are named after it and the resource group.')
@minLength(1)
@maxLength(32)
param environmentName string

param location string = resourceGroup().location

@description('Whether the applications are deployed; off the first time.')
param deployApps bool = false

@description('Hosting plan of the function app: Flex Consumption, or Elastic Premium.')
@allowed([
  'flex'
  'premium'
])
param plan string = 'flex'

@allowed([
  2048
  4096
])
param instanceMemoryMB int = 2048

@minValue(1)
@maxValue(1000)
param maximumInstances int = 40
param alwaysReady int = 0

@allowed([
  'EP1'
  'EP2'
  'EP3'
])
param premiumSku string = 'EP2'

@description('The handler\'s image in the registry; Elastic Premium only.')
param handlerImage string = ''

@description('Days after which originals, renditions, records and dead letters are deleted.')
@minValue(1)
param retentionDays int = 7

@allowed([
  'Standard_LRS'
  'Standard_ZRS'
  'Standard_GZRS'
  'Standard_RAGZRS'
])
param storageSku string = 'Standard_ZRS'

@allowed([
  'serverless'
  'autoscale'
])
param cosmosCapacity string = 'serverless'
param cosmosMaxThroughput int = 4000
param cosmosSecondaryLocation string = ''

@description('Whether plans, the function app\'s included, registry, database and gateway are spread over zones; needs a region that has them.')
param zoneRedundant bool = false

@description('Keep in records where photos were taken. It is personal data.')
param storeGps bool = false

@description('Who reads the Kafka topic of flow B: the Kafka trigger, Confluent\'s sink connector, or nobody.')
@allowed([
  'none'
  'trigger'
  'connector'
])
param kafkaConsumer string = 'none'
param kafkaBrokers string = ''
param kafkaTopic string = 'images'
param kafkaConsumerUsername string = ''
param kafkaProducerUsername string = ''
param kafkaPort int = 9092

@description('Where the brokers are; Internet for the public endpoints of Confluent Cloud.')
param kafkaDestinations array = [
  'Internet'
]

@description('Address ranges that Confluent\'s connector calls from; with kafkaConsumer connector only.')
param connectorAddresses array = []

@description('Messages that may wait in the topic before an alert.')
param lagThreshold int = 1000

@description('Name and tag, or digest, of the web application\'s image in the registry; needed with deployApps.')
param webImage string = ''

@allowed([
  'P0v3'
  'P1v3'
  'P2v3'
])
param webSku string = 'P0v3'
param webMinimumInstances int = 1
param webMaximumInstances int = 10

@description('Application (client) id that people sign in to.')
param entraClientId string = ''

@description('Public host names of the web applications of flow A and flow B.')
param webBlobHostName string = ''
param webKafkaHostName string = ''

@description('Secret of the vault with the certificate for both host names; empty for no gateway.')
param certificateSecretName string = ''
@description('Instances of the gateway that are always there, and are paid for.')
@minValue(1)
@maxValue(125)
param gatewayMinimumCapacity int = 2

@minValue(2)
@maxValue(125)
param gatewayMaximumCapacity int = 10

@description('Object id of the group that may read results; empty for none.')
param analystsGroupId string = ''

@description('Object id of the service principal of the pipeline; empty for none.')
param deployerPrincipalId string = ''

@description('Address that alerts are mailed to; empty for none.')
param alertEmail string = ''
param logRetentionDays int = 30
param logDailyQuotaGb int = 5

@description('Invocations that may fail in a quarter of an hour before somebody is told.')
@minValue(1)
param failureThreshold int = 20

@description('Whether the sites are asked for from several places in the world, every five minutes.')
param availabilityTest bool = false

@description('How operators reach what has no public endpoint: not at all, from a peered network, or through Azure Bastion.')
@allowed([
  'none'
  'peering'
  'bastion'
])
param operatorsWayIn string = 'none'

@description('With operatorsWayIn peering: resource id of the network that operators come from.')
param hubNetworkId string = ''

@description('With operatorsWayIn peering: whether that network has the VPN or ExpressRoute gateway that they come in by.')
param hubGateway bool = false

@description('Object id of the group that operates this; needed with operatorsWayIn bastion.')
param operatorsGroupId string = ''

@description('With operatorsWayIn bastion: a public key for the host behind it. Nobody needs the private one.')
param operatorsSshPublicKey string = ''

@description('With operatorsWayIn bastion: size of the host behind it.')
param operatorsHostSize string = 'Standard_B2als_v2'

@description('The most that a month should cost before budgetEmails are told, in the currency of the bill; 0 for no budget.')
@minValue(0)
param budgetAmount int = 0
param budgetEmails array = []

@description('First day of the month in which the budget is first deployed, such as 2026-12-01; leave it as it is afterwards.')
param budgetStart string = ''

@description('Gigabytes of uploads a month in which Microsoft Defender looks for malware, ten at least; 0 for none.')
@minValue(0)
param malwareScanMonthlyGb int = 0

@description('Whether storage and database cannot be deleted before a lock is.')
param locks bool = false

@description('Whether storage and database are encrypted with a key of the vault.')
param ownEncryptionKey bool = false

@description('Whether there is a workbook about everything.')
param workbook bool = false

@description('Second octet of the virtual network\'s address space 10.x.0.0/16.')
param networkOctet int = 40

@description('Whether what goes out does so from one fixed address, which others can put on their lists of allowed callers.')
param natGateway bool = false

@description('Resource id of the group with the private DNS zones of a landing zone; empty to make our own.')
param privateDnsZonesGroupId string = ''

@description('DNS servers of the network, such as a landing zone\'s resolver; empty for Azure\'s.')
param dnsServers array = []

@description('Whether there is a subnet for a virtual network data gateway of Fabric and Power BI.')
param dataGateway bool = false

@description('Confluent Cloud over Private Link: { domain, services: [ { service: alias or resource id, zone } ] }, zone only where each has its own service; empty for the public endpoints.')
param confluentPrivateLink object = {}

var token = uniqueString(resourceGroup().id, environmentName, location)
var suffix = 'darkroom-${take(token, 6)}'
var tags = {
  'azd-env-name': environmentName
  application: 'darkroom'
}
var webKafka = kafkaConsumer != 'none'
var kafkaTrigger = kafkaConsumer == 'trigger'
var withGateway = deployApps && !empty(certificateSecretName)
var webBlobName = 'app-blob-${suffix}'
var webKafkaName = 'app-kafka-${suffix}'

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
    retentionInDays: logRetentionDays
    dailyQuotaGb: logDailyQuotaGb
    alertEmail: alertEmail
  }
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    octet: networkOctet
    plan: plan
    functionsReachKafka: kafkaTrigger
    webReachesKafka: webKafka
    kafkaDestinations: kafkaDestinations
    kafkaPort: kafkaPort
    confluentPrivateLink: webKafka ? confluentPrivateLink : {}
    natGateway: natGateway
    privateDnsZonesGroupId: privateDnsZonesGroupId
    dnsServers: dnsServers
    dataGateway: dataGateway
    bastion: operatorsWayIn == 'bastion'
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    location: location
    tags: tags
    name: 'stdark${token}'
    workspaceId: monitoring.outputs.workspaceId
    endpointsSubnetId: network.outputs.endpointsSubnetId
    blobZoneId: network.outputs.blobZoneId
    queueZoneId: network.outputs.queueZoneId
    sku: storageSku
    retentionDays: retentionDays
  }
}

module cosmos 'modules/cosmos.bicep' = {
  name: 'cosmos'
  params: {
    location: location
    tags: tags
    name: 'cosmos-darkroom-${token}'
    workspaceId: monitoring.outputs.workspaceId
    endpointsSubnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.cosmosZoneId
    capacity: cosmosCapacity
    maxThroughput: cosmosMaxThroughput
    secondaryLocation: cosmosSecondaryLocation
    zoneRedundant: zoneRedundant
    retentionDays: retentionDays
  }
}

module vault 'modules/vault.bicep' = {
  name: 'vault'
  params: {
    location: location
    tags: tags
    name: 'kv-dark-${token}'
    workspaceId: monitoring.outputs.workspaceId
    endpointsSubnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.vaultZoneId
  }
}

module registry 'modules/registry.bicep' = {
  name: 'registry'
  params: {
    location: location
    tags: tags
    name: 'crdarkroom${token}'
    workspaceId: monitoring.outputs.workspaceId
    endpointsSubnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.registryZoneId
    zoneRedundant: zoneRedundant
  }
}

module events 'modules/events.bicep' = {
  name: 'events'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    storageId: storage.outputs.id
  }
}

module roles 'modules/roles.bicep' = {
  name: 'roles'
  params: {
    storageName: storage.outputs.name
    cosmosName: cosmos.outputs.name
    insightsName: monitoring.outputs.insightsName
    registryName: registry.outputs.name
    functionsPrincipalId: identities.outputs.functionsPrincipalId
    webBlobPrincipalId: identities.outputs.webBlobPrincipalId
    webKafkaPrincipalId: identities.outputs.webKafkaPrincipalId
    eventsPrincipalId: events.outputs.principalId
    analystsGroupId: analystsGroupId
    webKafka: webKafka
    premium: plan == 'premium'
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
    imagesStorageId: storage.outputs.id
    cosmosId: cosmos.outputs.id
    gatewayId: withGateway ? gateway!.outputs.id : ''
    kafkaTrigger: kafkaTrigger
    lagThreshold: lagThreshold
    failureThreshold: failureThreshold
  }
}

module secretRoles 'modules/secret-roles.bicep' = if (deployApps) {
  name: 'secret-roles'
  params: {
    vaultName: vault.outputs.name
    functionsPrincipalId: identities.outputs.functionsPrincipalId
    webBlobPrincipalId: identities.outputs.webBlobPrincipalId
    webKafkaPrincipalId: identities.outputs.webKafkaPrincipalId
    gatewayPrincipalId: identities.outputs.gatewayPrincipalId
    kafkaTrigger: kafkaTrigger
    webKafka: webKafka
    gateway: withGateway
    certificateSecretName: certificateSecretName
  }
}

module functions 'modules/functions.bicep' = if (deployApps) {
  name: 'functions'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    subnetId: network.outputs.functionsSubnetId
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    identityId: identities.outputs.functionsId
    identityClientId: identities.outputs.functionsClientId
    storageName: storage.outputs.name
    storageBlobEndpoint: storage.outputs.blobEndpoint
    deploymentsContainer: storage.outputs.deploymentsContainer
    cosmosEndpoint: cosmos.outputs.endpoint
    consumerSecretUri: secretRoles!.outputs.consumerSecretUri
    registryLoginServer: registry.outputs.loginServer
    handlerImage: handlerImage
    plan: plan
    instanceMemoryMB: instanceMemoryMB
    maximumInstances: maximumInstances
    alwaysReady: alwaysReady
    premiumSku: premiumSku
    kafkaConsumer: kafkaConsumer
    kafkaBrokers: kafkaBrokers
    kafkaTopic: kafkaTopic
    kafkaUsername: kafkaConsumerUsername
    connectorAddresses: connectorAddresses
    storeGps: storeGps
    zoneRedundant: zoneRedundant
  }
  dependsOn: [
    roles
  ]
}

module webBlob 'modules/web.bicep' = if (deployApps) {
  name: 'web-blob'
  params: {
    location: location
    tags: tags
    name: webBlobName
    workspaceId: monitoring.outputs.workspaceId
    subnetId: network.outputs.webBlobSubnetId
    endpointsSubnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.sitesZoneId
    identityId: identities.outputs.webBlobId
    identityClientId: identities.outputs.webBlobClientId
    storageName: storage.outputs.name
    cosmosEndpoint: cosmos.outputs.endpoint
    formSecretUri: secretRoles!.outputs.formSecretUri
    producerSecretUri: ''
    registryLoginServer: registry.outputs.loginServer
    image: webImage
    flow: 'blob'
    kafkaBrokers: ''
    kafkaTopic: ''
    kafkaUsername: ''
    entraClientId: entraClientId
    sku: webSku
    zoneRedundant: zoneRedundant
    minimumInstances: webMinimumInstances
    maximumInstances: webMaximumInstances
  }
  dependsOn: [
    roles
  ]
}

module webKafkaApp 'modules/web.bicep' = if (deployApps && webKafka) {
  name: 'web-kafka'
  params: {
    location: location
    tags: tags
    name: webKafkaName
    workspaceId: monitoring.outputs.workspaceId
    subnetId: network.outputs.webKafkaSubnetId
    endpointsSubnetId: network.outputs.endpointsSubnetId
    zoneId: network.outputs.sitesZoneId
    identityId: identities.outputs.webKafkaId
    identityClientId: identities.outputs.webKafkaClientId
    storageName: storage.outputs.name
    cosmosEndpoint: cosmos.outputs.endpoint
    formSecretUri: secretRoles!.outputs.formSecretUri
    producerSecretUri: secretRoles!.outputs.producerSecretUri
    registryLoginServer: registry.outputs.loginServer
    image: webImage
    flow: 'kafka'
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
  ]
}

var blobSite = [
  {
    name: 'blob'
    hostName: webBlobHostName
    backend: webBlob!.outputs.hostName
  }
]

var kafkaSite = [
  {
    name: 'kafka'
    hostName: webKafkaHostName
    backend: webKafkaApp!.outputs.hostName
  }
]

var sites = webKafka ? concat(blobSite, kafkaSite) : blobSite

module gateway 'modules/gateway.bicep' = if (withGateway) {
  name: 'gateway'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    subnetId: network.outputs.gatewaySubnetId
    identityId: identities.outputs.gatewayId
    certificateSecretUri: secretRoles!.outputs.certificateSecretUri
    sites: sites
    zones: zoneRedundant ? [
      '1'
      '2'
      '3'
    ] : []
    minimumCapacity: gatewayMinimumCapacity
    maximumCapacity: gatewayMaximumCapacity
  }
}

module availability 'modules/availability.bicep' = if (withGateway && availabilityTest) {
  name: 'availability'
  params: {
    location: location
    tags: tags
    suffix: suffix
    insightsId: monitoring.outputs.insightsId
    actionGroupId: monitoring.outputs.actionGroupId
    sites: sites
  }
  dependsOn: [
    gateway
  ]
}

module deployerRoles 'modules/deployer-roles.bicep' = if (deployApps && !empty(deployerPrincipalId)) {
  name: 'deployer-roles'
  params: {
    principalId: deployerPrincipalId
    functionAppName: functionAppName
    webBlobName: webBlobName
    webKafkaName: webKafkaName
    webKafka: webKafka
    registryName: registry.outputs.name
    topicName: events.outputs.name
  }
  dependsOn: [
    functions
    webBlob
    webKafkaApp
  ]
}

var functionAppName = 'func-${suffix}'

module operators 'modules/operators.bicep' = if (operatorsWayIn != 'none') {
  name: 'operators'
  params: {
    location: location
    tags: tags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    networkId: network.outputs.id
    bastionSubnetId: network.outputs.bastionSubnetId
    operatorsSubnetId: network.outputs.operatorsSubnetId
    withBastion: operatorsWayIn == 'bastion'
    hubNetworkId: hubNetworkId
    hubGateway: hubGateway
    operatorsGroupId: operatorsGroupId
    sshPublicKey: operatorsSshPublicKey
    hostSize: operatorsHostSize
  }
}

module encryption 'modules/encryption.bicep' = if (ownEncryptionKey) {
  name: 'encryption'
  params: {
    location: location
    tags: tags
    suffix: suffix
    vaultName: vault.outputs.name
  }
}

module malware 'modules/malware.bicep' = if (malwareScanMonthlyGb > 0) {
  name: 'malware'
  params: {
    storageName: storage.outputs.name
    monthlyGb: max(malwareScanMonthlyGb, 10)
  }
}

module keep 'modules/locks.bicep' = if (locks) {
  name: 'locks'
  params: {
    storageName: storage.outputs.name
    cosmosName: cosmos.outputs.name
  }
}

module budget 'modules/budget.bicep' = if (budgetAmount > 0) {
  name: 'budget'
  params: {
    amount: max(budgetAmount, 1)
    emails: budgetEmails
    start: budgetStart
  }
}

module overview 'modules/workbook.bicep' = if (workbook) {
  name: 'workbook'
  params: {
    location: location
    tags: tags
    workspaceId: monitoring.outputs.workspaceId
  }
}

// Names only: no output holds a secret.
output FUNCTION_APP_NAME string = functionAppName
output WEB_BLOB_NAME string = webBlobName
output WEB_KAFKA_NAME string = webKafka ? webKafkaName : ''
output STORAGE_NAME string = storage.outputs.name
output STORAGE_ID string = storage.outputs.id
output COSMOS_ENDPOINT string = cosmos.outputs.endpoint
output VAULT_NAME string = vault.outputs.name
output REGISTRY_NAME string = registry.outputs.name
output EVENT_TOPIC_NAME string = events.outputs.name
output WEB_BLOB_PRINCIPAL_ID string = identities.outputs.webBlobPrincipalId
output WEB_KAFKA_PRINCIPAL_ID string = identities.outputs.webKafkaPrincipalId
// The one address that calls go out from, for lists of allowed callers; empty where there is no NAT gateway.
output EGRESS_ADDRESS string = network.outputs.egressAddress
// Addresses of Confluent's endpoints, for whoever keeps the DNS of a landing zone.
output CONFLUENT_ADDRESSES array = network.outputs.confluentAddresses
output NETWORK_NAME string = network.outputs.name
output WORKSPACE_ID string = monitoring.outputs.workspaceId
output BASTION_NAME string = operatorsWayIn == 'bastion' ? operators!.outputs.bastionName : ''
output OPERATORS_HOST_ID string = operatorsWayIn == 'bastion' ? operators!.outputs.hostId : ''
