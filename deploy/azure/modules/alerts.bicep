// What somebody has to be told: work that was given up, work that fails, work that waits. Metrics come first: they are
// kept apart from the logs, so an alert on them still works on a day on which the workspace takes no more logs.
// docs/operations.md says of each alert what it means and what to do.

param location string
param tags object
param suffix string
param workspaceId string
param insightsId string
param actionGroupId string
param eventTopicId string

@description('The account of the images. Its queue service holds the poison queue and nothing else, as the host keeps its own queues in an account of its own.')
param imagesStorageId string
param cosmosId string

@description('The application gateway; empty for none.')
param gatewayId string
param kafkaTrigger bool

@description('Messages that may wait in the topic before somebody is told.')
param lagThreshold int

@description('Invocations that may fail in a quarter of an hour before somebody is told. Single failures are retried and are nobody\'s business.')
param failureThreshold int

// What was given up stays given up. So an alert of it is not closed by itself, and looks at each minute once.
var givenUp = { severity: 2, window: 'PT5M', closes: false, operator: 'GreaterThan', threshold: 0 }
var trouble = { severity: 2, window: 'PT15M', closes: true, operator: 'GreaterThan' }

var always = [
  union(givenUp, {
    name: 'poison-queue'
    description: 'An upload was given up after five tries and stands in webjobs-blobtrigger-poison.'
    scope: '${imagesStorageId}/queueServices/default'
    namespace: 'Microsoft.Storage/storageAccounts/queueServices'
    metric: 'Transactions'
    aggregation: 'Total'
    dimensions: { ApiName: ['PutMessage'], ResponseType: ['Success'] }
  })
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
  // An event that is not taken is delivered again for a day: somebody should know before that is over.
  union(trouble, {
    name: 'deliveries'
    description: 'The function app does not take the events of new blobs. They wait, for a day at most.'
    scope: eventTopicId
    namespace: 'Microsoft.EventGrid/systemTopics'
    metric: 'DeliveryAttemptFailCount'
    aggregation: 'Total'
    threshold: 20
  })
  union(trouble, {
    name: 'failures'
    description: 'Invocations fail: storage or database are away, or a version is bad.'
    severity: 1
    scope: insightsId
    namespace: 'microsoft.insights/components'
    metric: 'requests/failed'
    aggregation: 'Count'
    threshold: failureThreshold
  })
  // Clients wait and try again, so a few of these are how a database is used well.
  union(trouble, {
    name: 'throttled'
    description: 'The database refuses requests because more come than it was bought for.'
    scope: cosmosId
    namespace: 'Microsoft.DocumentDB/databaseAccounts'
    metric: 'TotalRequests'
    aggregation: 'Count'
    threshold: 100
    dimensions: { StatusCode: ['429'] }
  })
  union(trouble, {
    name: 'storage-availability'
    description: 'The storage of the images answers with errors of its own.'
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
    description: 'The gateway finds a web application without an answer at /healthz.'
    severity: 1
    scope: gatewayId
    namespace: 'Microsoft.Network/applicationGateways'
    metric: 'UnhealthyHostCount'
    aggregation: 'Average'
    threshold: 0
  })
  union(trouble, {
    name: 'blocked-requests'
    description: 'The web application firewall stops many requests: somebody tries things, or a rule is wrong about us.'
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
          // Those of Application Insights exist from their first value on.
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

// What no metric counts. Diagnostic logs arrive within minutes, so queries look back a little further than they run.
// Status codes are text in them.
var logs = [
  {
    name: 'dead-letters'
    description: 'A Kafka message that can never succeed was put into the container dead-letter.'
    severity: 2
    scope: workspaceId
    query: 'StorageBlobLogs | where OperationName in ("PutBlob", "PutBlockList") and StatusCode == "201" and ObjectKey has "/dead-letter/"'
    mute: 'PT15M'
  }
  // The query of learn.microsoft.com/azure/azure-monitor/logs/daily-cap. The line that says so is taken even then.
  {
    name: 'log-cap'
    description: 'The workspace takes no more logs today, so nobody is told of dead letters and of waiting messages.'
    severity: 2
    scope: workspaceId
    query: '_LogOperation | where Category =~ "Ingestion" | where Detail contains "OverQuota"'
    mute: 'PT12H'
  }
]

// The Kafka extension logs the lag that it scales by. Where a plan does not pass these lines on, Confluent Cloud's own
// alert on consumer lag stands in for this one (deploy/confluent/README.md).
var ofKafka = [
  {
    name: 'consumer-lag'
    description: 'Messages come into the topic faster than they are taken.'
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
    // The tables exist from their first row on.
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
    // Something that has happened stays: its alert is open until somebody closes it, and as evaluations overlap, it is
    // told once. Azure takes a mute only with an alert that does not close by itself.
    autoMitigate: !contains(alert, 'mute')
    muteActionsDuration: alert.?mute
    actions: {
      actionGroups: [
        actionGroupId
      ]
    }
  }
}]
