//! Sends messages, for tools: reads JSON documents, one per line, and writes one per line.
//!
//! ```text
//! in:   {"topic": "images", "key": "k1", "headers": [{"key": "a", "value": "YQ=="}], "value": "eA=="}
//! out:  {"offset":12,"partition":0,"topic":"images"}
//! ```
//!
//! Values are base64, and so is `keyBytes`, which replaces a `key` that is not text. `timestampMs` is in milliseconds
//! since 1970. Other fields are ignored, so that a dead letter can be sent unchanged.

use std::{io, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use rdkafka::{
    error::KafkaError,
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::json;
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncWrite, AsyncWriteExt as _};

use connections::KafkaAccess;

/// The largest message that is sent, in bytes. The broker may have a lower limit.
const LARGEST: &str = "104857600";
/// How long the broker may take to accept a message.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why not all messages were sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProduceError {
    /// The description of the cluster is invalid.
    #[error("{0}")]
    Access(String),
    /// The broker refused a message, or no broker was reached.
    #[error("the message for {topic} was not accepted: {reason}")]
    Refused {
        /// The topic of the message.
        topic: String,
        /// librdkafka's error.
        reason: KafkaError,
    },
    /// A line is not a message.
    #[error("line {line} is not a message: {problem}")]
    Line {
        /// Counted from 1.
        line: usize,
        /// What is wrong with it.
        problem: serde_json::Error,
    },
    /// A line could not be read or written.
    #[error("standard input or output was interrupted: {0}")]
    Broken(#[from] io::Error),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    topic: String,
    key: Option<String>,
    #[serde(default, deserialize_with = "base64")]
    key_bytes: Option<Vec<u8>>,
    timestamp_ms: Option<i64>,
    #[serde(default)]
    headers: Vec<MessageHeader>,
    #[serde(default, deserialize_with = "base64")]
    value: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct MessageHeader {
    key: String,
    #[serde(default, deserialize_with = "base64")]
    value: Option<Vec<u8>>,
}

/// Sends each message of `input` in turn, and writes its place to `output` once the broker has it. Stops at the first
/// that fails.
pub async fn produce(
    access: &KafkaAccess<'_>,
    input: impl AsyncBufRead + Unpin,
    mut output: impl AsyncWrite + Unpin,
) -> Result<(), ProduceError> {
    let unreachable = |error: KafkaError| ProduceError::Access(error.to_string());
    let producer: FutureProducer = access
        .config()
        .map_err(ProduceError::Access)?
        .set("message.max.bytes", LARGEST)
        .set("message.timeout.ms", PATIENCE.as_millis().to_string())
        // A message that is sent again after a broken connection still arrives once.
        .set("enable.idempotence", "true")
        .create()
        .map_err(unreachable)?;
    let mut lines = input.lines();
    for line in 1.. {
        let Some(text) = lines.next_line().await? else {
            break;
        };
        let message =
            serde_json::from_str(&text).map_err(|problem| ProduceError::Line { line, problem })?;
        let mut place = send(&producer, message).await?;
        place.push('\n');
        output.write_all(place.as_bytes()).await?;
        output.flush().await?;
    }
    Ok(())
}

/// Returns the place of the message, in JSON.
async fn send(producer: &FutureProducer, message: Message) -> Result<String, ProduceError> {
    let topic = message.topic;
    let mut headers = OwnedHeaders::new();
    for header in &message.headers {
        headers = headers.insert(Header {
            key: &header.key,
            value: header.value.as_ref(),
        });
    }
    let mut record = FutureRecord::to(&topic).headers(headers);
    let key = message.key.map(String::into_bytes).or(message.key_bytes);
    if let Some(key) = &key {
        record = record.key(key);
    }
    if let Some(timestamp) = message.timestamp_ms {
        record = record.timestamp(timestamp);
    }
    if let Some(value) = &message.value {
        record = record.payload(value);
    }
    match producer.send(record, PATIENCE).await {
        Ok(place) => Ok(json!({
            "topic": topic, "partition": place.partition, "offset": place.offset,
        })
        .to_string()),
        Err((reason, _)) => Err(ProduceError::Refused { topic, reason }),
    }
}

fn base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| STANDARD.decode(text).map_err(D::Error::custom))
        .transpose()
}
