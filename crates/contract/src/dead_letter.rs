//! The dead letter: a Kafka message that can never succeed, whole, with its reason.

use serde::{Deserialize, Serialize};

use crate::Rejection;

/// A refused Kafka message, as a JSON document in the container of dead letters, named
/// `{topic}/{partition}/{offset}`. It holds all that is needed to produce the message again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Why it was refused.
    pub error: Rejection,
    /// Topic of the message.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset in the partition.
    pub offset: i64,
    /// The message's own time, as it came: ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Its key; absent for a null key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its headers, in their order.
    #[serde(default)]
    pub headers: Vec<DeadLetterHeader>,
    /// Its value: base64.
    pub value: String,
    /// The Functions host's id of the invocation that refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation_id: Option<String>,
}

/// One header of a refused message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetterHeader {
    /// Its name.
    pub key: String,
    /// Its value: base64.
    pub value: String,
}

/// Where the dead letter of a message goes, in the container of dead letters.
#[must_use]
pub fn dead_letter_path(topic: &str, partition: i32, offset: i64) -> String {
    format!("{topic}/{partition}/{offset}")
}
