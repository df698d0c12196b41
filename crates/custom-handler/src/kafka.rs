//! What a Kafka trigger sends beside the value.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, de::Error};

use crate::{encoded, encoded_option};

/// The metadata of a `kafkaTrigger` with cardinality `ONE`. Take the value itself with
/// [`Invocation::bytes`](crate::Invocation::bytes); the binding needs `"dataType": "binary"`,
/// because the host damages binary values of any other.
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
    #[serde(deserialize_with = "encoded")]
    pub partition: i32,
    /// The message's place in its partition, from 0.
    #[serde(deserialize_with = "encoded")]
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
    /// Its bytes; empty for a null value.
    #[serde(default, deserialize_with = "base64_bytes")]
    pub value: Vec<u8>,
}

impl KafkaMetadata {
    /// The last header of that name: where a name repeats, Kafka's clients take the last.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let found = self
            .headers
            .iter()
            .rev()
            .find(|header| header.key == name)?;
        Some(&found.value)
    }
}

fn base64_bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    STANDARD.decode(text).map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_host_sends() {
        let metadata: KafkaMetadata = serde_json::from_str(
            r#"{
                "Key": "\"k1\"", "Partition": "0", "Topic": "\"images\"", "Offset": "12",
                "Timestamp": "2026-11-24T09:30:00",
                "Headers": "[{\"Key\":\"content-type\",\"Value\":\"aW1hZ2UvcG5n\"},{\"Key\":\"content-type\",\"Value\":\"aW1hZ2UvanBlZw==\"},{\"Key\":\"none\",\"Value\":null}]",
                "LeaderEpoch": "0", "IsPartitionEOF": "false", "sys": {}
            }"#,
        )
        .unwrap();
        assert_eq!(metadata.key.as_deref(), Some("k1"));
        assert_eq!(
            (metadata.topic.as_str(), metadata.partition, metadata.offset),
            ("images", 0, 12)
        );
        assert_eq!(metadata.timestamp.as_deref(), Some("2026-11-24T09:30:00"));
        assert_eq!(metadata.header("content-type"), Some(&b"image/jpeg"[..]));
        assert_eq!(metadata.header("none"), Some(&b""[..]));
        assert_eq!(metadata.header("other"), None);
    }

    #[test]
    fn a_message_needs_neither_key_nor_headers() {
        let metadata: KafkaMetadata =
            serde_json::from_str(r#"{"Partition": "3", "Topic": "\"t\"", "Offset": "9"}"#).unwrap();
        assert_eq!(metadata.key, None);
        assert!(metadata.headers.is_empty());
    }
}
