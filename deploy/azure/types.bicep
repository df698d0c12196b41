// The settings of a deployment with their limits. The default of an optional setting is in choices.bicep, or in the only
// file that needs it.

@export()
@description('All settings of one deployment. dev.bicepparam and prod.bicepparam each set them for one environment.')
@sealed()
type Settings = {
  @description('Whether the applications are deployed. If false, only the resources that they need are created, so that secrets and container images can be added before the applications start.')
  applications: bool?

  @description('The number of days after which originals, renditions, records and dead letters are deleted.')
  @minValue(1)
  @maxValue(365)
  retentionDays: int?

  @description('Whether records contain the place where a photo was taken. This is personal data.')
  storeGps: bool?

  @description('Whether HEIC photos are accepted. The handler must then be built with `./dev package --heic`. HEIC uses the video codec HEVC, which is covered by patents.')
  heic: bool?

  @description('Whether plans, registry, database and gateway are spread over availability zones. The region must have availability zones.')
  zoneRedundant: bool?

  @description('A virtual network with private endpoints. With it, storage, database, vault and registry have no public endpoint.')
  privateNetwork: NetworkSettings?

  storage: StorageSettings?
  database: DatabaseSettings?
  functions: FunctionsSettings?
  web: WebSettings
  kafka: KafkaSettings?

  @description('The destination of image events, which tell other systems what happened to each image. Without it, no events are sent.')
  @discriminator('kind')
  events: (EventGridEvents | KafkaEvents | WebhookEvents)?

  @description('An Application Gateway with a web application firewall in front of the web applications.')
  gateway: GatewaySettings?

  people: PeopleSettings?

  @description('The mirror of the database in Microsoft Fabric, for Power BI.')
  fabric: FabricSettings?
  operations: OperationsSettings?
}

@export()
@sealed()
type NetworkSettings = {
  @description('The second octet of the address space of the network: x in 10.x.0.0/16.')
  @minValue(0)
  @maxValue(255)
  octet: int?

  @description('Whether all outgoing calls come from one fixed public address, which other parties can add to their lists of allowed callers.')
  natGateway: bool?

  @description('Resource id of the resource group that contains the private DNS zones of a landing zone. Without it, this deployment creates its own zones.')
  @minLength(1)
  privateDnsZonesGroupId: string?

  @description('Addresses of the DNS servers that the network uses, for example the resolver of a landing zone. Without it, the network uses Azure DNS.')
  dnsServers: string[]?

  @description('How operators reach resources that have no public endpoint: from a peered network, or through Azure Bastion. Without it, they cannot reach them.')
  @discriminator('kind')
  operatorsWayIn: (PeeredNetwork | BastionHost)?
}

@export()
@sealed()
type PeeredNetwork = {
  kind: 'peering'

  @description('Resource id of the virtual network from which operators connect. Whoever deploys also needs the right to create peerings in that network.')
  @minLength(1)
  hubNetworkId: string

  @description('Whether operators enter that network through its VPN or ExpressRoute gateway.')
  hubGateway: bool?
}

@export()
@sealed()
type BastionHost = {
  kind: 'bastion'

  @description('SSH public key for the host behind Bastion. Azure requires one for a Linux host without a password. Operators sign in with Entra ID, so nobody needs the private key.')
  @minLength(1)
  sshPublicKey: string

  @description('VM size of the host behind Bastion.')
  @minLength(1)
  hostSize: string?
}

@export()
@sealed()
type StorageSettings = {
  @description('Redundancy of the storage account of the images. With Standard_ZRS, data survives the loss of a zone. With Standard_GZRS, it survives the loss of a region.')
  sku: ('Standard_LRS' | 'Standard_ZRS' | 'Standard_GZRS' | 'Standard_RAGZRS')?
}

@export()
@sealed()
type DatabaseSettings = {
  @description('The capacity mode of the database. serverless has no cost for throughput while there are no requests. autoscale supports more throughput and a second region.')
  capacity: ('serverless' | 'autoscale')?

  @description('The maximum throughput in request units per second, in steps of 1000. It applies to autoscale only, which bills at least a tenth of it.')
  @minValue(1000)
  @maxValue(1000000)
  maxThroughput: int?

  @description('A second region for the database. It requires autoscale.')
  secondaryLocation: string?

  @description('Name of a Cosmos DB account that already exists, for example the replica that remains after the loss of a region. The deployment uses it without changing it.')
  @minLength(3)
  @maxLength(44)
  existingAccount: string?

  @description('Name of the resource group of that account, in the same subscription. Without it, the account is expected in the resource group of this deployment.')
  @minLength(1)
  @maxLength(90)
  existingGroup: string?

  @description('Whether the roles on that account already exist. The deployment then writes nothing into the resource group of the account, because that fails while the region of the group is unavailable.')
  existingRoles: bool?
}

@export()
@sealed()
type FunctionsSettings = {
  @description('Hosting plan of the function app: Flex Consumption (flex), or Elastic Premium with a container (premium).')
  plan: ('flex' | 'premium')?

  @description('Memory of an instance on Flex Consumption. An instance has one core with 2048 MB, and two cores with 4096 MB.')
  instanceMemoryMB: (2048 | 4096)?

  @description('The maximum number of instances for each group of functions that scales independently: uploads, their retries, and messages. It limits the costs, and the load on storage and database.')
  @minValue(1)
  @maxValue(1000)
  maximumInstances: int?

  @description('The number of instances that always run. With 0, Flex Consumption scales to zero instances. Elastic Premium always keeps at least one.')
  @minValue(0)
  @maxValue(100)
  alwaysReady: int?
  premiumSku: ('EP1' | 'EP2' | 'EP3')?

  @description('The container image of the handler in the registry: its name with a tag or a digest. Only Elastic Premium uses it.')
  @minLength(1)
  image: string?
}

@export()
@sealed()
type WebSettings = {
  @description('How the web application is deployed to App Service: as a zip file with the program, which supports flow A only, or as a container image in the registry.')
  package: 'zip' | 'container'

  @description('The container image in the registry: its name with a tag or a digest. It is required if package is container.')
  @minLength(1)
  image: string?
  sku: ('B1' | 'P0v3' | 'P1v3' | 'P2v3')?

  @minValue(1)
  @maxValue(20)
  minimumInstances: int?

  @minValue(1)
  @maxValue(30)
  maximumInstances: int?

  @description('Application (client) id of the app registration for sign-in.')
  @minLength(36)
  @maxLength(36)
  entraClientId: string?

  @description('The maximum number of images that one uploader may have. Without it, there is no limit.')
  @minValue(1)
  quotaImages: int?

  @description('The maximum size of all originals and renditions of one uploader together, in megabytes. Without it, there is no limit.')
  @minValue(1)
  quotaMegabytes: int?

  @description('Whether browsers may write the blocks of large files directly into the storage account of the images.')
  directUpload: bool?
}

@export()
@sealed()
type KafkaSettings = {
  @description('What reads the topic: the Kafka trigger of the function app, or the Azure Functions Sink Connector of Confluent.')
  consumer: 'trigger' | 'connector'

  @description('Bootstrap servers, each as host:port, separated by commas.')
  @minLength(3)
  brokers: string

  @minLength(1)
  topic: string?

  @description('API key of the consumer. It is required if consumer is trigger, or if image events go to Kafka.')
  consumerUsername: string?

  @description('API key of the producer.')
  @minLength(1)
  producerUsername: string

  @minValue(1)
  @maxValue(65535)
  port: int?

  @description('Address ranges of the brokers, to which the network allows connections. Internet stands for the public endpoints of Confluent Cloud.')
  destinations: string[]?

  @description('Address ranges from which the connector of Confluent calls the function app. It is required if consumer is connector.')
  connectorAddresses: string[]?

  @description('The number of messages that may wait in the topic before an alert fires. The alert exists only if consumer is trigger.')
  @minValue(1)
  lagThreshold: int?

  @description('The connection to Confluent Cloud over Azure Private Link. Without it, the public endpoints of Confluent Cloud are used.')
  privateLink: ConfluentPrivateLink?
}

@export()
@sealed()
type ConfluentPrivateLink = {
  @description('DNS domain of the Confluent network or Private Link attachment.')
  @minLength(3)
  domain: string

  @description('The private link services of Confluent: one for each zone of a dedicated cluster, or a single one without zone.')
  @minLength(1)
  services: ConfluentService[]
}

@export()
@sealed()
type ConfluentService = {
  @description('Alias or resource id of the private link service.')
  @minLength(1)
  service: string
  zone: ('1' | '2' | '3')?
}

@export()
@sealed()
@description('Image events go to an Event Grid topic, which the deployment creates. docs/events.md describes the events.')
type EventGridEvents = {
  kind: 'eventGrid'
}

@export()
@sealed()
@description('Image events go to a topic of the cluster in the setting kafka. The API key of the consumer needs the right to write to this topic.')
type KafkaEvents = {
  kind: 'kafka'

  @minLength(1)
  topic: string?
}

@export()
@sealed()
@description('Image events go to a webhook. They are signed with the secret events-webhook-secret in the vault.')
type WebhookEvents = {
  kind: 'webhook'

  @description('Address of the webhook. It begins with https://.')
  @minLength(12)
  url: string

  @description('Address ranges of the webhook, to which the network allows connections. It is required with privateNetwork.')
  destinations: string[]?
}

@export()
@sealed()
type GatewaySettings = {
  @description('Public host name of the web application of flow A.')
  @minLength(4)
  blobHostName: string

  @description('Public host name of the web application of flow B. It is required with kafka.')
  @minLength(4)
  kafkaHostName: string?

  @description('Name of the secret in the vault that contains the certificate for both host names.')
  @minLength(1)
  certificateSecretName: string

  @description('The number of instances that always run. They are billed even without load.')
  @minValue(1)
  @maxValue(125)
  minimumCapacity: int?

  @minValue(2)
  @maxValue(125)
  maximumCapacity: int?
}

@export()
@sealed()
type PeopleSettings = {
  @description('Object id of the group of analysts, who may read results: renditions, the inventory of blobs, and records.')
  @minLength(36)
  @maxLength(36)
  analystsGroupId: string?

  @description('Object id of the group of operators, who handle failed messages, read logs and records, and restart the function app.')
  @minLength(36)
  @maxLength(36)
  operatorsGroupId: string?

  @description('Object id of the service principal with which the pipeline deploys new versions of the applications.')
  @minLength(36)
  @maxLength(36)
  deployerPrincipalId: string?
}

@export()
@sealed()
type OperationsSettings = {
  @description('Mail address that receives the alerts.')
  @minLength(6)
  alertEmail: string?

  @description('The number of days that logs are kept.')
  @minValue(30)
  @maxValue(730)
  logRetentionDays: int?

  @description('The gigabytes of logs per day that the workspace accepts. It discards further logs. -1 means no limit.')
  @minValue(-1)
  logDailyQuotaGb: int?

  @description('The number of invocations that may fail within 15 minutes before an alert fires.')
  @minValue(1)
  failureThreshold: int?

  @description('Whether Application Insights tests every five minutes, from several places in the world, that the sites answer. It requires gateway.')
  availabilityTest: bool?

  @description('Whether to create a workbook with charts of uploads, processing, failures, database and gateway.')
  workbook: bool?

  @description('Whether to lock the storage account of the images and the database, so that they cannot be deleted by mistake.')
  locks: bool?

  @description('A monthly budget for the resource group. It sends mails, but does not stop anything.')
  budget: BudgetSettings?

  @description('The gigabytes per month that Microsoft Defender for Storage scans for malware. Without it, nothing is scanned.')
  @minValue(10)
  malwareScanMonthlyGb: int?

  @description('Whether storage and database are encrypted with a key in the vault, instead of a key that Microsoft manages.')
  ownEncryptionKey: bool?
}

@export()
@sealed()
type BudgetSettings = {
  @description('The intended maximum of the monthly costs, in the billing currency of the subscription.')
  @minValue(1)
  amount: int

  @description('Addresses that get a mail when the costs reach 80 and 100 percent of the amount, and when they are forecast to reach 100 percent.')
  @minLength(1)
  emails: string[]

  @description('The first day of the month in which the budget is first deployed, for example 2026-12-01. It must not change afterwards.')
  @minLength(10)
  @maxLength(10)
  start: string
}

@export()
@sealed()
type FabricSettings = {
  @description('Id of the Fabric workspace that contains the mirror.')
  @minLength(36)
  @maxLength(36)
  workspaceId: string

  @description('Object id of the person whose account the mirror uses to connect to the database, or of a group with that person. Fabric cannot use a managed identity for this.')
  @minLength(36)
  @maxLength(36)
  mirrorPrincipalId: string
}
