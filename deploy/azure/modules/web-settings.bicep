// The app settings of the web applications. docs/web-settings.md explains those that the program itself reads.

import { Settings } from '../types.bicep'
import * as choices from '../choices.bicep'

@export()
@sealed()
@description('The resources that the app settings refer to.')
type Resources = {
  identityClientId: string
  imagesName: string
  cosmosEndpoint: string

  @description('Address of the secret in the vault that signs the forms.')
  formSecretUri: string

  @description('Address of the producer\'s API secret in the vault. It is empty for flow A.')
  producerSecretUri: string
}

@export()
@description('All app settings of the web application for one flow.')
func appSettings(settings Settings, flow 'blob' | 'kafka', resources Resources) array => concat(
  common(settings, flow, resources),
  choices.sharedFormSecret(settings) ? formSecret(resources) : [],
  choices.webContainer(settings) ? container() : [],
  flow == 'kafka' ? kafka(settings, resources) : []
)

func common(settings Settings, flow 'blob' | 'kafka', resources Resources) array => [
  {
    // App Service completes the sign-in with this managed identity instead of a client secret.
    name: 'OVERRIDE_USE_MI_FIC_ASSERTION_CLIENTID'
    value: resources.identityClientId
  }
  {
    name: 'ImageStorage__accountName'
    value: resources.imagesName
  }
  {
    name: 'ImageStorage__credential'
    value: 'managedidentity'
  }
  {
    name: 'ImageStorage__clientId'
    value: resources.identityClientId
  }
  {
    name: 'CosmosDb__accountEndpoint'
    value: resources.cosmosEndpoint
  }
  {
    name: 'CosmosDb__credential'
    value: 'managedidentity'
  }
  {
    name: 'CosmosDb__clientId'
    value: resources.identityClientId
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
    value: settings.?heic ?? false ? 'true' : 'false'
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
    value: choices.directUpload(settings) ? 'true' : 'false'
  }
  {
    name: 'DARKROOM_QUOTA_IMAGES'
    value: string(settings.web.?quotaImages ?? '')
  }
  {
    name: 'DARKROOM_QUOTA_MB'
    value: string(settings.web.?quotaMegabytes ?? '')
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

func formSecret(resources Resources) array => [
  {
    name: 'DARKROOM_SECRET'
    value: '@Microsoft.KeyVault(SecretUri=${resources.formSecretUri})'
  }
]

func container() array => [
  {
    name: 'WEBSITES_PORT'
    value: '8080'
  }
]

func kafka(settings Settings, resources Resources) array => [
  {
    // Larger files are stored in the container for incoming files, and the message refers to them.
    name: 'DARKROOM_KAFKA_INLINE_KIB'
    value: '960'
  }
  {
    // The certificates of Confluent Cloud are issued by a public certificate authority, so no CA file is needed.
    name: 'KAFKA_CA_FILE'
    value: ''
  }
  {
    name: 'DARKROOM_INCOMING_CONTAINER'
    value: 'incoming'
  }
  {
    name: 'KAFKA_BROKERS'
    value: settings.?kafka.?brokers ?? ''
  }
  {
    name: 'KAFKA_TOPIC'
    value: settings.?kafka.?topic ?? 'images'
  }
  {
    name: 'KAFKA_USERNAME'
    value: settings.?kafka.?producerUsername ?? ''
  }
  {
    name: 'KAFKA_PASSWORD'
    value: '@Microsoft.KeyVault(SecretUri=${resources.producerSecretUri})'
  }
]
