//! A producer for the topic.

use rdkafka::{
    ClientConfig,
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};

use super::PATIENCE;

/// Sends messages to the topic `images`.
pub(crate) struct Producer(FutureProducer);

/// A partition.
pub(crate) struct At(i32);

pub(crate) fn at(partition: usize) -> At {
    At(i32::try_from(partition).expect("a small number"))
}

impl Producer {
    pub(crate) fn new(brokers: &str) -> Self {
        let producer = ClientConfig::new()
            .set("bootstrap.servers", brokers)
            .set("message.max.bytes", "20000000")
            .set("reconnect.backoff.max.ms", "200")
            // How long, in ms, to wait for a request that a stopping broker has swallowed.
            .set("socket.timeout.ms", "2000")
            // Only what the test sends twice is sent twice.
            .set("enable.idempotence", "true")
            .create()
            .expect("a producer");
        Self(producer)
    }

    /// Sends a message and returns its offset once the broker has it.
    pub(crate) async fn send(
        &self,
        partition: At,
        key: Option<&str>,
        value: &[u8],
        headers: &[(&str, &str)],
    ) -> i64 {
        let mut all = OwnedHeaders::new();
        for (key, value) in headers {
            let value = Some(*value);
            all = all.insert(Header { key, value });
        }
        let mut record = FutureRecord::to("images")
            .partition(partition.0)
            .payload(value)
            .headers(all);
        if let Some(key) = key {
            record = record.key(key);
        }
        let sent = self.0.send(record, PATIENCE).await;
        sent.expect("the broker accepts the message").offset
    }
}
