#!/bin/sh
# Deploys target/functionapp.zip to a function app whose endpoints are closed. Both endpoints are opened for this address
# during the deployment: the deployment endpoint, and the app itself, because the command asks the host for its health at
# the end and waits for ever if it is refused.
#
# It reads AZURE_RESOURCE_GROUP and FUNCTION_APP_NAME, which deploy/azure/main.bicep outputs, and AZURE_SUBSCRIPTION_ID,
# if it is set.
set -eu
cd "$(dirname "$0")/../.."

: "${AZURE_RESOURCE_GROUP:?is not set}" "${FUNCTION_APP_NAME:?is not set}"
[ -f target/functionapp.zip ] || { echo "error: there is no target/functionapp.zip: ./dev package makes it" >&2 && exit 1; }
# The Azure Developer CLI names the subscription; the Azure CLI's current one may be another.
az() {
    command az "$@" ${AZURE_SUBSCRIPTION_ID:+--subscription "$AZURE_SUBSCRIPTION_ID"}
}

# Older versions write the whole configuration of the site when they add a rule, which Flex Consumption refuses.
version=$(command az version --query '"azure-cli"' --output tsv)
[ "$(printf '2.91.0\n%s\n' "$version" | sort -V | head -n 1)" = 2.91.0 ] ||
    { echo "error: the Azure CLI is $version, and 2.91 or later is needed: az upgrade" >&2 && exit 1; }
address=${DEPLOYMENT_ADDRESS:-$(curl --silent --show-error --fail https://api.ipify.org)}

# shellcheck disable=SC2329 # Called by the trap.
close() {
    for scm in true false; do
        az functionapp config access-restriction remove --scm-site "$scm" --output none \
            --resource-group "$AZURE_RESOURCE_GROUP" --name "$FUNCTION_APP_NAME" --rule-name deployment || status=1
    done
    exit "$status"
}
status=1
trap close EXIT
for scm in true false; do
    az functionapp config access-restriction add --scm-site "$scm" --output none \
        --resource-group "$AZURE_RESOURCE_GROUP" --name "$FUNCTION_APP_NAME" \
        --rule-name deployment --action Allow --priority 90 --ip-address "$address/32"
done
echo "Waiting a minute until the rules hold everywhere ..." >&2
sleep 60
az functionapp deployment source config-zip --src target/functionapp.zip --output none \
    --resource-group "$AZURE_RESOURCE_GROUP" --name "$FUNCTION_APP_NAME"
status=0
