// Alerts that never fire, or that Azure refuses, and a plan that leaves its zones to chance.
// expects: StorageBlobLogs has StatusCode as text
// expects: requests is sampled: add up itemCount
// expects: an alert that closes by itself cannot be muted
// expects: zoneRedundant is not set
var alerts = [
  {
    query: 'StorageBlobLogs | where StatusCode == 201'
  }
  {
    query: 'requests | summarize share = 100.0 * countif(success == false) / count()'
  }
]

resource rules 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in alerts: {
  name: 'alert'
  location: 'westeurope'
  properties: {
    criteria: {
      allOf: [
        {
          query: alert.query
        }
      ]
    }
    autoMitigate: true
    muteActionsDuration: 'PT15M'
  }
}]

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan'
  location: 'westeurope'
  properties: {
    reserved: true
  }
}
