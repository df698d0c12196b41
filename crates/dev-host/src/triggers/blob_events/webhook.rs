//! `/runtime/webhooks/blobs`: where Event Grid delivers.

use std::collections::HashSet;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{StatusCode, Uri},
    response::Response,
};

use super::event::{Event, EventError};
use crate::{
    log::root_cause,
    storage_queue::StorageQueue,
    triggers::{
        Runtime,
        delivery::{Delivery, empty},
        http::{Extension, parameter},
    },
};

/// Puts announced blobs into the queue.
pub(crate) struct Webhook {
    queue: StorageQueue,
    /// The ids of the functions that blobs can be announced to.
    functions: HashSet<String>,
}

/// Why a delivery was not accepted. Event Grid tries again.
#[derive(Debug, thiserror::Error)]
enum DeliveryError {
    #[error("its body cannot be read: {0}")]
    Body(#[from] axum::Error),
    #[error(transparent)]
    Event(#[from] EventError),
    #[error("{}", root_cause(.0))]
    Storage(#[from] azure_core::Error),
}

impl Webhook {
    pub(super) fn new(queue: StorageQueue, functions: HashSet<String>) -> Self {
        Self { queue, functions }
    }

    /// Answers a delivery. A 202 means that all of it is in the queue.
    pub(crate) async fn respond(&self, runtime: &Runtime, request: Request) -> Response {
        let is_admitted =
            runtime
                .keys
                .admit_extension(Extension::Blobs, request.headers(), request.uri());
        match Delivery::open(request, is_admitted).await {
            Delivery::Answered(response) => response,
            Delivery::Events { uri, body } => self.take(runtime, &uri, body).await,
        }
    }

    async fn take(&self, runtime: &Runtime, uri: &Uri, body: Body) -> Response {
        let function = parameter(uri, "functionName").unwrap_or_default();
        match self.enqueue(&function, body).await {
            Ok(()) => {
                runtime.queues.wake(self.queue.name());
                empty(StatusCode::ACCEPTED)
            }
            Err(error) => {
                tracing::error!("A delivery of Event Grid cannot be accepted: {error}");
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    async fn enqueue(&self, function: &str, body: Body) -> Result<(), DeliveryError> {
        let events = Event::read_all(&to_bytes(body, usize::MAX).await?)?;
        let messages = events.iter().map(|event| event.message(function));
        let messages = messages.collect::<Result<Vec<_>, _>>()?;
        // Events for an unknown function are accepted and dropped.
        if self.functions.contains(function) {
            for message in messages {
                self.queue.send(&message.text()).await?;
            }
        }
        Ok(())
    }
}
