// Darkroom on Azure: the resource group and all resources in it. docs/deploy.md has the commands.

targetScope = 'subscription'

import { Settings } from 'types.bicep'

@description('Name of the environment. The names of all resources are derived from it, the resource group and the region.')
@minLength(1)
@maxLength(32)
param environmentName string

@minLength(1)
param location string
// The default is in lower case, so that it does not depend on how the environment is written. The names of role assignments
// are derived from resource ids, which contain the name of the group in its exact spelling.
param resourceGroupName string = 'rg-darkroom-${toLower(environmentName)}'
param settings Settings

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: resourceGroupName
  location: location
  tags: {
    'azd-env-name': environmentName
    application: 'darkroom'
  }
}

module darkroom 'darkroom.bicep' = {
  name: 'darkroom'
  scope: group
  params: {
    environmentName: environmentName
    location: location
    settings: settings
  }
}

output AZURE_RESOURCE_GROUP string = group.name
output FUNCTION_APP_NAME string = darkroom.outputs.FUNCTION_APP_NAME
output WEB_BLOB_NAME string = darkroom.outputs.WEB_BLOB_NAME
output WEB_BLOB_HOST string = darkroom.outputs.WEB_BLOB_HOST
output WEB_KAFKA_NAME string = darkroom.outputs.WEB_KAFKA_NAME
output WEB_KAFKA_HOST string = darkroom.outputs.WEB_KAFKA_HOST
output WEB_BLOB_PRINCIPAL_ID string = darkroom.outputs.WEB_BLOB_PRINCIPAL_ID
output WEB_KAFKA_PRINCIPAL_ID string = darkroom.outputs.WEB_KAFKA_PRINCIPAL_ID
output IMAGES_NAME string = darkroom.outputs.IMAGES_NAME
output COSMOS_ENDPOINT string = darkroom.outputs.COSMOS_ENDPOINT
output VAULT_NAME string = darkroom.outputs.VAULT_NAME
output REGISTRY_NAME string = darkroom.outputs.REGISTRY_NAME
output EVENT_TOPIC_NAME string = darkroom.outputs.EVENT_TOPIC_NAME
output WORKSPACE_ID string = darkroom.outputs.WORKSPACE_ID
output NETWORK_NAME string = darkroom.outputs.NETWORK_NAME
output EGRESS_ADDRESS string = darkroom.outputs.EGRESS_ADDRESS
output CONFLUENT_ADDRESSES array = darkroom.outputs.CONFLUENT_ADDRESSES
output BASTION_NAME string = darkroom.outputs.BASTION_NAME
output OPERATORS_HOST_ID string = darkroom.outputs.OPERATORS_HOST_ID
