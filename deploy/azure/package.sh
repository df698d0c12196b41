#!/bin/sh
# Builds both packages of the development environment, for the hook in azure.yaml. If this machine cannot build them, or if
# the result would not start on Azure because its glibc is too new, a container builds them.
set -eu
cd "$(dirname "$0")/../.."

for options in "--blob-source eventgrid" --web; do
    # The options are a list.
    # shellcheck disable=SC2086
    ./dev package $options || ./dev package --container $options
done
