#!/bin/sh
# Creates and completes the app registration in Entra ID with which people sign in.
#
#   deploy/azure/sign-in.sh register    creates it and prints its client id; run it before the applications are deployed
#   deploy/azure/sign-in.sh complete    adds the addresses and identities of the web applications; run it afterwards
#
# You need the right to register applications in the tenant. There is no client secret: a web application authenticates with
# its own managed identity. Both steps can be repeated.
set -eu

stop() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# `az ad` works in the tenant of the Azure CLI's current subscription, which may differ from that of AZURE_SUBSCRIPTION_ID.
check_tenant() {
    [ -n "${AZURE_SUBSCRIPTION_ID:-}" ] || return 0
    wanted=$(az account show --subscription "$AZURE_SUBSCRIPTION_ID" --query tenantId --output tsv) ||
        stop "the Azure CLI does not know the subscription $AZURE_SUBSCRIPTION_ID: run az login"
    [ "$(az account show --query tenantId --output tsv)" = "$wanted" ] ||
        stop "the current subscription is in another tenant: run az account set --subscription $AZURE_SUBSCRIPTION_ID"
}

# `--display-name` matches every name that begins with this text, so the query selects the exact name.
registered() {
    az ad app list --display-name "$1" --query "[?displayName=='$1'].appId | [0]" --output tsv
}

# Only people who have one of these roles may sign in. This applies to guests, too.
roles() {
    cat <<'JSON'
[
  {"id": "6a4f2f0e-8f0b-4a53-b6a5-3c1a9d0c7e42", "value": "Darkroom.User", "displayName": "User",
   "description": "Uploads images, and sees and deletes their own.", "allowedMemberTypes": ["User"], "isEnabled": true},
  {"id": "0c5e7d3b-8d0a-4f0c-9f0e-5f1d2f9a6b11", "value": "Darkroom.Admin", "displayName": "Administrator",
   "description": "Sees and deletes everybody's images.", "allowedMemberTypes": ["User"], "isEnabled": true}
]
JSON
}

register() {
    name="Darkroom ${AZURE_ENV_NAME:?is not set}"
    client=${DARKROOM_ENTRA_CLIENT_ID:-}
    [ -n "$client" ] || client=$(registered "$name")
    if [ -z "$client" ]; then
        file=$(mktemp)
        trap 'rm -f "$file"' EXIT
        roles >"$file"
        client=$(az ad app create --display-name "$name" --sign-in-audience AzureADMyOrg --app-roles "@$file" \
            --enable-id-token-issuance true --query appId --output tsv) ||
            stop "the application could not be registered. If you do not have the right, ask somebody who has it to run this script, and set DARKROOM_ENTRA_CLIENT_ID."
    fi
    # Each of these commands can be repeated, in case an earlier run stopped in between.
    az ad app update --id "$client" --identifier-uris "api://$client"
    az ad sp show --id "$client" --output none 2>/dev/null || az ad sp create --id "$client" --output none
    az ad sp update --id "$client" --set appRoleAssignmentRequired=true
    assign_administrator "$client"
    # The Azure Developer CLI stores the client id, and passes it to the templates.
    if [ -n "${AZURE_ENV_NAME:-}" ] && command -v azd >/dev/null && azd env get-values >/dev/null 2>&1; then
        azd env set DARKROOM_ENTRA_CLIENT_ID "$client"
    fi
    echo "$client"
}

# The person who runs this becomes the first administrator. More people can be assigned under Enterprise applications.
assign_administrator() {
    principal=$(az ad sp show --id "$1" --query id --output tsv)
    person=$(az ad signed-in-user show --query id --output tsv 2>/dev/null) || return 0
    assigned=$(az rest --method get --url "https://graph.microsoft.com/v1.0/servicePrincipals/$principal/appRoleAssignedTo" \
        --query "value[?principalId=='$person'] | length(@)" --output tsv)
    [ "$assigned" = 0 ] || return 0
    az rest --method post --url "https://graph.microsoft.com/v1.0/servicePrincipals/$principal/appRoleAssignedTo" \
        --headers Content-Type=application/json --output none \
        --body "{\"principalId\": \"$person\", \"resourceId\": \"$principal\", \"appRoleId\": \"0c5e7d3b-8d0a-4f0c-9f0e-5f1d2f9a6b11\"}"
}

finish() {
    client=${DARKROOM_ENTRA_CLIENT_ID:?is not set}
    : "${WEB_BLOB_HOST:?is not set}" "${WEB_BLOB_PRINCIPAL_ID:?is not set}"
    back=/.auth/login/aad/callback
    trust "$client" web-blob "$WEB_BLOB_PRINCIPAL_ID"
    if [ -n "${WEB_KAFKA_HOST:-}" ]; then
        trust "$client" web-kafka "${WEB_KAFKA_PRINCIPAL_ID:?is not set}"
        az ad app update --id "$client" --web-redirect-uris "https://$WEB_BLOB_HOST$back" "https://$WEB_KAFKA_HOST$back"
    else
        az ad app update --id "$client" --web-redirect-uris "https://$WEB_BLOB_HOST$back"
    fi
    echo "People sign in at https://$WEB_BLOB_HOST."
}

# Lets a managed identity authenticate as the registration, in place of a client secret.
trust() {
    known=$(az ad app federated-credential list --id "$1" --query "[?name=='$2'].subject | [0]" --output tsv)
    [ "$known" != "$3" ] || return 0
    [ -z "$known" ] || az ad app federated-credential delete --id "$1" --federated-credential-id "$2"
    tenant=$(az account show --query tenantId --output tsv)
    az ad app federated-credential create --id "$1" --output none --parameters \
        "{\"name\": \"$2\", \"issuer\": \"https://login.microsoftonline.com/$tenant/v2.0\", \"subject\": \"$3\", \"audiences\": [\"api://AzureADTokenExchange\"]}"
}

case ${1-} in
register) check_tenant; register ;;
complete) check_tenant; finish ;;
*) stop "the first argument has to be register or complete" ;;
esac
