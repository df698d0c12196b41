//! `queueTrigger`.

use serde::{Deserialize, de::DeserializeOwned};

use crate::{Data, InvalidInvocation, Trigger, data::invalid, encoded::encoded_lenient};

/// A message of a storage queue.
///
/// If the message is a JSON object, the host puts its fields beside its own metadata, and a field
/// replaces metadata of the same name: a field `id` hides the id of the message. So the metadata
/// deserves no more trust than the message, and a value of another type counts as absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMessage {
    /// The message's text, decoded from the base64 that it has in the queue.
    pub text: String,
    /// The message's id, or the field `id` of its text.
    pub id: Option<String>,
    /// How often it has been delivered, from 1.
    pub dequeue_count: Option<u32>,
    /// When it was put into the queue, as ISO 8601 text.
    pub insertion_time: Option<String>,
    /// When the message expires.
    pub expiration_time: Option<String>,
    /// When it is visible again if it is not deleted.
    pub next_visible_time: Option<String>,
    /// The receipt that the queue requires to delete or change the message.
    pub pop_receipt: Option<String>,
}

impl QueueMessage {
    /// Reads the text as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.text)
    }
}

/// The host's metadata about the message.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueTriggerMetadata {
    #[serde(default, deserialize_with = "encoded_lenient")]
    id: Option<String>,
    #[serde(default, deserialize_with = "encoded_lenient")]
    dequeue_count: Option<u32>,
    #[serde(default, deserialize_with = "encoded_lenient")]
    insertion_time: Option<String>,
    #[serde(default, deserialize_with = "encoded_lenient")]
    expiration_time: Option<String>,
    #[serde(default, deserialize_with = "encoded_lenient")]
    next_visible_time: Option<String>,
    #[serde(default, deserialize_with = "encoded_lenient")]
    pop_receipt: Option<String>,
}

impl Trigger for QueueMessage {
    type Metadata = QueueTriggerMetadata;

    fn read(metadata: QueueTriggerMetadata, data: Data) -> Result<Self, InvalidInvocation> {
        let binding = data.binding().to_owned();
        let text = data.text()?;
        Ok(Self {
            text: text.ok_or_else(|| invalid(&binding, "it is null, not a string"))?,
            id: metadata.id,
            dequeue_count: metadata.dequeue_count,
            insertion_time: metadata.insertion_time,
            expiration_time: metadata.expiration_time,
            next_visible_time: metadata.next_visible_time,
            pop_receipt: metadata.pop_receipt,
        })
    }
}
