//! `queueTrigger`.

use serde::{Deserialize, de::DeserializeOwned};

use crate::{Data, InvalidInvocation, Trigger, data::invalid, encoded::encoded_lenient};

/// A message of a storage queue.
///
/// Of a message that is a JSON object, the host puts the fields beside its own metadata, and lets them
/// replace that: the `id` of such a message stands in the place of the message's own. So no part of the
/// metadata is to be trusted more than the message is, and what is of another kind is absent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueMessage {
    /// The message, without the base64 that it has in the queue.
    pub text: String,
    /// The message's id, or the field `id` of its text.
    pub id: Option<String>,
    /// How often it has been delivered, from 1.
    pub dequeue_count: Option<u32>,
    /// When it was put into the queue, as ISO 8601 text.
    pub insertion_time: Option<String>,
    /// When the queue forgets it.
    pub expiration_time: Option<String>,
    /// When it is visible again if it is not deleted.
    pub next_visible_time: Option<String>,
    /// What the queue asks for where the message is deleted or changed.
    pub pop_receipt: Option<String>,
}

impl QueueMessage {
    /// Reads the text as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> serde_json::Result<T> {
        serde_json::from_str(&self.text)
    }
}

/// What the host sends beside the message.
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
            text: text.ok_or_else(|| invalid(&binding, "it is null, not a text"))?,
            id: metadata.id,
            dequeue_count: metadata.dequeue_count,
            insertion_time: metadata.insertion_time,
            expiration_time: metadata.expiration_time,
            next_visible_time: metadata.next_visible_time,
            pop_receipt: metadata.pop_receipt,
        })
    }
}
