//! Flow B end to end on Apache Kafka itself, for behaviour that only a real cluster has.
//!
//! The tests themselves start, stop and kill the hosts that read the topic. Tests that do not disturb the broker share
//! one, each with its own topic and consumer group.

mod topics;

use std::{collections::BTreeSet, env, path::PathBuf, process::Child};

use functions_dev_host::{Host, Options, die_with_parent};
use futures::future::join_all;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use tokio::net::TcpListener;

use crate::support::{
    apache_kafka::{ApacheKafka, Message, PASSWORD, Sender, is_installed},
    eventually, images,
    signal::signal,
    stack::{Plan, Stack},
};

const RENDITIONS: usize = 4;

/// How many messages make a load: more than can be processed before something is killed.
const LOAD: usize = 120;

const DISABLED: &str = "AzureWebJobs.ProcessMessage.Disabled";

/// Storage and database, and what a host needs to read a topic. No host reads it yet.
struct Flow {
    stack: Stack,
    root: PathBuf,
    environment: Vec<(String, String)>,
}

impl Flow {
    /// Function and handler for a topic. The consumer group has the same name.
    async fn new(kafka: &ApacheKafka, topic: &str) -> Self {
        let (properties, access) = kafka.access();
        let mut plan = Plan::with_kafka();
        plan.root.edit("ProcessMessage/function.json", |json| {
            let trigger = json["bindings"][0].as_object_mut().unwrap();
            trigger.insert("consumerGroup".to_owned(), topic.into());
            for (property, value) in properties {
                trigger.insert(property.to_owned(), value.into());
            }
        });
        plan.settings.extend(access);
        let topic = ("KAFKA_TOPIC".to_owned(), topic.to_owned());
        plan.settings
            .extend([topic, (DISABLED.to_owned(), "true".to_owned())]);
        let root = plan.root.path().to_owned();
        let stack = plan.start().await;
        let settings = stack.settings.clone().into_iter();
        let mut environment: Vec<_> = settings.filter(|(name, _)| name != DISABLED).collect();
        environment.push((
            "AzureWebJobs.ProcessUpload.Disabled".to_owned(),
            "true".to_owned(),
        ));
        Self {
            stack,
            root,
            environment,
        }
    }

    /// A host that reads the topic.
    async fn host(&self) -> Host {
        let mut options = Options::new(&self.root);
        options.environment.clone_from(&self.environment);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Host::start(options, listener).await.unwrap()
    }

    /// The same in a separate process, which can be killed.
    fn host_process(&self) -> Child {
        let mut command = std::process::Command::new(env::current_exe().unwrap());
        command
            .args([
                "--exact",
                "apache_kafka::a_host_until_it_is_killed",
                "--ignored",
            ])
            .env(ROOT, &self.root)
            .envs(self.environment.iter().cloned());
        die_with_parent(&mut command).spawn().unwrap()
    }

    /// Waits until there are at least this many records. A busy machine may take its time, as long as their number
    /// grows.
    async fn recorded(&self, least: usize) {
        let mut count = 0;
        while count < least {
            count = eventually(&format!("more than {count} records"), || async {
                let now = self.count().await;
                (now > count).then_some(now)
            })
            .await;
        }
    }

    async fn count(&self) -> usize {
        let rows = self.stack.query("SELECT VALUE COUNT(1) FROM c").await;
        usize::try_from(rows[0].as_u64().unwrap()).unwrap()
    }

    /// Waits until exactly these messages have a record and all renditions.
    async fn all_processed(&self, keys: &BTreeSet<String>) {
        self.recorded(keys.len()).await;
        let rows = self.stack.query("SELECT c.id, c.status FROM c").await;
        assert!(
            rows.iter().all(|row| row["status"] == "processed"),
            "{rows:?}"
        );
        let ids = rows
            .iter()
            .map(|row| row["id"].as_str().unwrap().to_owned());
        assert_eq!(&ids.collect::<BTreeSet<_>>(), keys);
        // The host writes outputs in parallel, so they may come a little after the record.
        eventually("every rendition", || async {
            let stored = self.stack.blob_names("renditions").await;
            (stored.len() == keys.len() * RENDITIONS).then_some(())
        })
        .await;
        assert!(self.stack.blob_names("dead-letter").await.is_empty());
    }
}

fn message<'a>(partition: i32, key: &'a str, value: &'a [u8]) -> Message<'a> {
    Message {
        partition,
        key,
        value,
        headers: &[],
        timestamp: None,
    }
}

fn key(number: usize) -> String {
    format!("{number:04}.jpg")
}

/// Sends the messages with these numbers in parallel, over three partitions, and returns their keys.
async fn send_load(sender: &Sender, numbers: std::ops::Range<usize>) -> BTreeSet<String> {
    let send = |number: usize| async move {
        let (key, seed) = (key(number), u8::try_from(number % 256).unwrap());
        let partition = i32::try_from(number % 3).unwrap();
        sender
            .send(message(partition, &key, &images::jpeg(24, 16, seed)))
            .await;
        key
    };
    join_all(numbers.map(send)).await.into_iter().collect()
}

#[tokio::test]
async fn every_compression_is_read() {
    if !is_installed() {
        return;
    }
    let kafka = ApacheKafka::shared().await;
    let topic = "compressed";
    let codecs = ["none", "gzip", "snappy", "lz4", "zstd"];
    kafka.create_topic(topic, 5).await;
    let flow = Flow::new(&kafka, topic).await;
    let _host = flow.host().await;
    let photo = images::jpeg(64, 48, 1);
    // librdkafka sends a batch uncompressed if compression does not make it smaller.
    let padding = "compressible ".repeat(100);
    for (partition, codec) in (0..).zip(codecs) {
        let message = Message {
            headers: &[("padding", &padding)],
            ..message(partition, codec, &photo)
        };
        kafka.sender(topic, codec).send(message).await;
        assert_eq!(
            i32::from(kafka.compression(topic, partition)),
            partition,
            "{codec}"
        );
    }
    let keys = codecs.map(str::to_owned);
    flow.all_processed(&BTreeSet::from(keys)).await;
}

/// The broker requires a password, and is killed while messages arrive and are processed.
#[tokio::test]
async fn a_killed_broker_with_passwords_loses_nothing() {
    if !is_installed() {
        return;
    }
    let mut kafka = ApacheKafka::with_password().await;
    let topic = "secured";
    kafka.create_topic(topic, 3).await;
    let mut stranger = kafka.client();
    stranger.set("sasl.password", PASSWORD.to_uppercase());
    let stranger: BaseConsumer = stranger.create().unwrap();
    let refused = stranger.fetch_metadata(None, std::time::Duration::from_secs(1));
    assert!(refused.is_err(), "the password is checked");

    let flow = Flow::new(&kafka, topic).await;
    let _host = flow.host().await;
    let sender = kafka.sender(topic, "none");
    let mut keys = send_load(&sender, 0..LOAD / 2).await;
    flow.recorded(LOAD / 8).await;
    kafka.kill(0);
    // The other half is sent while nobody is there to read it.
    let (more, ()) = tokio::join!(send_load(&sender, LOAD / 2..LOAD), async {
        kafka.start_again(0);
    });
    keys.extend(more);
    flow.all_processed(&keys).await;
}

#[tokio::test]
async fn a_killed_host_loses_nothing() {
    if !is_installed() {
        return;
    }
    let kafka = ApacheKafka::shared().await;
    let topic = "abandoned";
    kafka.create_topic(topic, 3).await;
    let flow = Flow::new(&kafka, topic).await;
    let mut host = flow.host_process();
    let keys = send_load(&kafka.sender(topic, "none"), 0..LOAD).await;
    flow.recorded(LOAD / 8).await;
    signal("KILL", host.id());
    host.wait().unwrap();
    assert!(flow.count().await < LOAD, "it was killed too late");
    let _another = flow.host().await;
    flow.all_processed(&keys).await;
    kafka.read(topic, topic, i64::try_from(LOAD).unwrap()).await;
}

/// The folder of the host in a separate process.
const ROOT: &str = "DARKROOM_TEST_ROOT";

#[tokio::test]
#[ignore = "it is the host of another test, which kills it"]
async fn a_host_until_it_is_killed() {
    let Some(root) = env::var_os(ROOT) else {
        return;
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = Host::start(Options::new(root), listener).await.unwrap();
    panic!("{}", host.failed().await);
}

#[tokio::test]
async fn a_second_host_takes_its_share() {
    if !is_installed() {
        return;
    }
    let kafka = ApacheKafka::shared().await;
    let topic = "shared";
    kafka.create_topic(topic, 3).await;
    let flow = Flow::new(&kafka, topic).await;
    let sender = kafka.sender(topic, "none");
    let first = flow.host().await;
    let mut keys = send_load(&sender, 0..LOAD / 2).await;
    flow.recorded(LOAD / 8).await;
    let _second = flow.host().await;
    kafka.members(topic, 2).await;
    keys.extend(send_load(&sender, LOAD / 2..LOAD).await);
    flow.recorded(LOAD * 5 / 8).await;
    // The partitions of the host that leaves go to the one that stays.
    first.stop().await;
    kafka.members(topic, 1).await;
    flow.all_processed(&keys).await;
    kafka.read(topic, topic, i64::try_from(LOAD).unwrap()).await;
}

/// Nodes are restarted as in an upgrade: one after the other, each only when the one before has caught up.
#[tokio::test]
async fn three_nodes_are_restarted_one_after_another() {
    if !is_installed() {
        return;
    }
    let mut kafka = ApacheKafka::of_three_nodes().await;
    let topic = "replicated";
    kafka.create_topic(topic, 3).await;
    let flow = Flow::new(&kafka, topic).await;
    let _host = flow.host().await;
    let sender = kafka.sender(topic, "none");
    let mut keys = BTreeSet::new();
    let share = LOAD / 3;
    for node in 0..kafka.count() {
        let numbers = node * share..(node + 1) * share;
        let (sent, ()) = tokio::join!(send_load(&sender, numbers), async {
            kafka.restart(node);
        });
        keys.extend(sent);
        kafka.in_sync(topic).await;
    }
    flow.all_processed(&keys).await;
}
