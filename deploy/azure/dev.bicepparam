// A development environment: everything works, nothing is doubled, and it costs about 20 dollars a month at rest, most
// of it for the web application's one instance. There is no private network: storage and database have public
// endpoints, which take Entra ID identities with a role and no keys.
//
//   azd up        (docs/deploy.md#the-first-photo)

using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param settings = {
  // Set to false to make only what the applications stand on.
  applications: readEnvironmentVariable('DARKROOM_APPLICATIONS', 'true') == 'true'
  storage: {
    sku: 'Standard_LRS'
  }
  database: {
    capacity: 'serverless'
  }
  functions: {
    plan: 'flex'
    // The fewest that every region takes.
    maximumInstances: 40
  }
  web: {
    package: 'zip'
    sku: 'B1'
    maximumInstances: 1
    // deploy/azure/sign-in.sh makes the registration and sets this.
    entraClientId: readEnvironmentVariable('DARKROOM_ENTRA_CLIENT_ID', '00000000-0000-0000-0000-000000000000')
  }
  operations: {
    logDailyQuotaGb: 1
  }
}
