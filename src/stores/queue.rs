//! A storage queue.

use std::time::Duration;

use azure_core::http::RequestContent;
use azure_storage_queue::{
    QueueClient,
    models::{
        QueueClientGetPropertiesResultHeaders as _, QueueClientSendMessageOptions, QueueMessage,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use connections::StorageConnection;
use serde::Serialize;

use crate::{error::Retry, patience::Patience};

/// A storage queue. It is created when it is missing. If the account's connection names no queue endpoint, there is no
/// queue, and nothing can be put into it.
pub struct Queue(Option<QueueClient>);

/// The error text for an account without a queue endpoint.
const NONE: &str = "the connection has no queue endpoint";

impl Queue {
    /// The queue of this name in an account.
    pub fn new(account: &StorageConnection, name: &str) -> anyhow::Result<Self> {
        Ok(Self(match account.queues() {
            Ok(queues) => Some(queues.queue_client(name)?),
            Err(_) => None,
        }))
    }

    /// Puts a message into the queue, to become visible after some time. It never expires.
    pub async fn send(
        &self,
        patience: &Patience,
        message: &impl Serialize,
        after: Duration,
    ) -> Result<(), Retry> {
        const DOING: &str = "putting a message into a queue";
        let queue = self.0.as_ref().ok_or_else(|| Retry::new(DOING, NONE))?;
        let json = serde_json::to_vec(message).map_err(|error| Retry::new(DOING, error))?;
        // The host expects messages in base64.
        let text = STANDARD.encode(json);
        let seconds = i32::try_from(after.as_secs()).unwrap_or(i32::MAX);
        patience
            .wait_out(DOING, || async {
                let mut sent = try_to_send(queue, &text, seconds).await;
                if sent.as_ref().is_err_and(is_queue_missing) {
                    // Another process may create it at the same moment; only the next request decides.
                    let _ = Box::pin(queue.create(None)).await;
                    sent = try_to_send(queue, &text, seconds).await;
                }
                sent
            })
            .await
            .map_err(|failure| failure.into_retry(DOING))
    }

    /// The approximate number of messages, including those that are not visible yet.
    pub async fn length(&self, patience: &Patience) -> Result<u64, Retry> {
        const DOING: &str = "looking at a queue";
        let Some(queue) = &self.0 else {
            return Ok(0);
        };
        let length = patience
            .wait_out(DOING, || async {
                match Box::pin(queue.get_properties(None)).await {
                    Ok(found) => Ok(found.approximate_messages_count()?.unwrap_or_default()),
                    Err(error) if is_queue_missing(&error) => Ok(0),
                    Err(error) => Err(error),
                }
            })
            .await
            .map_err(|failure| failure.into_retry(DOING))?;
        Ok(u64::try_from(length).unwrap_or_default())
    }
}

async fn try_to_send(queue: &QueueClient, text: &str, seconds: i32) -> azure_core::Result<()> {
    let message = QueueMessage {
        message_text: Some(text.to_owned()),
    };
    let content: RequestContent<_, _> = message.try_into()?;
    let options = QueueClientSendMessageOptions {
        message_time_to_live: Some(-1),
        visibility_timeout: (seconds > 0).then_some(seconds),
        ..Default::default()
    };
    Box::pin(queue.send_message(content, Some(options)))
        .await
        .map(drop)
}

fn is_queue_missing(error: &azure_core::Error) -> bool {
    error.http_status() == Some(azure_core::http::StatusCode::NotFound)
}
