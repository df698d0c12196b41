#!/bin/sh
# Fetches the jars that the pom.xml of a folder names into its target/dependency, when pom.xml has changed since.
set -eu
cd "$1"
cmp -s pom.xml target/pom.installed && exit 0
echo "Fetching the jars of $1 ..." >&2
rm -rf target
# Maven sends codes for colours even with --batch-mode; what it has to say goes to standard error.
mvn --quiet --batch-mode dependency:copy-dependencies -DincludeScope=runtime >&2
cp pom.xml target/pom.installed
