//! The poison queue, where a blob goes that has failed too often.

use azure_core::http::{RequestContent, StatusCode};
use azure_storage_queue::{QueueClient, models::QueueMessage};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use connections::StorageConnection;
use serde_json::json;

use super::found::Found;

/// The queue's name, in the account of the blobs.
pub(super) const QUEUE: &str = "webjobs-blobtrigger-poison";

pub(super) struct PoisonQueue {
    queue: QueueClient,
    /// `Host.Functions.{Name}`.
    function_id: String,
    container: String,
}

impl PoisonQueue {
    pub(super) fn new(
        account: &StorageConnection,
        function: &str,
        container: &str,
    ) -> Result<Self, String> {
        let queue = account
            .queues()
            .map_err(|error| error.to_string())?
            .queue_client(QUEUE)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            queue,
            function_id: format!("Host.Functions.{function}"),
            container: container.to_owned(),
        })
    }

    /// Puts a blob into the queue, and creates the queue if need be.
    pub(super) async fn send(&self, found: &Found) -> azure_core::Result<()> {
        match self.put(found).await {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => {
                self.queue.create(None).await?;
                self.put(found).await
            }
            other => other,
        }
    }

    async fn put(&self, found: &Found) -> azure_core::Result<()> {
        let message = QueueMessage {
            message_text: Some(self.text(found)),
        };
        let content: RequestContent<QueueMessage, _> = message.try_into()?;
        self.queue.send_message(content, None).await.map(drop)
    }

    /// The message, in base64 as the Storage extensions write every message.
    fn text(&self, found: &Found) -> String {
        let message = json!({
            "Type": "BlobTrigger",
            "FunctionId": self.function_id,
            "BlobType": found.blob_type(),
            "ContainerName": self.container,
            "BlobName": found.name,
            "ETag": found.quoted_etag(),
        });
        STANDARD.encode(message.to_string())
    }
}
