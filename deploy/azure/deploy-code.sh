#!/bin/sh
# Deploys target/functionapp.zip to a function app whose endpoints are closed. During the deployment, this script opens two
# endpoints for the public address of this machine: the deployment endpoint, and the app itself. At the end, the command
# asks the host whether it is healthy, and would wait for ever if this request were refused.
#
# It reads AZURE_RESOURCE_GROUP and FUNCTION_APP_NAME, which deploy/azure/main.bicep outputs, and AZURE_SUBSCRIPTION_ID,
# if it is set.
set -eu
cd "$(dirname "$0")/../.."

: "${AZURE_RESOURCE_GROUP:?is not set}" "${FUNCTION_APP_NAME:?is not set}"
[ -f target/functionapp.zip ] || { echo "error: there is no target/functionapp.zip: run ./dev package to build it" >&2 && exit 1; }
# AZURE_SUBSCRIPTION_ID is the subscription of the Azure Developer CLI. The current one of the Azure CLI may be different.
az() {
    command az "$@" ${AZURE_SUBSCRIPTION_ID:+--subscription "$AZURE_SUBSCRIPTION_ID"}
}

# Older versions of the Azure CLI write the whole configuration of the site when they add a rule, which Flex Consumption
# refuses.
version=$(command az version --query '"azure-cli"' --output tsv)
[ "$(printf '2.91.0\n%s\n' "$version" | sort -V | head -n 1)" = 2.91.0 ] ||
    { echo "error: the Azure CLI has version $version, but 2.91 or later is needed: run az upgrade" >&2 && exit 1; }
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
echo "Waiting a minute until the rules are in effect everywhere ..." >&2
sleep 60
az functionapp deployment source config-zip --src target/functionapp.zip --output none \
    --resource-group "$AZURE_RESOURCE_GROUP" --name "$FUNCTION_APP_NAME"
status=0
