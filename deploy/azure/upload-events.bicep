// Subscribes the function ProcessUpload to new blobs in the container of uploads, and RemoveImage to deleted ones.
// subscribe.sh deploys it after the code, because Event Grid asks the function app to confirm a subscription, with a system
// key that the blob extension creates when the host first starts. Resource Manager passes the key to Event Grid, and nobody
// sees it.

param functionAppName string
param eventTopicName string
param imagesName string

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: functionAppName
}

resource images 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: imagesName
}

resource topic 'Microsoft.EventGrid/systemTopics@2022-06-15' existing = {
  name: eventTopicName
}

var inUploads = '/blobServices/default/containers/uploads/'
var retryPolicy = {
  maxDeliveryAttempts: 30
  eventTimeToLiveInMinutes: 1440
}
// Event Grid writes events that it could not deliver for a day into a container, with the topic's own identity.
var deadLetter = {
  identity: {
    type: 'SystemAssigned'
  }
  deadLetterDestination: {
    endpointType: 'StorageBlob'
    properties: {
      resourceId: images.id
      blobContainerName: 'undelivered-events'
    }
  }
}

resource subscription 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = {
  parent: topic
  name: 'process-upload'
  properties: {
    destination: {
      endpointType: 'WebHook'
      properties: {
        #disable-next-line use-secure-value-for-secure-inputs use-resource-symbol-reference
        endpointUrl: 'https://${app.properties.defaultHostName}/runtime/webhooks/blobs?functionName=Host.Functions.ProcessUpload&code=${listKeys('${app.id}/host/default', '2024-04-01').systemKeys.blobs_extension}'
      }
    }
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: [
        'Microsoft.Storage.BlobCreated'
      ]
      subjectBeginsWith: inUploads
    }
    retryPolicy: retryPolicy
    deadLetterWithResourceIdentity: deadLetter
  }
}

// Event Grid calls a function with an eventGridTrigger by its resource id, without a key.
resource removals 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2022-06-15' = {
  parent: topic
  name: 'remove-image'
  properties: {
    destination: {
      endpointType: 'AzureFunction'
      properties: {
        resourceId: '${app.id}/functions/RemoveImage'
        maxEventsPerBatch: 1
      }
    }
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: [
        'Microsoft.Storage.BlobDeleted'
      ]
      subjectBeginsWith: inUploads
    }
    retryPolicy: retryPolicy
    deadLetterWithResourceIdentity: deadLetter
  }
}
