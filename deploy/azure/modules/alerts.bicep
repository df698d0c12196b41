// The alerts for work that was given up, that fails, or that waits. Most of them use metrics, because such alerts still
// fire after the workspace has reached its daily limit of logs. docs/operations.md says what each alert means and what to
// do.

param location string
param tags object
param suffix string
param workspaceId string
param insightsId string
param actionGroupId string
param eventTopicId string
param imagesStorageId string
param cosmosId string

@description('Resource id of the application gateway. It is empty if there is none.')
param gatewayId string
param kafkaTrigger bool

@description('Messages that may wait in the topic before the alert fires.')
param lagThreshold int

@description('Invocations that may fail in a quarter of an hour before the alert fires. Single failures are retried and need no attention.')
param failureThreshold int

// Work that was given up needs attention even if nothing else fails afterwards. So these alerts are not closed
// automatically. Their window is as long as the interval of the evaluation, so each minute counts once.
var givenUp = { severity: 2, window: 'PT5M', closes: false, operator: 'GreaterThan', threshold: 0 }
var trouble = { severity: 2, window: 'PT15M', closes: true, operator: 'GreaterThan' }

var always = [
  union(givenUp, {
    name: 'undelivered-events'
    description: 'Event Grid could not deliver a blob event for a day and put it into the container undelivered-events.'
    scope: eventTopicId
    namespace: 'Microsoft.EventGrid/systemTopics'
    metric: 'DeadLetteredCount'
    aggregation: 'Total'
  })
  union(givenUp, {
    name: 'dropped-events'
    description: 'Event Grid could neither deliver a blob event nor put it into the container undelivered-events.'
    severity: 1
    scope: eventTopicId
    namespace: 'Microsoft.EventGrid/systemTopics'
    metric: 'DroppedEventCount'
    aggregation: 'Total'
  })
  // Event Grid tries to deliver an event for a day. Operators should know before that time is over.
  union(trouble, {
    name: 'deliveries'
    description: 'The function app does not accept the events of new blobs. They wait for at most a day.'
    scope: eventTopicId
    namespace: 'Microsoft.EventGrid/systemTopics'
    metric: 'DeliveryAttemptFailCount'
    aggregation: 'Total'
    threshold: 20
  })
  union(trouble, {
    name: 'failures'
    description: 'Invocations fail: storage or database is unavailable, or a version is bad.'
    severity: 1
    scope: insightsId
    namespace: 'microsoft.insights/components'
    metric: 'requests/failed'
    aggregation: 'Count'
    threshold: failureThreshold
  })
  // Clients wait and try again, so a few refused requests are normal for a database that is used well.
  union(trouble, {
    name: 'throttled'
    description: 'The database refuses requests because they exceed its throughput.'
    scope: cosmosId
    namespace: 'Microsoft.DocumentDB/databaseAccounts'
    metric: 'TotalRequests'
    aggregation: 'Count'
    threshold: 100
    dimensions: { StatusCode: ['429'] }
  })
  union(trouble, {
    name: 'storage-availability'
    description: 'Requests to the storage of the images fail because of the service.'
    severity: 1
    scope: imagesStorageId
    namespace: 'Microsoft.Storage/storageAccounts'
    metric: 'Availability'
    aggregation: 'Average'
    operator: 'LessThan'
    threshold: 99
  })
]

var ofGateway = [
  union(trouble, {
    name: 'unhealthy-hosts'
    description: 'A web application does not answer the gateway at /healthz.'
    severity: 1
    scope: gatewayId
    namespace: 'Microsoft.Network/applicationGateways'
    metric: 'UnhealthyHostCount'
    aggregation: 'Average'
    threshold: 0
  })
  union(trouble, {
    name: 'blocked-requests'
    description: 'The web application firewall blocks many requests: an attack, or a rule that matches normal use.'
    severity: 3
    scope: gatewayId
    namespace: 'Microsoft.Network/applicationGateways'
    metric: 'AzwafTotalRequests'
    aggregation: 'Total'
    threshold: 50
    dimensions: { Action: ['Block', 'Blocked'] }
  })
]

resource metrics 'Microsoft.Insights/metricAlerts@2018-03-01' = [for alert in concat(always, empty(gatewayId) ? [] : ofGateway): {
  name: 'alert-${alert.name}-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    description: alert.description
    enabled: true
    severity: alert.severity
    scopes: [
      alert.scope
    ]
    evaluationFrequency: 'PT5M'
    windowSize: alert.window
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: alert.name
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: alert.namespace
          metricName: alert.metric
          timeAggregation: alert.aggregation
          operator: alert.operator
          threshold: alert.threshold
          // Metrics of Application Insights exist only once they have a value.
          skipMetricValidation: alert.scope == insightsId
          dimensions: map(items(alert.?dimensions ?? {}), dimension => {
            name: dimension.key
            operator: 'Include'
            values: dimension.value
          })
        }
      ]
    }
    autoMitigate: alert.closes
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}]

// Alerts for which there is no metric. Diagnostic logs arrive within minutes, so a query covers a longer time than the
// interval at which it runs. Status codes are text in these logs.
var logs = [
  // The metrics of a queue service do not say which queue a message went to, and runs have a queue in the same account.
  {
    name: 'poison-queue'
    description: 'An upload failed five times and is now in the queue webjobs-blobtrigger-poison.'
    severity: 2
    scope: workspaceId
    query: 'StorageQueueLogs | where OperationName == "PutMessage" and StatusCode == "201" and Uri has "webjobs-blobtrigger-poison"'
    mute: 'PT15M'
  }
  {
    name: 'dead-letters'
    description: 'A Kafka message that can never succeed was put into the container dead-letter.'
    severity: 2
    scope: workspaceId
    query: 'StorageBlobLogs | where OperationName in ("PutBlob", "PutBlockList") and StatusCode == "201" and ObjectKey has "/dead-letter/"'
    mute: 'PT15M'
  }
  // The query is from learn.microsoft.com/azure/azure-monitor/logs/daily-cap. The workspace accepts this line even after the
  // limit.
  {
    name: 'log-cap'
    description: 'The workspace accepts no more logs today, so the alerts on logs cannot fire.'
    severity: 2
    scope: workspaceId
    query: '_LogOperation | where Category =~ "Ingestion" | where Detail contains "OverQuota"'
    mute: 'PT12H'
  }
]

// The Kafka extension logs the lag that it uses for scaling. If a plan does not forward these lines, use Confluent Cloud's
// own alert on consumer lag instead (deploy/confluent/README.md).
var ofKafka = [
  {
    name: 'consumer-lag'
    description: 'Messages arrive in the topic faster than they are consumed.'
    severity: 2
    scope: insightsId
    query: 'traces | where message startswith "Total lag in " | extend messages = toint(extract("is ([0-9]+), highest", 1, message)) | where isnotnull(messages) | project messages'
    column: 'messages'
    threshold: lagThreshold
  }
]

resource queries 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in concat(logs, kafkaTrigger ? ofKafka : []): {
  name: 'alert-${alert.name}-${suffix}'
  location: location
  tags: tags
  properties: {
    displayName: alert.name
    description: alert.description
    enabled: true
    severity: alert.severity
    scopes: [
      alert.scope
    ]
    // A table exists only once it has a row.
    skipQueryValidation: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: contains(alert, 'column') ? 'Minimum' : 'Count'
          metricMeasureColumn: alert.?column
          operator: 'GreaterThan'
          threshold: alert.?threshold ?? 0
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    // An alert about something that has happened stays open until somebody closes it. It is muted for a while, because the
    // evaluations overlap. Azure allows muting only for alerts that are not closed automatically.
    autoMitigate: !contains(alert, 'mute')
    muteActionsDuration: alert.?mute
    actions: {
      actionGroups: [
        actionGroupId
      ]
    }
  }
}]
