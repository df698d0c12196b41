//! A producer of messages to one topic.

use rdkafka::{
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};

use super::ApacheKafka;
use crate::support::PATIENCE;

/// A message to send.
pub(crate) struct Message<'a> {
    pub(crate) partition: i32,
    pub(crate) key: &'a str,
    pub(crate) value: &'a [u8],
    pub(crate) headers: &'a [(&'a str, &'a str)],
    /// When it was produced, in milliseconds since 1970, if that is not now.
    pub(crate) timestamp: Option<i64>,
}

impl ApacheKafka {
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
