// After a lost region: everything anew in another one, beside the database that is there already.
using '../../azure/main.bicep'
param environmentName = 'prod'
param location = 'northeurope'
param resourceGroupName = 'rg-darkroom-north'
param settings = {
  privateNetwork: {
    octet: 41
  }
  database: {
    capacity: 'autoscale'
    existingAccount: 'cosmos-darkroom-0123456789abc'
    existingGroup: 'rg-darkroom-prod'
  }
  functions: {
    alwaysReady: 2
  }
  web: {
    package: 'container'
    image: 'darkroom-web:v1'
    entraClientId: '00000000-0000-0000-0000-00000000000c'
  }
  events: {
    kind: 'eventGrid'
  }
  gateway: {
    blobHostName: 'photos.example.com'
    certificateSecretName: 'gateway-certificate'
  }
}
