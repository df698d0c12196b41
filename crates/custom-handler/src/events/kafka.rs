//! `kafkaTrigger` with cardinality `ONE`, the default, and `"dataType": "binary"`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::{Deserialize, Deserializer, de::Error};

use crate::{
    Data, InvalidInvocation, Trigger, data::invalid, encoded, encoded::encoded_number,
    encoded_option,
};

/// A message of a Kafka topic.
///
/// `KafkaMessage` is for triggers with `"dataType": "binary"`. Without it the host damages every
/// value that is not UTF-8; see [`KafkaTextMessage`](crate::KafkaTextMessage).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaMessage<V = Bytes> {
    /// The value. A null value and an empty value look the same.
    pub value: V,
    /// The key; nothing for a null key, and an empty text for an empty key. Bytes that are not
    /// UTF-8 have become U+FFFD.
    pub key: Option<String>,
    /// The topic's name.
    pub topic: String,
    /// The partition's number, from 0.
    pub partition: i32,
    /// The message's offset in its partition, from 0.
    pub offset: i64,
    /// The message's time as ISO 8601 text, to the second; in batches to the millisecond.
    pub timestamp: Option<String>,
    /// The headers, in the message's order.
    pub headers: Vec<KafkaHeader>,
}

/// The metadata of a `kafkaTrigger` with cardinality `ONE`, for an
/// [`Invocation`](crate::Invocation).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KafkaMetadata {
    /// The key; absent for a null key.
    #[serde(default, deserialize_with = "encoded_option")]
    pub key: Option<String>,
    /// The topic's name.
    #[serde(deserialize_with = "encoded")]
    pub topic: String,
    /// The partition's number, from 0.
    #[serde(deserialize_with = "encoded_number")]
    pub partition: i32,
    /// The message's offset in its partition, from 0.
    #[serde(deserialize_with = "encoded_number")]
    pub offset: i64,
    /// The message's time: ISO 8601 text without sub-seconds, as the host writes it.
    #[serde(default, deserialize_with = "encoded_option")]
    pub timestamp: Option<String>,
    /// The headers, in the message's order.
    #[serde(default, deserialize_with = "encoded")]
    pub headers: Vec<KafkaHeader>,
}

/// One header of a Kafka message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KafkaHeader {
    /// Its name; names may repeat.
    pub key: String,
    /// Its bytes; nothing for null.
    #[serde(default, deserialize_with = "base64_bytes")]
    pub value: Option<Vec<u8>>,
}

impl<V> KafkaMessage<V> {
    /// The last header with that name; empty for null. If a name repeats, Kafka's clients use the
    /// last header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        last(&self.headers, name)
    }
}

impl KafkaMetadata {
    /// The last header with that name; empty for null. If a name repeats, Kafka's clients use the
    /// last header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        last(&self.headers, name)
    }
}

impl Trigger for KafkaMessage {
    type Metadata = KafkaMetadata;

    fn read(metadata: KafkaMetadata, data: Data) -> Result<Self, InvalidInvocation> {
        let value = data.bytes().map_err(|error| match error {
            InvalidInvocation::Data { binding, reason } => {
                let hint = "the trigger needs \"dataType\": \"binary\" in function.json";
                invalid(&binding, format!("{reason}; {hint}"))
            }
            other => other,
        });
        Ok(Self {
            value: value?,
            key: metadata.key,
            topic: metadata.topic,
            partition: metadata.partition,
            offset: metadata.offset,
            timestamp: metadata.timestamp,
            headers: metadata.headers,
        })
    }
}

fn last<'a>(headers: &'a [KafkaHeader], name: &str) -> Option<&'a [u8]> {
    let found = headers.iter().rev().find(|header| header.key == name)?;
    Some(found.value.as_deref().unwrap_or_default())
}

fn base64_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| STANDARD.decode(text).map_err(D::Error::custom))
        .transpose()
}
