//! Apache Kafka itself, on free ports, started by `tools/kafka/start.sh`.

use std::{
    collections::HashMap,
    env,
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, Weak},
    time::Duration,
};

use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    client::DefaultClientContext,
    consumer::{BaseConsumer, CommitMode, Consumer as _},
    error::KafkaResult,
    groups::{GroupInfo, GroupMemberInfo},
    message::{Header, OwnedHeaders},
    metadata::Metadata,
    producer::{FutureProducer, FutureRecord},
};
use tempfile::TempDir;
use tokio::{
    sync::Mutex,
    task::spawn_blocking,
    time::{Instant, sleep},
};

use super::{PATIENCE, azurite::free_ports, eventually, signal::signal};

/// The user that a cluster with passwords knows, as set in `tools/kafka/start.sh`.
pub(crate) const USER: &str = "app";
pub(crate) const PASSWORD: &str = "app-secret";

/// How long one request to the cluster may take.
const ANSWER: Duration = Duration::from_secs(5);

/// The pause between two requests to a cluster that is not complete yet.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(50);

/// How often other ports are tried.
const TRIES: u32 = 3;

/// The broker that tests share for as long as one of them runs.
static SHARED: Mutex<Weak<ApacheKafka>> = Mutex::const_new(Weak::new());

/// A cluster. Dropping it kills its nodes and forgets all messages.
pub(crate) struct ApacheKafka {
    nodes: Vec<Node>,
    asks_for_password: bool,
    folder: TempDir,
}

struct Node {
    arguments: Vec<String>,
    port: u16,
    process: Child,
}

/// A message to send.
pub(crate) struct Message<'a> {
    pub(crate) partition: i32,
    pub(crate) key: &'a str,
    pub(crate) value: &'a [u8],
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// When it was produced, in milliseconds since 1970, if that is not now.
    pub(crate) timestamp: Option<i64>,
}

/// Whether Apache Kafka is installed here. If it is not, the calling test is skipped, with a message.
///
/// # Panics
///
/// If it is not installed in CI, which has everything.
pub(crate) fn is_installed() -> bool {
    let mut java = Command::new("java");
    let java = java.arg("-version").stderr(Stdio::null()).status();
    let has_java = java.is_ok_and(|status| status.success());
    if has_java && tools().join("target/pom.installed").exists() {
        return true;
    }
    let missing =
        "Apache Kafka is not installed. If Java and Maven are installed, ./dev test installs it";
    assert!(env::var("CI").as_deref() != Ok("true"), "{missing}");
    #[expect(clippy::print_stderr, reason = "a skipped test must print a message")]
    {
        eprintln!("Skipped: {missing}.");
    }
    false
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/kafka")
}

impl ApacheKafka {
    /// The single broker, without passwords, for all tests that do not disturb it. Each test names its topics after
    /// itself.
    pub(crate) async fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().await;
        if let Some(running) = shared.upgrade() {
            return running;
        }
        let started = Arc::new(Self::start(1, false).await);
        *shared = Arc::downgrade(&started);
        started
    }

    /// One broker that requires a password.
    pub(crate) async fn with_password() -> Self {
        Self::start(1, true).await
    }

    /// Three nodes, each of which stores every message.
    pub(crate) async fn of_three_nodes() -> Self {
        Self::start(3, false).await
    }

    async fn start(count: usize, asks_for_password: bool) -> Self {
        for _ in 0..TRIES {
            if let Some(cluster) = Self::try_to_start(count, asks_for_password).await {
                return cluster;
            }
        }
        panic!("Apache Kafka does not start");
    }

    /// Returns nothing if a node has ended, for example because another process took its port first.
    async fn try_to_start(count: usize, asks_for_password: bool) -> Option<Self> {
        let folder = TempDir::new().expect("a temporary folder");
        let ports: Vec<[u16; 2]> = (0..count).map(|_| free_ports()).collect();
        let voters = (1..).zip(&ports);
        let voters: Vec<String> = voters
            .map(|(id, [_, controller])| format!("{id}@127.0.0.1:{controller}"))
            .collect();
        let nodes = (1..).zip(&ports).map(|(id, [port, controller])| {
            let mut arguments = vec![
                format!("--node={id}"),
                format!("--voters={}", voters.join(",")),
            ];
            arguments.extend(asks_for_password.then(|| "--sasl".to_owned()));
            arguments.push(folder.path().join(id.to_string()).display().to_string());
            arguments.extend([port, controller].map(u16::to_string));
            Node {
                process: launch(&arguments, &log_of(folder.path(), *port)),
                arguments,
                port: *port,
            }
        });
        let mut cluster = Self {
            nodes: nodes.collect(),
            asks_for_password,
            folder,
        };
        let deadline = Instant::now() + PATIENCE;
        while !cluster.is_whole().await {
            if cluster.nodes.iter_mut().any(Node::has_ended) {
                return None;
            }
            assert!(Instant::now() < deadline, "{}", cluster.log());
            sleep(BETWEEN_QUESTIONS).await;
        }
        Some(cluster)
    }

    /// Whether every node has joined.
    async fn is_whole(&self) -> bool {
        let metadata = self.metadata(None).await;
        metadata.is_ok_and(|metadata| metadata.brokers().len() == self.nodes.len())
    }

    /// The log of the first node.
    fn log(&self) -> String {
        let path = self
            .folder
            .path()
            .join(format!("{}.log", self.nodes[0].port));
        fs::read_to_string(path).unwrap_or_default()
    }

    /// The addresses for `bootstrap.servers`.
    pub(crate) fn brokers(&self) -> String {
        let brokers = self.nodes.iter();
        let brokers: Vec<String> = brokers
            .map(|node| format!("127.0.0.1:{}", node.port))
            .collect();
        brokers.join(",")
    }

    pub(crate) fn count(&self) -> usize {
        self.nodes.len()
    }

    /// Kills a node, as in a power failure.
    pub(crate) fn kill(&mut self, node: usize) {
        self.nodes[node].end("KILL");
    }

    /// Starts a killed node again, with its stored data.
    pub(crate) fn start_again(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        node.process = launch(&node.arguments, &log_of(self.folder.path(), node.port));
    }

    /// Stops a node as in an upgrade, and starts it again once it has ended.
    pub(crate) fn restart(&mut self, node: usize) {
        self.nodes[node].end("TERM");
        self.start_again(node);
    }

    /// The configuration of a client.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.brokers())
            .set("reconnect.backoff.max.ms", "200");
        if self.asks_for_password {
            config
                .set("security.protocol", "sasl_plaintext")
                .set("sasl.mechanism", "PLAIN")
                .set("sasl.username", USER)
                .set("sasl.password", PASSWORD);
        }
        config
    }

    pub(crate) async fn create_topic(&self, name: &str, partitions: i32) {
        let replicas = i32::try_from(self.nodes.len()).expect("a small number");
        let topic = NewTopic::new(name, partitions, TopicReplication::Fixed(replicas));
        let options = AdminOptions::new().request_timeout(Some(ANSWER));
        eventually(&format!("the topic {name}"), || async {
            // A topic of this name that was just deleted may still exist for a moment.
            let results = self.admin().create_topics([&topic], &options).await.ok()?;
            results
                .into_iter()
                .all(|result| result.is_ok())
                .then_some(())
        })
        .await;
    }

    pub(crate) async fn delete_topic(&self, name: &str) {
        let options = AdminOptions::new().request_timeout(Some(ANSWER));
        let deleted = self.admin().delete_topics(&[name], &options).await;
        let deleted: Result<Vec<_>, _> = deleted.expect("the broker answers").into_iter().collect();
        deleted.expect("the topic exists");
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client().create().expect("an admin client")
    }

    async fn metadata(&self, topic: Option<&str>) -> KafkaResult<Metadata> {
        let topic = topic.map(str::to_owned);
        self.ask("", move |client| {
            client.fetch_metadata(topic.as_deref(), ANSWER)
        })
        .await
    }

    /// Waits until every node has every message of a topic.
    pub(crate) async fn in_sync(&self, topic: &str) {
        eventually("replicas in sync", || async {
            let metadata = self.metadata(Some(topic)).await.ok()?;
            let mut partitions = metadata.topics()[0].partitions().iter();
            partitions
                .all(|partition| partition.isr().len() == self.nodes.len())
                .then_some(())
        })
        .await;
    }

    /// Waits until a group has read this many messages of a topic, over all partitions.
    pub(crate) async fn read(&self, group: &str, topic: &str, messages: i64) {
        let partitions = self.partitions(topic).await;
        eventually(&format!("{messages} messages of {topic} read"), || async {
            let list = partitions.clone();
            let committed = self
                .ask(group, move |client| client.committed_offsets(list, ANSWER))
                .await
                .ok()?;
            let offsets = committed.elements().into_iter();
            let read: i64 = offsets
                .filter_map(|partition| partition.offset().to_raw())
                .map(|offset| offset.max(0))
                .sum();
            (read == messages).then_some(())
        })
        .await;
    }

    /// Resets a group, which must have no members left, to the start of a topic.
    pub(crate) async fn rewind(&self, group: &str, topic: &str) {
        let mut start = self.partitions(topic).await;
        start
            .set_all_offsets(Offset::Offset(0))
            .expect("a list of partitions");
        eventually("the group without members", || async {
            let start = start.clone();
            self.ask(group, move |client| client.commit(&start, CommitMode::Sync))
                .await
                .ok()
        })
        .await;
    }

    /// Waits until a group has this many members, each with a partition.
    pub(crate) async fn members(&self, group: &str, count: usize) {
        eventually(&format!("{count} members of {group}"), || async {
            let name = group.to_owned();
            let question = move |client: &BaseConsumer| {
                let groups = client.fetch_group_list(Some(&name), ANSWER)?;
                let members = groups.groups().iter().flat_map(GroupInfo::members);
                Ok(members.map(has_work).collect::<Vec<_>>())
            };
            let have_work = self.ask("", question).await.ok()?;
            (have_work == vec![true; count]).then_some(())
        })
        .await;
    }

    async fn partitions(&self, topic: &str) -> TopicPartitionList {
        let metadata = self
            .metadata(Some(topic))
            .await
            .expect("the broker answers");
        let mut list = TopicPartitionList::new();
        for partition in metadata.topics()[0].partitions() {
            list.add_partition(topic, partition.id());
        }
        list
    }

    /// Queries the cluster as a client of that group, on another thread because librdkafka blocks.
    async fn ask<T: Send + 'static>(
        &self,
        group: &str,
        question: impl FnOnce(&BaseConsumer) -> KafkaResult<T> + Send + 'static,
    ) -> KafkaResult<T> {
        let mut config = self.client();
        if !group.is_empty() {
            config.set("group.id", group);
        }
        let asked = spawn_blocking(move || question(&config.create()?));
        asked.await.expect("the query ends")
    }

    /// The number of the compression of a partition's first batch, as the broker has stored it
    /// (<https://kafka.apache.org/documentation/#recordbatch>).
    pub(crate) fn compression(&self, topic: &str, partition: i32) -> u8 {
        let segment = format!("1/data/{topic}-{partition}/00000000000000000000.log");
        let batch = fs::read(self.folder.path().join(segment)).expect("the partition's log");
        // The attributes are the two bytes after the offset, the length, the epoch, the magic number and the checksum.
        // The compression is in the lowest three bits.
        batch[22] & 0b111
    }

    /// Creates a sender for a topic, with a compression named as in librdkafka's `compression.codec`.
    pub(crate) fn sender(&self, topic: &str, compression: &str) -> Sender {
        let producer = self
            .client()
            .set("compression.codec", compression)
            // How long, in ms, to wait for a request that a killed broker has swallowed.
            .set("socket.timeout.ms", "2000")
            // Only what the test sends twice is sent twice.
            .set("enable.idempotence", "true")
            .create()
            .expect("a producer");
        Sender {
            producer,
            topic: topic.to_owned(),
        }
    }

    /// The properties of the function's trigger by which the host reaches the cluster, and their settings.
    pub(crate) fn access(&self) -> (HashMap<&'static str, String>, HashMap<String, String>) {
        let mut properties = HashMap::from([("protocol", "plaintext".to_owned())]);
        let mut settings = HashMap::from([("KAFKA_BROKERS".to_owned(), self.brokers())]);
        if self.asks_for_password {
            properties.extend([
                ("protocol", "saslPlaintext".to_owned()),
                ("authenticationMode", "plain".to_owned()),
                ("username", "%KAFKA_USERNAME%".to_owned()),
                ("password", "%KAFKA_PASSWORD%".to_owned()),
            ]);
            settings.extend([
                ("KAFKA_USERNAME".to_owned(), USER.to_owned()),
                ("KAFKA_PASSWORD".to_owned(), PASSWORD.to_owned()),
            ]);
        }
        (properties, settings)
    }
}

/// Sends messages to one topic.
pub(crate) struct Sender {
    producer: FutureProducer,
    topic: String,
}

impl Sender {
    /// Sends a message and returns its offset once the brokers have it.
    pub(crate) async fn send(&self, message: Message<'_>) -> i64 {
        let mut headers = OwnedHeaders::new();
        for (key, value) in message.headers {
            let value = Some(*value);
            headers = headers.insert(Header { key, value });
        }
        let mut record = FutureRecord::to(&self.topic)
            .partition(message.partition)
            .key(message.key)
            .payload(message.value)
            .headers(headers);
        if let Some(timestamp) = message.timestamp {
            record = record.timestamp(timestamp);
        }
        let sent = self.producer.send(record, PATIENCE).await;
        sent.expect("the broker accepts the message").offset
    }
}

/// Whether a member of a group has a partition. An empty assignment consists of its version, no topics and no user
/// data: ten bytes.
fn has_work(member: &GroupMemberInfo) -> bool {
    member.assignment().is_some_and(|bytes| bytes.len() > 10)
}

fn log_of(folder: &Path, port: u16) -> File {
    let mut options = File::options();
    let log = options.create(true).append(true);
    log.open(folder.join(format!("{port}.log"))).expect("a log")
}

fn launch(arguments: &[String], log: &File) -> Child {
    let log = || log.try_clone().expect("a log");
    Command::new(tools().join("start.sh"))
        .args(arguments)
        .stdout(log())
        .stderr(log())
        .spawn()
        .expect("Apache Kafka starts")
}

impl Node {
    fn has_ended(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(Some(_)))
    }

    fn end(&mut self, name: &str) {
        signal(name, self.process.id());
        self.process.wait().expect("the node ends");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
