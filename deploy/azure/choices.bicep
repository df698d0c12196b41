// Functions of the settings that several files need: the defaults of optional settings, and values that follow from several
// settings. A default that only one file needs is in that file.

import { Settings } from 'types.bicep'

@export()
func applications(settings Settings) bool => settings.?applications ?? true

@export()
func zoneRedundant(settings Settings) bool => settings.?zoneRedundant ?? false

@export()
func withNetwork(settings Settings) bool => contains(settings, 'privateNetwork')

@export()
func withGateway(settings Settings) bool => applications(settings) && contains(settings, 'gateway')

@export()
@description('How operators reach the private network: one of the types in types.bicep, or an object of the kind none.')
func wayIn(settings Settings) object => any(settings.?privateNetwork.?operatorsWayIn ?? { kind: 'none' })

@export()
func plan(settings Settings) 'flex' | 'premium' => settings.?functions.?plan ?? 'flex'

@export()
func maximumInstances(settings Settings) int => settings.?functions.?maximumInstances ?? 40

@export()
func alwaysReady(settings Settings) int => settings.?functions.?alwaysReady ?? 0

@export()
func webSku(settings Settings) 'B1' | 'P0v3' | 'P1v3' | 'P2v3' => settings.web.?sku ?? 'P0v3'

@export()
func webMinimumInstances(settings Settings) int => settings.web.?minimumInstances ?? 1

@export()
func webMaximumInstances(settings Settings) int => settings.web.?maximumInstances ?? 10

@export()
@description('Whether the web applications are containers. Otherwise each is deployed as a zip file.')
func webContainer(settings Settings) bool => settings.web.package == 'container'

@export()
@description('Whether all instances of a web application sign their forms with one secret of the vault. A single instance generates its own secret when it starts.')
func sharedFormSecret(settings Settings) bool => webMaximumInstances(settings) > 1

@export()
@description('The flows of uploads. There is one web application for each of them.')
func flows(settings Settings) ('blob' | 'kafka')[] => contains(settings, 'kafka') ? [
  'blob'
  'kafka'
] : [
  'blob'
]

@export()
@description('Whether browsers write the blocks of large files directly into the storage account of the images.')
func directUpload(settings Settings) bool => settings.web.?directUpload ?? false

@export()
@description('The host name that people open for a flow.')
func publicHostName(settings Settings, flow string, suffix string) string => withGateway(settings) ? flow == 'blob' ? settings.gateway!.blobHostName : settings.?gateway.?kafkaHostName ?? '' : 'app-${flow}-${suffix}.azurewebsites.net'

@export()
func databaseCapacity(settings Settings) 'serverless' | 'autoscale' => settings.?database.?capacity ?? 'serverless'

@export()
func databaseThroughput(settings Settings) int => settings.?database.?maxThroughput ?? 4000

@export()
@description('Name of a database account that already exists. It is empty if the deployment creates one.')
func existingDatabase(settings Settings) string => settings.?database.?existingAccount ?? ''

@export()
func kafkaConsumer(settings Settings) 'none' | 'trigger' | 'connector' => settings.?kafka.?consumer ?? 'none'

@export()
func kafkaTrigger(settings Settings) bool => kafkaConsumer(settings) == 'trigger'

@export()
@description('The destination of image events: one of the types in types.bicep, or an object of the kind none.')
func imageEvents(settings Settings) object => any(settings.?events ?? { kind: 'none' })

@export()
@description('Whether the function app itself reads or writes Kafka topics.')
func functionsKafka(settings Settings) bool => kafkaTrigger(settings) || imageEvents(settings).kind == 'kafka'

@export()
func malwareScan(settings Settings) bool => contains(settings.?operations ?? {}, 'malwareScanMonthlyGb')

@export()
@description('The name of a region as Azure writes it: West Europe is westeurope.')
func place(name string) string => toLower(replace(name, ' ', ''))

@export()
@description('The resource group of the database.')
func databaseGroup(settings Settings, ownGroup string) string => settings.?database.?existingGroup ?? ownGroup
