//! Handles one version of a blob.

use std::time::Duration;

use azure_core::http::{Etag, StatusCode};

use super::{BlobMessage, BlobTrigger, POISON_QUEUE, found::Found};
use crate::{expressions::BindingData, log::root_cause, triggers::Runtime};

/// How one attempt ended.
enum Attempt {
    Succeeded,
    Failed,
    /// The blob, or this version of it, no longer exists.
    Superseded,
}

impl BlobTrigger {
    /// Handles one version of a blob to its end.
    pub(super) async fn process(
        &self,
        runtime: &Runtime,
        found: &Found,
        placeholders: &BindingData,
    ) {
        for attempt in 1..=self.attempts {
            match self.attempt(runtime, found, placeholders).await {
                Attempt::Succeeded => return self.settle(found).await,
                Attempt::Superseded => return self.progress.release(found),
                Attempt::Failed if attempt < self.attempts => {
                    tokio::time::sleep(delay_after(attempt, self.pace.retry_delay)).await;
                }
                Attempt::Failed => {}
            }
        }
        let path = self.path(found);
        match self.poison.send(&self.message(found).text()).await {
            Ok(()) => {
                runtime.queues.wake(POISON_QUEUE);
                tracing::error!(
                    "'Functions.{}' has failed {} times for '{path}', which goes to the queue '{}'",
                    self.function.function.name,
                    self.attempts,
                    POISON_QUEUE
                );
                self.settle(found).await;
            }
            Err(error) => {
                tracing::error!(
                    "'{path}' cannot be put into '{}': {}",
                    POISON_QUEUE,
                    root_cause(&error)
                );
                self.progress.release(found);
            }
        }
    }

    /// Remembers that this version of the blob is finished, in storage and in memory.
    async fn settle(&self, found: &Found) {
        if let Err(error) = self.receipts.write(found).await {
            // In memory it counts as finished nevertheless: the function has run, and running it
            // with every scan would help nobody. After a restart it is run again.
            let path = self.path(found);
            tracing::error!(
                "The receipt of '{path}' cannot be written: {}",
                root_cause(&error)
            );
        }
        self.progress.settle(found);
        self.progress.release(found);
    }

    async fn attempt(
        &self,
        runtime: &Runtime,
        found: &Found,
        placeholders: &BindingData,
    ) -> Attempt {
        let path = self.path(found);
        let container = self.container_name();
        let data = self
            .function
            .binding_data(container, found, placeholders.clone());
        // Only the version that was found matters, because a newer one has its own attempt.
        let version = Some(Etag::from(found.quoted_etag()));
        let payload = match self
            .function
            .payload(container, found, version, &data)
            .await
        {
            Ok(payload) => payload,
            Err(error) if is_superseded(&error) => {
                tracing::info!("'{path}' was deleted or replaced before it was processed");
                return Attempt::Superseded;
            }
            Err(error) => {
                tracing::error!("'{path}' cannot be read: {}", root_cause(&error));
                return Attempt::Failed;
            }
        };
        let reason = format!("New blob detected: {path}");
        let invocation = runtime
            .invoker
            .invoke(&self.function.function, &reason, payload, &data);
        match invocation.await {
            Ok(_) => Attempt::Succeeded,
            // The invoker has logged it.
            Err(_) => Attempt::Failed,
        }
    }

    fn message(&self, found: &Found) -> BlobMessage {
        BlobMessage {
            function_id: self.function.id(),
            blob_type: found.blob_type(),
            container_name: self.container_name().to_owned(),
            blob_name: found.name.clone(),
            etag: found.quoted_etag(),
        }
    }
}

/// The pause after a failed attempt, counted from 1: first `first`, then twice as long each time.
/// It stops growing at 2^10 times the first.
fn delay_after(attempt: u32, first: Duration) -> Duration {
    first.saturating_mul(2_u32.pow((attempt - 1).min(10)))
}

/// Whether a read failed because the blob, or this version of it, is gone.
fn is_superseded(error: &azure_core::Error) -> bool {
    matches!(
        error.http_status(),
        Some(StatusCode::NotFound | StatusCode::PreconditionFailed)
    )
}
