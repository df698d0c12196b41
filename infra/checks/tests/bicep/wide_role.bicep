// Contributor on the resource group, for an identity of unknown type.
// expects: it gives the wide role b24988ac-6180-42a0-ab88-20f7382dd24c
// expects: assignment: principalType is not set
// expects: assignment: it is given on the whole resource group
param principalId string

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(principalId)
  properties: {
    principalId: principalId
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', 'b24988ac-6180-42a0-ab88-20f7382dd24c')
  }
}
