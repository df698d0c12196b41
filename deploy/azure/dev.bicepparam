// A development environment with one instance of everything. Without load it costs about 20 dollars a month, most of it for
// the web application. There is no private network: storage and database have public endpoints, which accept only Entra ID
// identities with a role, and no keys.
//
//   azd up        (docs/deploy.md#the-first-photo)

using 'main.bicep'

param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'dev')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')
param settings = {
  // Set this to false to create everything except the applications.
  applications: readEnvironmentVariable('DARKROOM_APPLICATIONS', 'true') == 'true'
  storage: {
    sku: 'Standard_LRS'
  }
  database: {
    capacity: 'serverless'
  }
  functions: {
    plan: 'flex'
    // The minimum that every region accepts.
    maximumInstances: 40
  }
  web: {
    package: 'zip'
    sku: 'B1'
    maximumInstances: 1
    // deploy/azure/sign-in.sh creates the registration and sets this.
    entraClientId: readEnvironmentVariable('DARKROOM_ENTRA_CLIENT_ID', '00000000-0000-0000-0000-000000000000')
  }
  operations: {
    logDailyQuotaGb: 1
  }
}
