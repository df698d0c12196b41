//! A message as the broker delivered it.

use bytes::Bytes;
use rdkafka::{
    Message as _, Timestamp,
    message::{BorrowedMessage, Headers as _},
};

use super::leader_epoch::leader_epoch;

/// A message in this process's own memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Received {
    pub(super) topic: String,
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Bytes>,
    /// In the message's order. Names may repeat and values may be null.
    pub(super) headers: Vec<(String, Option<Vec<u8>>)>,
    /// Milliseconds since 1970.
    pub(super) timestamp: Option<i64>,
    /// `None` from brokers that do not send it.
    pub(super) leader_epoch: Option<i32>,
}

impl Received {
    pub(super) fn new(message: &BorrowedMessage<'_>) -> Self {
        let headers = message.headers().map(|headers| {
            let owned = headers
                .iter()
                .map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec)));
            owned.collect()
        });
        Self {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map(<[u8]>::to_vec),
            value: message.payload().map(Bytes::copy_from_slice),
            headers: headers.unwrap_or_default(),
            timestamp: match message.timestamp() {
                Timestamp::NotAvailable => None,
                Timestamp::CreateTime(time) | Timestamp::LogAppendTime(time) => Some(time),
            },
            leader_epoch: leader_epoch(message),
        }
    }

    /// The value as bytes, where null and empty look the same.
    pub(super) fn bytes(&self) -> &[u8] {
        self.value.as_deref().unwrap_or_default()
    }

    /// How many bytes the value has.
    pub(super) fn length(&self) -> usize {
        self.bytes().len()
    }

    /// `images [0] @ 12`, as Kafka's tools write it.
    pub(super) fn place(&self) -> String {
        format!("{} [{}] @ {}", self.topic, self.partition, self.offset)
    }
}
