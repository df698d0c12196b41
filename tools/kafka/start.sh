#!/bin/sh
# Starts one node of Apache Kafka, which is a broker and a controller (KRaft), on 127.0.0.1, in the foreground.
# It needs Java 17 or later, and Maven for the first time.
set -eu

usage() {
    cat <<'TEXT'
Usage: tools/kafka/start.sh [OPTION]... FOLDER PORT [CONTROLLER_PORT]

FOLDER holds the node's data and its log; a node that is started on it again goes on with what is there.
CONTROLLER_PORT is by default the port after PORT.

  --sasl           Ask clients for the user `app` and the password `app-secret`, by SASL/PLAIN without TLS
  --sasl-tls       The same over TLS, with a certificate for 127.0.0.1 that is written to FOLDER/broker.pem
  --node=ID        The id of this node in its cluster (1)
  --voters=LIST    All nodes of the cluster as ID@127.0.0.1:CONTROLLER_PORT, with commas between them (this one)
TEXT
}

# Every local cluster has the same id. It is a random one from Kafka's documentation.
cluster=MkU3OEVBNTcwNTJENDM2Qg
protocol=PLAINTEXT
node=1
voters=
while [ $# -gt 0 ]; do
    case $1 in
    --sasl) protocol=SASL_PLAINTEXT ;;
    --sasl-tls) protocol=SASL_SSL ;;
    --node=*) node=${1#*=} ;;
    --voters=*) voters=${1#*=} ;;
    -h | --help) usage && exit 0 ;;
    -*) usage >&2 && exit 64 ;;
    *) break ;;
    esac
    shift
done
[ $# -eq 2 ] || [ $# -eq 3 ] || { usage >&2 && exit 64; }
mkdir -p "$1"
folder=$(cd "$1" && pwd)
port=$2
controller=${3:-$((port + 1))}
voters=${voters:-$node@127.0.0.1:$controller}
replicas=$(echo "$voters" | tr ',' '\n' | wc -l)

cd "$(dirname "$0")"
../fetch_jars.sh .

# The internal topics have few partitions, because a small machine takes seconds to make the usual 50 of them.
cat >"$folder/server.properties" <<TEXT
process.roles=broker,controller
node.id=$node
controller.quorum.voters=$voters
listeners=BROKER://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=BROKER://127.0.0.1:$port
listener.security.protocol.map=CONTROLLER:PLAINTEXT,BROKER:$protocol
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs=$folder/data
offsets.topic.num.partitions=4
offsets.topic.replication.factor=$replicas
min.insync.replicas=$((replicas / 2 + 1))
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
TEXT
if [ $protocol != PLAINTEXT ]; then
    cat >>"$folder/server.properties" <<'TEXT'
sasl.enabled.mechanisms=PLAIN
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.broker.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="broker" password="broker-secret" user_broker="broker-secret" user_app="app-secret";
TEXT
fi

if [ $protocol = SASL_SSL ]; then
    keystore=$folder/broker.p12
    [ -e "$folder/broker.pem" ] || {
        keytool -genkeypair -alias broker -keyalg EC -dname CN=127.0.0.1 -ext san=ip:127.0.0.1 -validity 7 \
            -storetype PKCS12 -keystore "$keystore" -storepass broker-secret
        keytool -exportcert -rfc -alias broker -keystore "$keystore" -storepass broker-secret -file "$folder/broker.pem"
    }
    cat >>"$folder/server.properties" <<TEXT
ssl.keystore.type=PKCS12
ssl.keystore.location=$keystore
ssl.keystore.password=broker-secret
ssl.truststore.type=PEM
ssl.truststore.location=$folder/broker.pem
TEXT
fi

# The first two options make a small and short-lived process start in half the time.
set -- java -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx384m \
    "-Dlog4j2.configurationFile=$PWD/log4j2.properties" -cp "$PWD/target/dependency/*"

[ -e "$folder/data/meta.properties" ] ||
    "$@" kafka.tools.StorageTool format --cluster-id $cluster --config "$folder/server.properties" >"$folder/format.log"
# The shell is replaced, so that a signal to this process reaches the node itself.
exec "$@" kafka.Kafka "$folder/server.properties"
