#!/bin/sh
# Subscribes the functions ProcessUpload and RemoveImage to uploads and deletions. Run it after the code is deployed, and
# again whenever the key of the blob extension is renewed.
#
# It reads AZURE_RESOURCE_GROUP, FUNCTION_APP_NAME, EVENT_TOPIC_NAME and IMAGES_NAME, which deploy/azure/main.bicep
# outputs, and AZURE_SUBSCRIPTION_ID, if it is set.
set -eu
cd "$(dirname "$0")"

: "${AZURE_RESOURCE_GROUP:?is not set}" "${FUNCTION_APP_NAME:?is not set}"
: "${EVENT_TOPIC_NAME:?is not set}" "${IMAGES_NAME:?is not set}"

# AZURE_SUBSCRIPTION_ID is the subscription of the Azure Developer CLI. The current one of the Azure CLI may be different.
az() {
    command az "$@" ${AZURE_SUBSCRIPTION_ID:+--subscription "$AZURE_SUBSCRIPTION_ID"}
}

# The host creates the key when it first starts with the new code. Event Grid asks the function app to confirm the
# subscription, and an instance that is still starting does not answer. So this tries the deployment several times.
tries=0
until said=$(az deployment group create --resource-group "$AZURE_RESOURCE_GROUP" --name upload-events \
    --template-file upload-events.bicep --output none --only-show-errors --parameters \
    functionAppName="$FUNCTION_APP_NAME" eventTopicName="$EVENT_TOPIC_NAME" imagesName="$IMAGES_NAME" 2>&1); do
    tries=$((tries + 1))
    if [ "$tries" -ge 20 ]; then
        printf '%s\n' "$said" >&2
        echo "error: $FUNCTION_APP_NAME does not confirm the subscription. Check in its log whether the host starts." >&2
        exit 1
    fi
    echo "Waiting until $FUNCTION_APP_NAME has started ..." >&2
    sleep 15
done

echo "Event Grid now sends the events of uploads and deletions in $IMAGES_NAME to $FUNCTION_APP_NAME."
