// What can be chosen, with its limits. The defaults are in choices.bicep, or in the only file that needs them.

@export()
@description('The whole choice. dev.bicepparam and prod.bicepparam are two of them.')
@sealed()
type Settings = {
  @description('Whether the applications are deployed. Off, only what they stand on is made, so that secrets and images can be put in place first.')
  applications: bool?

  @description('Days after which originals, renditions, records and dead letters are deleted.')
  @minValue(1)
  @maxValue(365)
  retentionDays: int?

  @description('Keep in records where photos were taken. It is personal data.')
  storeGps: bool?

  @description('Take HEIC photos. The handler\'s package has to be made with `./dev package --heic`; HEVC is covered by patents.')
  heic: bool?

  @description('Spread plans, registry, database and gateway over zones; needs a region that has them.')
  zoneRedundant: bool?

  @description('A virtual network with private endpoints; storage, database, vault and registry have no public endpoint then.')
  privateNetwork: NetworkSettings?

  storage: StorageSettings?
  database: DatabaseSettings?
  functions: FunctionsSettings?
  web: WebSettings
  kafka: KafkaSettings?

  @description('Who is told what became of each image; left out, nobody.')
  @discriminator('kind')
  events: (EventGridEvents | KafkaEvents | WebhookEvents)?

  @description('A gateway with a web application firewall in front of the web applications.')
  gateway: GatewaySettings?

  people: PeopleSettings?

  @description('The mirror of the database in Microsoft Fabric, for Power BI.')
  fabric: FabricSettings?
  operations: OperationsSettings?
}

@export()
@sealed()
type NetworkSettings = {
  @description('Second octet of the address space 10.x.0.0/16.')
  @minValue(0)
  @maxValue(255)
  octet: int?

  @description('Whether what goes out does so from one fixed address, which others can put on their lists of allowed callers.')
  natGateway: bool?

  @description('Resource id of the group with the private DNS zones of a landing zone; left out, zones of our own are made.')
  @minLength(1)
  privateDnsZonesGroupId: string?

  @description('DNS servers of the network, such as a landing zone\'s resolver; left out, Azure\'s.')
  dnsServers: string[]?

  @description('How operators reach what has no public endpoint: from a peered network, or through Azure Bastion; left out, not at all.')
  @discriminator('kind')
  operatorsWayIn: (PeeredNetwork | BastionHost)?
}

@export()
@sealed()
type PeeredNetwork = {
  kind: 'peering'

  @description('Resource id of the network that operators come from. Whoever deploys needs a right to peer it, too.')
  @minLength(1)
  hubNetworkId: string

  @description('Whether that network has the VPN or ExpressRoute gateway that they come in by.')
  hubGateway: bool?
}

@export()
@sealed()
type BastionHost = {
  kind: 'bastion'

  @description('A public key for the host behind it. Azure makes none without; nobody needs the private one.')
  @minLength(1)
  sshPublicKey: string

  @minLength(1)
  hostSize: string?
}

@export()
@sealed()
type StorageSettings = {
  @description('How the bytes are kept: Standard_ZRS survives a lost zone, Standard_GZRS a lost region.')
  sku: ('Standard_LRS' | 'Standard_ZRS' | 'Standard_GZRS' | 'Standard_RAGZRS')?
}

@export()
@sealed()
type DatabaseSettings = {
  @description('serverless costs nothing at rest; autoscale carries more and can have a second region.')
  capacity: ('serverless' | 'autoscale')?

  @description('The most request units a second, with autoscale, in steps of 1000; a tenth of it is paid for at rest.')
  @minValue(1000)
  @maxValue(1000000)
  maxThroughput: int?

  @description('A second region, with autoscale.')
  secondaryLocation: string?

  @description('An account of this name is there already, such as the replica after a lost region. It is used as it is.')
  @minLength(3)
  @maxLength(44)
  existingAccount: string?

  @description('The resource group of that account, in the same subscription; left out, that of everything else.')
  @minLength(1)
  @maxLength(90)
  existingGroup: string?

  @description('The roles on that account are there already. Nothing is written into its group then, which fails while the group\'s region is away.')
  existingRoles: bool?
}

@export()
@sealed()
type FunctionsSettings = {
  @description('Hosting plan of the function app: Flex Consumption, or Elastic Premium with a container.')
  plan: ('flex' | 'premium')?

  @description('Memory of an instance on Flex Consumption: 2048 comes with one core, 4096 with two.')
  instanceMemoryMB: (2048 | 4096)?

  @description('The most instances of each group of functions that scales by itself: uploads, their retries, and messages. It bounds the bill and what storage and database have to bear.')
  @minValue(1)
  @maxValue(1000)
  maximumInstances: int?

  @description('Instances that are always there; 0 scales to none, but on Elastic Premium one is the least.')
  @minValue(0)
  @maxValue(100)
  alwaysReady: int?
  premiumSku: ('EP1' | 'EP2' | 'EP3')?

  @description('The handler\'s image in the registry: name and tag, or digest; Elastic Premium only.')
  @minLength(1)
  image: string?
}

@export()
@sealed()
type WebSettings = {
  @description('How the web application comes to App Service: a zip with its program, for flow A alone, or a container image of the registry.')
  package: 'zip' | 'container'

  @description('Name and tag, or digest, of the image in the registry; with package container.')
  @minLength(1)
  image: string?
  sku: ('B1' | 'P0v3' | 'P1v3' | 'P2v3')?

  @minValue(1)
  @maxValue(20)
  minimumInstances: int?

  @minValue(1)
  @maxValue(30)
  maximumInstances: int?

  @description('Application (client) id of the registration that people sign in to.')
  @minLength(36)
  @maxLength(36)
  entraClientId: string?

  @description('The most images that one uploader may have; left out, there is no limit.')
  @minValue(1)
  quotaImages: int?

  @description('The most megabytes that the originals and renditions of one uploader may have together; left out, there is no limit.')
  @minValue(1)
  quotaMegabytes: int?

  @description('Whether browsers may write the blocks of large files into the images account themselves.')
  directUpload: bool?
}

@export()
@sealed()
type KafkaSettings = {
  @description('Who reads the topic: the Kafka trigger, or Confluent\'s sink connector.')
  consumer: 'trigger' | 'connector'

  @description('Bootstrap servers as host:port, with commas between.')
  @minLength(3)
  brokers: string

  @minLength(1)
  topic: string?

  @description('API key of the consumer; with the trigger.')
  consumerUsername: string?

  @description('API key of the producer.')
  @minLength(1)
  producerUsername: string

  @minValue(1)
  @maxValue(65535)
  port: int?

  @description('Where the brokers are: address ranges, or Internet for the public endpoints of Confluent Cloud.')
  destinations: string[]?

  @description('Address ranges that Confluent\'s connector calls from; with consumer connector.')
  connectorAddresses: string[]?

  @description('Messages that may wait in the topic before an alert.')
  @minValue(1)
  lagThreshold: int?

  @description('Confluent Cloud over Private Link; left out, its public endpoints.')
  privateLink: ConfluentPrivateLink?
}

@export()
@sealed()
type ConfluentPrivateLink = {
  @description('Domain of the Confluent network or attachment.')
  @minLength(3)
  domain: string

  @description('Alias or resource id of each service; with its zone only where every zone has its own.')
  @minLength(1)
  services: ConfluentService[]
}

@export()
@sealed()
type ConfluentService = {
  @minLength(1)
  service: string
  zone: ('1' | '2' | '3')?
}

@export()
@sealed()
@description('A topic of Event Grid, which is made. docs/events.md says what comes there.')
type EventGridEvents = {
  kind: 'eventGrid'
}

@export()
@sealed()
@description('A topic of the cluster that kafka names. The consumer\'s API key needs the right to write to it.')
type KafkaEvents = {
  kind: 'kafka'

  @minLength(1)
  topic: string?
}

@export()
@sealed()
@description('Somebody\'s own address. The secret events-webhook-secret of the vault signs what comes there.')
type WebhookEvents = {
  kind: 'webhook'

  @description('The address, with https://.')
  @minLength(12)
  url: string

  @description('Where that is: address ranges, which the network lets out to; with privateNetwork.')
  destinations: string[]?
}

@export()
@sealed()
type GatewaySettings = {
  @description('Public host name of the web application of flow A.')
  @minLength(4)
  blobHostName: string

  @description('Public host name of the web application of flow B; with kafka.')
  @minLength(4)
  kafkaHostName: string?

  @description('Secret of the vault with the certificate for both host names.')
  @minLength(1)
  certificateSecretName: string

  @description('Instances that are always there, and are paid for.')
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
  @description('Object id of the group that may read results: renditions, inventory, records.')
  @minLength(36)
  @maxLength(36)
  analystsGroupId: string?

  @description('Object id of the group that runs this: queues, dead letters, logs, restarts.')
  @minLength(36)
  @maxLength(36)
  operatorsGroupId: string?

  @description('Object id of the service principal of the pipeline.')
  @minLength(36)
  @maxLength(36)
  deployerPrincipalId: string?
}

@export()
@sealed()
type OperationsSettings = {
  @description('Address that alerts are mailed to.')
  @minLength(6)
  alertEmail: string?

  @minValue(30)
  @maxValue(730)
  logRetentionDays: int?

  @description('Gigabytes of logs a day after which no more are taken; -1 is no limit.')
  @minValue(-1)
  logDailyQuotaGb: int?

  @description('Invocations that may fail in a quarter of an hour before somebody is told.')
  @minValue(1)
  failureThreshold: int?

  @description('Ask for the sites from several places in the world, every five minutes.')
  availabilityTest: bool?

  @description('A workbook about everything.')
  workbook: bool?

  @description('Locks, without whose removal storage and database cannot be deleted.')
  locks: bool?

  @description('What a month should cost at most.')
  budget: BudgetSettings?

  @description('Gigabytes of uploads a month in which Microsoft Defender looks for malware.')
  @minValue(10)
  malwareScanMonthlyGb: int?

  @description('Encrypt storage and database with a key of the vault.')
  ownEncryptionKey: bool?
}

@export()
@sealed()
type BudgetSettings = {
  @description('The most that a month should cost, in the currency of the subscription\'s bill.')
  @minValue(1)
  amount: int

  @description('Addresses that are told, at 80 and at 100 percent, and when 100 percent is to be expected.')
  @minLength(1)
  emails: string[]

  @description('First day of the month in which the budget is first deployed, such as 2026-12-01; it stays as it is afterwards.')
  @minLength(10)
  @maxLength(10)
  start: string
}

@export()
@sealed()
type FabricSettings = {
  @description('Id of the workspace that the mirror is made in.')
  @minLength(36)
  @maxLength(36)
  workspaceId: string

  @description('Object id of the person or group whose account the mirror connects with; Fabric takes no managed identity here.')
  @minLength(36)
  @maxLength(36)
  mirrorPrincipalId: string
}
