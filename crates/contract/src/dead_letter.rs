//! Dead letters: a whole Kafka message that can never succeed, with the reason.

use serde::{Deserialize, Serialize};

use crate::Rejection;

/// A refused Kafka message, as a JSON document in the container of dead letters, named
/// `{topic}/{partition}/{offset}`. It holds all that is needed to produce the message again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeadLetter {
    /// Why it was rejected.
    pub error: Rejection,
    /// Topic of the message.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its offset in the partition.
    pub offset: i64,
    /// The message's own timestamp as received: ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// Its key; absent for a null key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Its headers, in their order.
    #[serde(default)]
    pub headers: Vec<DeadLetterHeader>,
    /// Its value in base64.
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
    /// Its value in base64, or null.
    pub value: Option<String>,
}

/// The path of a message's dead letter in the container of dead letters.
#[must_use]
pub fn dead_letter_path(topic: &str, partition: i32, offset: i64) -> String {
    format!("{topic}/{partition}/{offset}")
}

/// An event that cannot become a record, as a JSON document in the container of dead letters. It
/// could not be read, or it is an upload under a name that an image of another source already has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RefusedEvent {
    /// Why it was rejected.
    pub error: Rejection,
    /// The function that was called.
    pub function: String,
    /// The Functions host's id of the invocation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invocation_id: Option<String>,
    /// The container of the blob that it is about; the blob's bytes are still there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The name of that blob.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The request's body in base64, if nothing else is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

/// The path of a refused event in the container of dead letters. `id` distinguishes it from others:
/// a record id, or the id of an invocation.
///
/// The path of a message's dead letter ends in two numbers, so the two kinds never collide, even on
/// a topic called `events`.
#[must_use]
pub fn refused_event_path(function: &str, id: &str) -> String {
    format!("events/{function}/{id}.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_and_an_event_never_share_a_path() {
        assert_eq!(dead_letter_path("images", 3, 41), "images/3/41");
        assert_eq!(
            refused_event_path("ProcessUpload", "a.jpg"),
            "events/ProcessUpload/a.jpg.json"
        );
    }
}
