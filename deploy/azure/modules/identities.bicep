// One identity for each application, so that each has only its own roles. They are user-assigned, because the roles have
// to exist before an application starts for the first time.

param location string
param tags object
param suffix string

resource functions 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-functions-${suffix}'
  location: location
  tags: tags
}

resource webBlob 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-web-blob-${suffix}'
  location: location
  tags: tags
}

resource webKafka 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-web-kafka-${suffix}'
  location: location
  tags: tags
}

resource gateway 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-gateway-${suffix}'
  location: location
  tags: tags
}

output functionsId string = functions.id
output functionsClientId string = functions.properties.clientId
output functionsPrincipalId string = functions.properties.principalId
output webBlobId string = webBlob.id
output webBlobClientId string = webBlob.properties.clientId
output webBlobPrincipalId string = webBlob.properties.principalId
output webKafkaId string = webKafka.id
output webKafkaClientId string = webKafka.properties.clientId
output webKafkaPrincipalId string = webKafka.properties.principalId
output gatewayId string = gateway.id
output gatewayPrincipalId string = gateway.properties.principalId
