// Both flows on Flex Consumption, the second by the Kafka trigger, with everybody who may have a role.
using '../../main.bicep'

param environmentName = 'prod'
param deployApps = true
param alwaysReady = 2
param storeGps = true
param kafkaConsumer = 'trigger'
param kafkaBrokers = 'pkc-1.westeurope.azure.confluent.cloud:9092'
param kafkaConsumerUsername = 'CONSUMER'
param kafkaProducerUsername = 'PRODUCER'
param webImage = 'darkroom-web:v0.1.0'
param entraClientId = '00000000-0000-0000-0000-000000000001'
param webBlobHostName = 'photos.example.com'
param webKafkaHostName = 'events.example.com'
param certificateSecretName = 'gateway-certificate'
param analystsGroupId = '00000000-0000-0000-0000-000000000002'
param deployerPrincipalId = '00000000-0000-0000-0000-000000000003'
param alertEmail = 'you@example.com'
