//! Kafka on this machine: librdkafka's own mock cluster, which speaks the real protocol on loopback
//! and keeps everything in memory.

mod rebalance_delay;

use std::fmt;

use rdkafka::{
    ClientConfig,
    error::{KafkaError, KafkaResult},
    mocking::MockCluster,
    producer::{BaseProducer, DefaultProducerContext, Producer as _},
};

/// All brokers of a cluster.
const ALL: i32 = -1;

/// A Kafka cluster of one broker in memory. Dropping it closes it and forgets all messages.
///
/// Any client can use it without a password. It creates topics when they are used, with four
/// partitions unless [`create_topic`](Self::create_topic) sets another number.
///
/// **It keeps the last 5 MiB of a partition, or the last message if that is larger**; older
/// messages are dropped even if nobody has read them. That is librdkafka's limit and cannot be
/// changed. A sender of more than that at once needs a real broker.
pub struct KafkaBroker {
    /// The cluster is part of this client and lives as long as it does.
    owner: BaseProducer,
    brokers: String,
}

impl KafkaBroker {
    /// Starts a cluster on a free port of 127.0.0.1.
    pub fn start() -> KafkaResult<Self> {
        let owner: BaseProducer = ClientConfig::new()
            .set("test.mock.num.brokers", "1")
            .create()?;
        rebalance_delay::shorten(&owner);
        let brokers = cluster(&owner)?.bootstrap_servers();
        Ok(Self { owner, brokers })
    }

    /// The address for `bootstrap.servers`: `127.0.0.1:{port}`.
    #[must_use]
    pub fn brokers(&self) -> &str {
        &self.brokers
    }

    /// Creates a topic that nobody has used yet.
    pub fn create_topic(&self, topic: &str, partitions: i32) -> KafkaResult<()> {
        cluster(&self.owner)?.create_topic(topic, partitions, 1)
    }

    /// Breaks every connection and accepts no new one, like a broker that is being restarted. The
    /// messages stay for [`resume`](Self::resume).
    pub fn stop(&self) -> KafkaResult<()> {
        cluster(&self.owner)?.broker_down(ALL)
    }

    /// Accepts connections again, at the same address.
    pub fn resume(&self) -> KafkaResult<()> {
        cluster(&self.owner)?.broker_up(ALL)
    }
}

impl fmt::Debug for KafkaBroker {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("KafkaBroker")
            .field("brokers", &self.brokers)
            .finish_non_exhaustive()
    }
}

fn cluster(owner: &BaseProducer) -> KafkaResult<MockCluster<'_, DefaultProducerContext>> {
    let missing = || KafkaError::ClientCreation("librdkafka has not started a mock cluster".into());
    owner.client().mock_cluster().ok_or_else(missing)
}
