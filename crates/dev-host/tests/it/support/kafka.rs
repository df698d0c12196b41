//! A producer for the topic.

use std::time::Duration;

use rdkafka::{
    ClientConfig, Offset, TopicPartitionList,
    consumer::{BaseConsumer, Consumer as _},
    message::OwnedHeaders,
    producer::{FutureProducer, FutureRecord},
};

use super::{PATIENCE, eventually};

/// Sends messages to the topic `images`.
pub(crate) struct Producer(FutureProducer);

impl Producer {
    pub(crate) fn new(brokers: &str) -> Self {
        Self::compressing(brokers, "none")
    }

    /// One that compresses its messages.
    pub(crate) fn compressing(brokers: &str, codec: &str) -> Self {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("compression.codec", codec)
            .set("message.max.bytes", "20000000")
            .set("reconnect.backoff.max.ms", "200")
            // How long, in ms, to wait for a request that a stopping broker has swallowed.
            .set("socket.timeout.ms", "2000")
            // Nothing is sent twice, so that the tests can count messages.
            .set("enable.idempotence", "true")
            .create()
            .unwrap();
        Self(producer)
    }

    /// Sends a message and returns its offset once the broker has it.
    pub(crate) async fn send(&self, partition: i32, key: &str, value: &[u8]) -> i64 {
        self.record(
            FutureRecord::to("images")
                .partition(partition)
                .key(key)
                .payload(value),
        )
        .await
    }

    pub(crate) async fn send_with_headers(&self, key: &str, headers: OwnedHeaders, time: i64) {
        let record = FutureRecord::to("images")
            .partition(2)
            .key(key)
            .payload("Darkroom");
        self.record(record.headers(headers).timestamp(time)).await;
    }

    /// Sends a message without a key, a value or both to the partition 0.
    pub(crate) async fn send_all(
        &self,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: OwnedHeaders,
        time: i64,
    ) {
        let mut record = FutureRecord::to("images")
            .partition(0)
            .headers(headers)
            .timestamp(time);
        record.key = key;
        record.payload = value;
        self.record(record).await;
    }

    /// A message without key and value.
    pub(crate) async fn send_nothing(&self) {
        self.record(FutureRecord::<(), ()>::to("images").partition(0))
            .await;
    }

    async fn record<K, V>(&self, record: FutureRecord<'_, K, V>) -> i64
    where
        K: rdkafka::message::ToBytes + ?Sized,
        V: rdkafka::message::ToBytes + ?Sized,
    {
        self.0.send(record, PATIENCE).await.unwrap().offset
    }
}

/// Waits until the consumer group has committed this offset: that of the next message.
pub(crate) async fn committed(brokers: &str, partition: i32, offset: i64) {
    let consumer: BaseConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        .set("group.id", "darkroom")
        .create()
        .unwrap();
    eventually(&format!("commit of {partition} [{offset}]"), || async {
        let mut wanted = TopicPartitionList::new();
        wanted.add_partition("images", partition);
        let found = consumer
            .committed_offsets(wanted, Duration::from_secs(5))
            .ok()?;
        (found.elements()[0].offset() == Offset::Offset(offset)).then_some(())
    })
    .await;
}
