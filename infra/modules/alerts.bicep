// What somebody has to be told: work that was given up, work that fails, work that waits.

param location string
param tags object
param suffix string
param workspaceId string
param insightsId string
param actionGroupId string
param eventTopicId string
param kafkaTrigger bool

@description('Messages that may wait in the topic before somebody is told.')
param lagThreshold int

// Diagnostic logs of storage arrive within minutes; the queries look back a little further than they run. Status codes
// are text there.
var storageAlerts = [
  {
    name: 'poison-queue'
    description: 'A blob event was given up after five tries and stands in webjobs-blobtrigger-poison. docs/deploy.md says what to do.'
    query: 'StorageQueueLogs | where OperationName == "PutMessage" and StatusCode == "201" and Uri has "webjobs-blobtrigger-poison"'
  }
  {
    name: 'dead-letters'
    description: 'A Kafka message that can never succeed was put into the container dead-letter.'
    query: 'StorageBlobLogs | where OperationName in ("PutBlob", "PutBlockList") and StatusCode == "201" and ObjectKey has "/dead-letter/"'
  }
  {
    name: 'undelivered-events'
    description: 'Event Grid could not deliver a blob event for a day and put it into the container undelivered-events.'
    query: 'StorageBlobLogs | where OperationName in ("PutBlob", "PutBlockList") and StatusCode == "201" and ObjectKey has "/undelivered-events/"'
  }
]

resource storage 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in storageAlerts: {
  name: 'alert-${alert.name}-${suffix}'
  location: location
  tags: tags
  properties: {
    displayName: alert.name
    description: alert.description
    enabled: true
    severity: 2
    scopes: [
      workspaceId
    ]
    // The tables exist from their first row on.
    skipQueryValidation: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: alert.query
          timeAggregation: 'Count'
          operator: 'GreaterThan'
          threshold: 0
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    // What was parked stays parked: the alert is open until somebody closes it. Evaluations overlap, and the same
    // message is told once.
    autoMitigate: false
    muteActionsDuration: 'PT15M'
    actions: {
      actionGroups: [
        actionGroupId
      ]
    }
  }
}]

// Single failures are retried and are nobody's business; a quarter of an hour of them is. Telemetry is sampled: a row
// stands for itemCount of them.
resource failures 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'alert-failures-${suffix}'
  location: location
  tags: tags
  properties: {
    displayName: 'failures'
    description: 'More than one invocation in twenty fails: storage or database are away, or a version is bad.'
    enabled: true
    severity: 1
    scopes: [
      insightsId
    ]
    skipQueryValidation: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'requests | summarize failed = sumif(itemCount, success == false), calls = sum(itemCount) | where calls >= 20 | project share = 100.0 * failed / calls'
          timeAggregation: 'Maximum'
          metricMeasureColumn: 'share'
          operator: 'GreaterThan'
          threshold: 5
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    actions: {
      actionGroups: [
        actionGroupId
      ]
    }
  }
}

// An event that is not taken is delivered again for a day. Who is away for a quarter of an hour should be told before that.
resource deliveries 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-deliveries-${suffix}'
  location: 'global'
  tags: tags
  properties: {
    description: 'The function app does not take the events of new blobs. They wait, for a day at most.'
    enabled: true
    severity: 2
    scopes: [
      eventTopicId
    ]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          name: 'refused'
          criterionType: 'StaticThresholdCriterion'
          metricNamespace: 'Microsoft.EventGrid/systemTopics'
          metricName: 'DeliveryAttemptFailCount'
          timeAggregation: 'Total'
          operator: 'GreaterThan'
          threshold: 20
        }
      ]
    }
    autoMitigate: true
    actions: [
      {
        actionGroupId: actionGroupId
      }
    ]
  }
}

// The Kafka extension logs the lag that it scales by. Where a plan does not pass these lines on, Confluent Cloud's own
// alert on consumer lag stands in for this one (confluent/README.md).
resource lag 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = if (kafkaTrigger) {
  name: 'alert-consumer-lag-${suffix}'
  location: location
  tags: tags
  properties: {
    displayName: 'consumer-lag'
    description: 'Messages wait in the topic faster than they are taken.'
    enabled: true
    severity: 2
    scopes: [
      insightsId
    ]
    skipQueryValidation: true
    evaluationFrequency: 'PT5M'
    windowSize: 'PT15M'
    criteria: {
      allOf: [
        {
          query: 'traces | where message startswith "Total lag in " | extend messages = toint(extract("is ([0-9]+), highest", 1, message)) | where isnotnull(messages) | project messages'
          timeAggregation: 'Minimum'
          metricMeasureColumn: 'messages'
          operator: 'GreaterThan'
          threshold: lagThreshold
          failingPeriods: {
            numberOfEvaluationPeriods: 1
            minFailingPeriodsToAlert: 1
          }
        }
      ]
    }
    autoMitigate: true
    actions: {
      actionGroups: [
        actionGroupId
      ]
    }
  }
}
