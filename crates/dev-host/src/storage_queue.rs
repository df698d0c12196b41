//! One queue of a storage account, used as by the Storage extensions: messages are in base64, are
//! taken by hiding them for a while, and disappear only when they are deleted.

use std::time::Duration;

use azure_core::{
    http::{Response, StatusCode, headers::HeaderName},
    time::OffsetDateTime,
};
use azure_storage_queue::{
    QueueClient,
    models::{QueueClientReceiveMessagesOptions, QueueMessage, ReceivedMessage},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use connections::StorageConnection;

/// How many messages the service returns at once. Source:
/// <https://learn.microsoft.com/rest/api/storageservices/get-messages>.
pub(crate) const LARGEST_BATCH: usize = 32;

/// It changes with every update of a message; only the newest value gives access to the message.
const POP_RECEIPT: HeaderName = HeaderName::from_static("x-ms-popreceipt");

/// A queue.
pub(crate) struct StorageQueue {
    client: QueueClient,
    name: String,
}

/// A message that is hidden from others for now.
#[derive(Debug, Default)]
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) pop_receipt: String,
    /// The text, without the base64 around it.
    pub(crate) text: String,
    /// The content, if it is base64 of something that is not text.
    pub(crate) bytes: Option<Vec<u8>>,
    /// How often the message has been taken, this time included.
    pub(crate) dequeue_count: i64,
    pub(crate) inserted: Option<OffsetDateTime>,
    pub(crate) expires: Option<OffsetDateTime>,
    pub(crate) next_visible: Option<OffsetDateTime>,
}

impl StorageQueue {
    /// A queue that need not exist yet.
    pub(crate) fn new(account: &StorageConnection, name: &str) -> Result<Self, String> {
        let client = account
            .queues()
            .map_err(|error| error.to_string())?
            .queue_client(name)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            client,
            name: name.to_owned(),
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Adds a message, and creates the queue if necessary.
    pub(crate) async fn send(&self, content: impl AsRef<[u8]>) -> azure_core::Result<()> {
        let content = content.as_ref();
        match self.put(content).await {
            Err(error) if is_missing(&error) => {
                self.client.create(None).await?;
                self.put(content).await
            }
            other => other,
        }
    }

    async fn put(&self, content: &[u8]) -> azure_core::Result<()> {
        let message = QueueMessage {
            message_text: Some(STANDARD.encode(content)),
        };
        self.client
            .send_message(message.try_into()?, None)
            .await
            .map(drop)
    }

    /// Takes up to `count` messages and hides them for `lease`. A queue that does not exist counts
    /// as empty.
    pub(crate) async fn receive(
        &self,
        count: usize,
        lease: Duration,
    ) -> azure_core::Result<Vec<Message>> {
        let options = QueueClientReceiveMessagesOptions {
            number_of_messages: i32::try_from(count.min(LARGEST_BATCH)).ok(),
            // The service refuses 0 here.
            visibility_timeout: Some(seconds(lease).max(1)),
            ..Default::default()
        };
        let received = match self.client.receive_messages(Some(options)).await {
            Err(error) if is_missing(&error) => return Ok(Vec::new()),
            other => other?.into_model()?,
        };
        let messages = received.items.unwrap_or_default();
        Ok(messages.into_iter().map(Message::from).collect())
    }

    /// Deletes a finished message.
    pub(crate) async fn delete(&self, message: &Message) -> azure_core::Result<()> {
        self.client
            .delete_message(&message.id, &message.pop_receipt, None)
            .await
            .map(drop)
    }

    /// Hides a message for this long from now on; zero returns it at once.
    pub(crate) async fn hide(
        &self,
        message: &mut Message,
        time: Duration,
    ) -> azure_core::Result<()> {
        let response: Response<(), _> = self
            .client
            .update_message(&message.id, &message.pop_receipt, seconds(time), None)
            .await?;
        if let Some(receipt) = response.headers().get_optional_string(&POP_RECEIPT) {
            message.pop_receipt = receipt;
        }
        Ok(())
    }
}

impl Message {
    /// The content as bytes.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or(self.text.as_bytes())
    }

    /// What is needed to keep the message hidden while it is processed elsewhere.
    pub(crate) fn lease(&self) -> Self {
        Self {
            id: self.id.clone(),
            pop_receipt: self.pop_receipt.clone(),
            ..Self::default()
        }
    }
}

impl From<ReceivedMessage> for Message {
    fn from(message: ReceivedMessage) -> Self {
        let (text, bytes) = decode(message.message_text.unwrap_or_default());
        Self {
            id: message.message_id.unwrap_or_default(),
            pop_receipt: message.pop_receipt.unwrap_or_default(),
            text,
            bytes,
            dequeue_count: message.dequeue_count.unwrap_or(1),
            inserted: message.insertion_time,
            expires: message.expiration_time,
            next_visible: message.time_next_visible,
        }
    }
}

/// Decodes base64, or returns the text unchanged if it is not base64, because other senders need
/// not encode. For base64 of something that is not text, the bytes are returned, too.
fn decode(text: String) -> (String, Option<Vec<u8>>) {
    match STANDARD.decode(&text).map(String::from_utf8) {
        Ok(Ok(decoded)) => (decoded, None),
        Ok(Err(error)) => (text, Some(error.into_bytes())),
        Err(_) => {
            tracing::warn!(
                "A queue message is not in base64. It is accepted here, but on Azure it goes to \
                 the poison queue, unless extensions.queues.messageEncoding of host.json is none"
            );
            (text, None)
        }
    }
}

/// Whole seconds, which is the precision of the service; fractions are rounded up.
fn seconds(time: Duration) -> i32 {
    let seconds = time.as_secs() + u64::from(time.subsec_nanos() > 0);
    i32::try_from(seconds).unwrap_or(i32::MAX)
}

fn is_missing(error: &azure_core::Error) -> bool {
    error.http_status() == Some(StatusCode::NotFound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_base64_stays_as_it_is() {
        for (text, expected, bytes) in [
            ("aGVsbG8=", "hello", None),
            ("hello", "hello", None),
            ("", "", None),
            ("/wA=", "/wA=", Some(vec![0xff, 0])),
        ] {
            assert_eq!(decode(text.into()), (expected.into(), bytes), "{text}");
        }
    }

    #[test]
    fn times_are_rounded_up_to_whole_seconds() {
        assert_eq!(seconds(Duration::ZERO), 0);
        assert_eq!(seconds(Duration::from_millis(1)), 1);
        assert_eq!(seconds(Duration::from_secs(2)), 2);
    }
}
