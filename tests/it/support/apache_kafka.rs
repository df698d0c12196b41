//! Apache Kafka itself, on free ports, started by `tools/kafka/start.sh`.

mod node;
mod questions;
mod sender;

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{Arc, Weak},
    time::Duration,
};

use rdkafka::ClientConfig;
use tempfile::TempDir;
use tokio::{
    sync::Mutex,
    time::{Instant, sleep},
};

use self::node::Node;
pub(crate) use self::sender::{Message, Sender};
use super::{PATIENCE, azurite::free_ports};

/// The user that a cluster with passwords knows, as set in `tools/kafka/start.sh`.
pub(crate) const USER: &str = "app";
pub(crate) const PASSWORD: &str = "app-secret";

/// The pause between two requests to a cluster that is not complete yet.
const BETWEEN_QUESTIONS: Duration = Duration::from_millis(50);

/// How often other ports are tried.
const TRIES: u32 = 3;

/// The broker that tests share for as long as one of them runs.
static SHARED: Mutex<Weak<ApacheKafka>> = Mutex::const_new(Weak::new());

/// A cluster. Dropping it kills its nodes and forgets all messages.
pub(crate) struct ApacheKafka {
    nodes: Vec<Node>,
    access: Access,
    folder: TempDir,
}

/// What a cluster asks of its clients.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Nothing,
    Password,
    /// A password over TLS, as in Confluent Cloud.
    PasswordAndTls,
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

impl Access {
    /// The option of `tools/kafka/start.sh`.
    fn option(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Password => Some("--sasl"),
            Self::PasswordAndTls => Some("--sasl-tls"),
        }
    }

    /// librdkafka's name of the protocol, if it is not the default.
    fn protocol(self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Password => Some("sasl_plaintext"),
            Self::PasswordAndTls => Some("sasl_ssl"),
        }
    }
}

impl ApacheKafka {
    /// The single broker, without passwords, for all tests that do not disturb it. Each test names its topics after
    /// itself.
    pub(crate) async fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().await;
        if let Some(running) = shared.upgrade() {
            return running;
        }
        let started = Arc::new(Self::start(1, Access::Nothing).await);
        *shared = Arc::downgrade(&started);
        started
    }

    /// One broker that requires a password.
    pub(crate) async fn with_password() -> Self {
        Self::start(1, Access::Password).await
    }

    /// One broker that requires TLS and a password.
    pub(crate) async fn with_password_and_tls() -> Self {
        Self::start(1, Access::PasswordAndTls).await
    }

    /// Three nodes, each of which stores every message.
    pub(crate) async fn of_three_nodes() -> Self {
        Self::start(3, Access::Nothing).await
    }

    async fn start(count: usize, access: Access) -> Self {
        for _ in 0..TRIES {
            if let Some(cluster) = Self::try_to_start(count, access).await {
                return cluster;
            }
        }
        panic!("Apache Kafka does not start");
    }

    /// Returns nothing if a node has ended, for example because another process took its port first.
    async fn try_to_start(count: usize, access: Access) -> Option<Self> {
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
            arguments.extend(access.option().map(str::to_owned));
            arguments.push(folder.path().join(id.to_string()).display().to_string());
            arguments.extend([port, controller].map(u16::to_string));
            Node::start(folder.path(), *port, arguments)
        });
        let mut cluster = Self {
            nodes: nodes.collect(),
            access,
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
        self.nodes[node].start_again(self.folder.path());
    }

    /// Stops a node as in an upgrade, and starts it again once it has ended.
    pub(crate) fn restart(&mut self, node: usize) {
        self.nodes[node].end("TERM");
        self.start_again(node);
    }

    /// The file with the certificate of a broker that requires TLS.
    pub(crate) fn certificate(&self) -> String {
        let path = self.folder.path().join("1/broker.pem");
        path.display().to_string()
    }

    /// The configuration of a client.
    pub(crate) fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", self.brokers())
            .set("reconnect.backoff.max.ms", "200");
        if self.access == Access::PasswordAndTls {
            config.set("ssl.ca.location", self.certificate());
        }
        if let Some(protocol) = self.access.protocol() {
            config
                .set("security.protocol", protocol)
                .set("sasl.mechanism", "PLAIN")
                .set("sasl.username", USER)
                .set("sasl.password", PASSWORD);
        }
        config
    }

    /// The properties of the function's trigger by which the host reaches the cluster, and their settings.
    pub(crate) fn access(&self) -> (HashMap<&'static str, String>, HashMap<String, String>) {
        let mut properties = HashMap::from([("protocol", "plaintext".to_owned())]);
        let mut settings = HashMap::from([("KAFKA_BROKERS".to_owned(), self.brokers())]);
        if self.access == Access::Password {
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
