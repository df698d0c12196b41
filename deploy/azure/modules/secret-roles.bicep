// The roles for the secrets, and the addresses of the secrets. Reading an address fails while the secret is missing. So an
// application is not deployed before its secrets exist. It would otherwise start with the text of the Key Vault reference
// in place of the secret.

param vaultName string
param functionsPrincipalId string
param webBlobPrincipalId string
param webKafkaPrincipalId string
param gatewayPrincipalId string

@description('Whether the function app itself reads or writes Kafka topics.')
param functionsKafka bool

@description('Whether the function app signs webhooks.')
param webhook bool
param webKafka bool

@description('Whether the web applications sign their forms with a common secret.')
param formSecret bool

@description('Name of the secret with the certificate of the gateway. It is empty if there is no gateway.')
param certificateSecretName string

var roles = {
  secretsUser: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '4633458b-17de-408a-b874-0445c86b69e6')
}

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  name: vaultName
}

resource consumerSecret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = {
  parent: vault
  name: 'kafka-consumer-secret'
}

resource producerSecret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = {
  parent: vault
  name: 'kafka-producer-secret'
}

resource form 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = {
  parent: vault
  name: 'web-form-secret'
}

resource webhookSecret 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = {
  parent: vault
  name: 'events-webhook-secret'
}

resource certificate 'Microsoft.KeyVault/vaults/secrets@2024-11-01' existing = {
  parent: vault
  name: empty(certificateSecretName) ? 'none' : certificateSecretName
}

resource functionsConsumerSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (functionsKafka) {
  name: guid(consumerSecret.id, functionsPrincipalId, roles.secretsUser)
  scope: consumerSecret
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.secretsUser
  }
}

resource functionsWebhookSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (webhook) {
  name: guid(webhookSecret.id, functionsPrincipalId, roles.secretsUser)
  scope: webhookSecret
  properties: {
    principalId: functionsPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.secretsUser
  }
}

resource webBlobFormSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (formSecret) {
  name: guid(form.id, webBlobPrincipalId, roles.secretsUser)
  scope: form
  properties: {
    principalId: webBlobPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.secretsUser
  }
}

resource webKafkaFormSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (formSecret && webKafka) {
  name: guid(form.id, webKafkaPrincipalId, roles.secretsUser)
  scope: form
  properties: {
    principalId: webKafkaPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.secretsUser
  }
}

resource webKafkaProducerSecret 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (webKafka) {
  name: guid(producerSecret.id, webKafkaPrincipalId, roles.secretsUser)
  scope: producerSecret
  properties: {
    principalId: webKafkaPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.secretsUser
  }
}

resource gatewayCertificate 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (!empty(certificateSecretName)) {
  name: guid(certificate.id, gatewayPrincipalId, roles.secretsUser)
  scope: certificate
  properties: {
    principalId: gatewayPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: roles.secretsUser
  }
}

// The addresses contain no versions, so that a new version of a secret is used.
output consumerSecretUri string = functionsKafka ? consumerSecret.properties.secretUri : ''
output webhookSecretUri string = webhook ? webhookSecret.properties.secretUri : ''
output producerSecretUri string = webKafka ? producerSecret.properties.secretUri : ''
output formSecretUri string = formSecret ? form.properties.secretUri : ''
output certificateSecretUri string = !empty(certificateSecretName) ? certificate.properties.secretUri : ''
