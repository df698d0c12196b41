#!/bin/sh
# Fetches the jars of Apache Kafka, as pom.xml names them, into target/dependency, when pom.xml has changed since.
set -eu
cd "$(dirname "$0")"
cmp -s pom.xml target/pom.installed && exit 0
echo "Fetching Apache Kafka ..." >&2
rm -rf target
# Maven sends codes for colours even with --batch-mode; what it has to say goes to standard error.
mvn --quiet --batch-mode dependency:copy-dependencies -DincludeScope=runtime >&2
cp pom.xml target/pom.installed
