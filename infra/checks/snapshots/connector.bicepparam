// Both flows on Elastic Premium, the second by the connector, over zones and two regions, with the longest names and
// every number at its most.
using '../../main.bicep'

param environmentName = 'a-name-of-thirty-two-characters-'
param deployApps = true
param plan = 'premium'
param premiumSku = 'EP3'
param maximumInstances = 100
param handlerImage = 'darkroom-handler:v0.1.0'
param retentionDays = 365
param storageSku = 'Standard_RAGZRS'
param cosmosCapacity = 'autoscale'
param cosmosMaxThroughput = 100000
param cosmosSecondaryLocation = 'northeurope'
param zoneRedundant = true
param kafkaConsumer = 'connector'
param kafkaBrokers = 'pkc-1.westeurope.azure.confluent.cloud:9092'
param kafkaProducerUsername = 'PRODUCER'
param connectorAddresses = ['203.0.113.0/24', '198.51.100.7/32']
param webImage = 'darkroom-web@sha256:0000000000000000000000000000000000000000000000000000000000000000'
param webSku = 'P2v3'
param webMinimumInstances = 3
param webMaximumInstances = 30
param entraClientId = '00000000-0000-0000-0000-000000000001'
param webBlobHostName = 'photos.example.com'
param webKafkaHostName = 'events.example.com'
param certificateSecretName = 'gateway-certificate'
param gatewayMaximumCapacity = 125
param analystsGroupId = '00000000-0000-0000-0000-000000000002'
param deployerPrincipalId = '00000000-0000-0000-0000-000000000003'
param alertEmail = 'you@example.com'
param networkOctet = 255
