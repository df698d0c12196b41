//! The Kafka output: one message, or one for each entry of an array.

use std::time::Duration;

use rdkafka::{
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};
use serde_json::{Map, Value};

use super::{WriteError, entries};
use crate::{
    json_net::Json,
    script_root::{Binding, Settings},
    triggers::kafka_client,
};

/// How long the broker may take to accept a message.
const PATIENCE: Duration = Duration::from_secs(30);
/// The fields by which the extension recognises a complete message instead of a plain value.
const ENVELOPE: [&str; 6] = [
    "Offset",
    "Partition",
    "Topic",
    "Timestamp",
    "Value",
    "Headers",
];

/// A Kafka output binding.
pub(crate) struct KafkaOutput {
    topic: String,
    producer: FutureProducer,
}

/// The message to send.
#[derive(Debug, PartialEq, Eq)]
struct Message {
    key: Option<String>,
    value: String,
    headers: Vec<(String, String)>,
}

impl KafkaOutput {
    pub(super) fn new(binding: &Binding, settings: &Settings) -> Result<Self, String> {
        let topic = binding
            .text("topic")
            .filter(|topic| !topic.is_empty())
            .ok_or("topic is missing")?;
        let producer = kafka_client(binding, settings)?
            .set("message.timeout.ms", PATIENCE.as_millis().to_string())
            .create()
            .map_err(|error| format!("no Kafka producer can be created: {error}"))?;
        Ok(Self {
            topic: topic.to_owned(),
            producer,
        })
    }

    pub(crate) fn topic(&self) -> &str {
        &self.topic
    }

    /// Sends one message after the other.
    pub(super) async fn write(&self, value: &Json<'_>) -> Result<(), WriteError> {
        for entry in entries(value)? {
            let message = Message::read(entry.to_text())?;
            let headers = message.headers.iter();
            let headers = headers.fold(OwnedHeaders::new(), |headers, (key, value)| {
                let value = Some(value);
                headers.insert(Header { key, value })
            });
            let mut record = FutureRecord::to(&self.topic)
                .payload(&message.value)
                .headers(headers);
            if let Some(key) = &message.key {
                record = record.key(key);
            }
            let sent = self.producer.send(record, PATIENCE).await;
            sent.map_err(|(error, _)| WriteError::Kafka(error))?;
        }
        Ok(())
    }
}

impl Message {
    /// Parses a text. A text that is a JSON object with all the fields of a message is that
    /// message, with key and headers; partition, offset and time in it are ignored. Every other
    /// text is a value.
    fn read(text: String) -> Result<Self, WriteError> {
        match serde_json::from_str::<Map<String, Value>>(&text) {
            Ok(fields) if ENVELOPE.iter().all(|name| fields.contains_key(*name)) => {
                Self::unpack(&fields)
            }
            _ => Ok(Self {
                key: None,
                value: text,
                headers: Vec::new(),
            }),
        }
    }

    fn unpack(fields: &Map<String, Value>) -> Result<Self, WriteError> {
        let text = |value: &Value| match value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            other => Some(other.to_string()),
        };
        let missing = || WriteError::Value("Message value was not defined".into());
        let headers = fields["Headers"].as_array().into_iter().flatten();
        let headers =
            headers.filter_map(|header| Some((text(&header["Key"])?, text(&header["Value"])?)));
        Ok(Self {
            key: fields.get("Key").and_then(text),
            value: text(&fields["Value"]).ok_or_else(missing)?,
            headers: headers.collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Message {
        Message::read(text.to_owned()).unwrap()
    }

    #[test]
    fn a_text_is_a_value() {
        for text in ["hello", "5", r#"{"Value": "v", "Topic": "t"}"#] {
            let message = read(text);
            assert_eq!((message.key, message.value.as_str()), (None, text));
        }
    }

    #[test]
    fn an_envelope_is_a_message_with_key_and_headers() {
        let message = read(
            r#"{"Offset": 0, "Partition": 0, "Topic": "", "Timestamp": "2026-11-27T10:00:00Z", "Key": "k",
                "Value": {"a": 1}, "Headers": [{"Key": "h", "Value": "x"}]}"#,
        );
        let expected = Message {
            key: Some("k".into()),
            value: r#"{"a":1}"#.into(),
            headers: vec![("h".into(), "x".into())],
        };
        assert_eq!(message, expected);
    }
}
