// The destination of logs and metrics. Application Insights accepts telemetry only from Entra ID identities. So its
// connection string alone, which is an app setting, gives no access.

param location string
param tags object
param suffix string

@description('The number of days that logs are kept.')
@minValue(30)
@maxValue(730)
param retentionInDays int

@description('The gigabytes of logs per day that the workspace accepts, which limits the costs. It discards further logs. -1 means no limit.')
param dailyQuotaGb int

@description('Mail address that receives the alerts. If it is empty, nobody gets a mail.')
param alertEmail string

// Azure refuses an invalid address only while the deployment is already in progress. So the form of the address is checked
// here first. No check can find a valid address that is mistyped.
var parts = split(alertEmail, '@')
var sound = length(parts) == 2 && !empty(parts[0]) && contains(last(parts), '.') && !contains(alertEmail, ' ')
var address = empty(alertEmail) || sound ? alertEmail : fail('alertEmail is not an address: ${alertEmail}')

resource workspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' = {
  name: 'log-${suffix}'
  location: location
  tags: tags
  properties: {
    sku: {
      name: 'PerGB2018'
    }
    retentionInDays: retentionInDays
    workspaceCapping: {
      dailyQuotaGb: dailyQuotaGb
    }
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
    // Telemetry uses the service's public endpoint and is authenticated by identity. A private link scope would change the
    // DNS of the whole network, also for other workloads, so the owner of the network has to decide about it.
    publicNetworkAccessForIngestion: 'Enabled'
    publicNetworkAccessForQuery: 'Enabled'
  }
}

resource insights 'Microsoft.Insights/components@2020-02-02' = {
  name: 'appi-${suffix}'
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspace.id
    DisableLocalAuth: true
    DisableIpMasking: false
    publicNetworkAccessForIngestion: 'Enabled'
    publicNetworkAccessForQuery: 'Enabled'
  }
}

resource actionGroup 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'darkroom'
    enabled: true
    emailReceivers: empty(address) ? [] : [
      {
        name: 'operators'
        emailAddress: address
        useCommonAlertSchema: true
      }
    ]
  }
}

resource workspaceDiagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: workspace
  properties: {
    workspaceId: workspace.id
    logs: [
      {
        categoryGroup: 'audit'
        enabled: true
      }
    ]
  }
}

output workspaceId string = workspace.id
output workspaceName string = workspace.name
output insightsId string = insights.id
output insightsName string = insights.name
output insightsConnectionString string = insights.properties.ConnectionString
output actionGroupId string = actionGroup.id
