//! `kafkaTrigger` with cardinality `MANY` and `"dataType": "binary"`.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use serde::Deserialize;

use crate::{Data, InvalidInvocation, KafkaHeader, KafkaMessage, Trigger, data::invalid, encoded};

/// Messages that arrived together, ordered by offset within each partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KafkaBatch(pub Vec<KafkaMessage>);

/// The host's metadata: one list for each property of a message.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KafkaBatchMetadata {
    #[serde(deserialize_with = "encoded")]
    key_array: Vec<Option<String>>,
    #[serde(deserialize_with = "encoded")]
    topic_array: Vec<String>,
    #[serde(deserialize_with = "encoded")]
    partition_array: Vec<i32>,
    #[serde(deserialize_with = "encoded")]
    offset_array: Vec<i64>,
    #[serde(deserialize_with = "encoded")]
    timestamp_array: Vec<Option<String>>,
    #[serde(deserialize_with = "encoded")]
    headers_array: Vec<Vec<KafkaHeader>>,
}

impl KafkaBatchMetadata {
    fn is_of_length(&self, length: usize) -> bool {
        [
            self.key_array.len(),
            self.topic_array.len(),
            self.partition_array.len(),
            self.offset_array.len(),
            self.timestamp_array.len(),
            self.headers_array.len(),
        ]
        .iter()
        .all(|other| *other == length)
    }
}

impl Trigger for KafkaBatch {
    type Metadata = KafkaBatchMetadata;

    fn read(metadata: KafkaBatchMetadata, data: Data) -> Result<Self, InvalidInvocation> {
        let binding = data.binding().to_owned();
        let values: Vec<Option<String>> = data.nested_json()?;
        if !metadata.is_of_length(values.len()) {
            return Err(invalid(
                &binding,
                "its length differs from that of its metadata",
            ));
        }
        let mut keys = metadata.key_array.into_iter();
        let mut topics = metadata.topic_array.into_iter();
        let mut partitions = metadata.partition_array.into_iter();
        let mut offsets = metadata.offset_array.into_iter();
        let mut timestamps = metadata.timestamp_array.into_iter();
        let mut headers = metadata.headers_array.into_iter();
        let mut message = |value: Option<String>| {
            Some(KafkaMessage {
                value: STANDARD
                    .decode(value.unwrap_or_default())
                    .map(Bytes::from)
                    .ok()?,
                key: keys.next()?,
                topic: topics.next()?,
                partition: partitions.next()?,
                offset: offsets.next()?,
                timestamp: timestamps.next()?,
                headers: headers.next()?,
            })
        };
        let messages: Option<Vec<_>> = values.into_iter().map(&mut message).collect();
        messages
            .map(Self)
            .ok_or_else(|| invalid(&binding, "a value is not base64: set dataType to binary"))
    }
}
