#!/bin/sh
# Makes the mirror of a private Cosmos DB account in Fabric and starts it, as Microsoft describes it:
# https://learn.microsoft.com/fabric/mirroring/azure-cosmos-db-private-network#step-8-create-the-mirrored-database-with-the-fabric-rest-api
# Fabric's pages cannot: they offer no connection that goes by a virtual network data gateway.
#
# Usage: deploy/powerbi/mirror.sh ACCOUNT WORKSPACE [NAME]
#   ACCOUNT    the Cosmos DB account, without .documents.azure.com
#   WORKSPACE  the id of the Fabric workspace, from its address: /groups/{id}/
#   NAME       what the mirror is to be called (darkroom)
# It needs the Azure CLI, signed in as somebody who may use the connection and is member or admin of the workspace.
set -eu

[ $# -ge 2 ] || {
    sed -n 's/^# \{0,1\}//; 6,9p' "$0" >&2
    exit 2
}
account=$1
workspace=$2
name=${3-darkroom}
fabric=https://api.fabric.microsoft.com
mirrors=$fabric/v1/workspaces/$workspace/mirroredDatabases

api() {
    method=$1
    url=$2
    shift 2
    az rest --only-show-errors --resource "$fabric" --method "$method" --url "$url" "$@"
}

encoded() {
    base64 | tr -d '\n'
}

find_mirror() {
    api get "$mirrors" --query "value[?displayName=='$name'].id | [0]" --output tsv
}

status() {
    api post "$mirrors/$mirror/getMirroringStatus" --query status --output tsv
}

# The list comes in pages.
connections=$fabric/v1/connections
connection=
while [ -z "$connection" ] && [ -n "$connections" ]; do
    connection=$(api get "$connections" --output tsv --query "value[?connectionDetails.type=='CosmosDB' &&
        connectivityType=='VirtualNetworkGateway' &&
        contains(connectionDetails.path || '', '//$account.documents.azure.com')].id | [0]")
    connections=$(api get "$connections" --output tsv --query continuationUri)
done
[ -n "$connection" ] || {
    echo "There is no connection to $account by a virtual network data gateway." >&2
    exit 1
}

# Files that a table no longer refers to stay for retentionInDays: deleted records are gone after a day, not after seven.
mirroring=$(
    encoded <<JSON
{
  "properties": {
    "source": { "type": "CosmosDb", "typeProperties": { "connection": "$connection", "database": "darkroom" } },
    "target": { "type": "MountedRelationalDatabase", "typeProperties": { "defaultSchema": "dbo", "format": "Delta", "retentionInDays": 1 } }
  }
}
JSON
)
platform=$(
    encoded <<JSON
{
  "\$schema": "https://developer.microsoft.com/json-schemas/fabric/gitIntegration/platformProperties/2.0.0/schema.json",
  "metadata": { "type": "MirroredDatabase", "displayName": "$name" },
  "config": { "version": "2.0", "logicalId": "00000000-0000-0000-0000-000000000000" }
}
JSON
)

mirror=$(find_mirror)
if [ -z "$mirror" ]; then
    body="{\"displayName\": \"$name\", \"definition\": {\"parts\": [
        {\"path\": \"mirroring.json\", \"payload\": \"$mirroring\", \"payloadType\": \"InlineBase64\"},
        {\"path\": \".platform\", \"payload\": \"$platform\", \"payloadType\": \"InlineBase64\"}]}}"
    api post "$mirrors" --body "$body" --output none
fi

# Fabric makes it on its own time, and refuses to start it before.
tries=0
until [ -n "$mirror" ] && [ "$(status)" != Initializing ]; do
    tries=$((tries + 1))
    [ "$tries" -le 60 ] || {
        echo "Fabric has not made the mirror $name after ten minutes." >&2
        exit 1
    }
    sleep 10
    mirror=$(find_mirror)
done
case $(status) in
Running | Starting) ;;
*) api post "$mirrors/$mirror/startMirroring" --output none ;;
esac
echo "The mirror $name is $(status): $mirror"
