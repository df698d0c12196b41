#!/bin/sh
# Subscribes the function ProcessUpload to the storage account's blob events; run it after the code is deployed, and
# again whenever the key is renewed. The key goes from the function app to Event Grid and is written nowhere.
#
# It reads AZURE_RESOURCE_GROUP, FUNCTION_APP_NAME, EVENT_TOPIC_NAME and STORAGE_ID: outputs of infra/main.bicep.
set -eu

: "${AZURE_RESOURCE_GROUP:?is not set}" "${FUNCTION_APP_NAME:?is not set}"
: "${EVENT_TOPIC_NAME:?is not set}" "${STORAGE_ID:?is not set}"

# The blob extension makes its key when the host first starts with the new code, which takes a moment.
tries=0
key=
while [ -z "$key" ]; do
    key=$(az functionapp keys list --resource-group "$AZURE_RESOURCE_GROUP" --name "$FUNCTION_APP_NAME" \
        --query 'systemKeys.blobs_extension' --output tsv 2>/dev/null) || key=
    [ -n "$key" ] && break
    tries=$((tries + 1))
    if [ "$tries" -ge 30 ]; then
        echo "error: after five minutes $FUNCTION_APP_NAME has no key blobs_extension: does the host start?" >&2
        exit 1
    fi
    sleep 10
done

host=$(az functionapp show --resource-group "$AZURE_RESOURCE_GROUP" --name "$FUNCTION_APP_NAME" \
    --query 'properties.defaultHostName || defaultHostName' --output tsv)

# Events that cannot be delivered within a day are put into a container, with the topic's own identity.
az eventgrid system-topic event-subscription create \
    --resource-group "$AZURE_RESOURCE_GROUP" \
    --system-topic-name "$EVENT_TOPIC_NAME" \
    --name process-upload \
    --endpoint-type webhook \
    --endpoint "https://$host/runtime/webhooks/blobs?functionName=Host.Functions.ProcessUpload&code=$key" \
    --included-event-types Microsoft.Storage.BlobCreated \
    --subject-begins-with /blobServices/default/containers/uploads/ \
    --max-delivery-attempts 30 \
    --event-ttl 1440 \
    --deadletter-identity systemassigned \
    --deadletter-identity-endpoint "$STORAGE_ID/blobServices/default/containers/undelivered-events" \
    --output none

echo "Uploads to $FUNCTION_APP_NAME are announced by Event Grid."
