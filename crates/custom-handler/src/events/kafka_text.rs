//! `kafkaTrigger` with cardinality `ONE` and `"dataType": "string"`, or without a `dataType`.

use serde::{Deserialize, de::IgnoredAny};

use crate::{Data, InvalidInvocation, KafkaHeader, KafkaMessage, Trigger};

/// A message whose value is text; nothing for a null value.
///
/// The host sends such a message twice: in an envelope, and in metadata whose entries the fields of
/// a JSON value can replace. This type reads the envelope.
pub type KafkaTextMessage = KafkaMessage<Option<String>>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    value: Option<String>,
    key: Option<String>,
    topic: String,
    partition: i32,
    offset: i64,
    timestamp: Option<String>,
    #[serde(default)]
    headers: Vec<KafkaHeader>,
}

impl Trigger for KafkaTextMessage {
    type Metadata = IgnoredAny;

    fn read(_: IgnoredAny, data: Data) -> Result<Self, InvalidInvocation> {
        let envelope: Envelope = data.nested_json()?;
        Ok(Self {
            value: envelope.value,
            key: envelope.key,
            topic: envelope.topic,
            partition: envelope.partition,
            offset: envelope.offset,
            timestamp: envelope.timestamp,
            headers: envelope.headers,
        })
    }
}
