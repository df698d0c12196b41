//! `/runtime/webhooks/blobs`: where Event Grid delivers.

use std::collections::HashSet;

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
        header::{CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::Response,
};
use serde_json::json;

use super::event::{Event, EventError};
use crate::{
    log::root_cause,
    storage_queue::StorageQueue,
    triggers::{Runtime, http::parameter},
};

/// What kind of delivery this is. Only the Event Grid schema has it: without it, as in the schema
/// of CloudEvents, a delivery is refused.
const EVENT_TYPE: &str = "aeg-event-type";
/// The handshake of CloudEvents, which is answered all the same.
const REQUEST_ORIGIN: &str = "webhook-request-origin";
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");

/// Puts announced blobs into the queue.
pub(crate) struct Webhook {
    queue: StorageQueue,
    /// The ids of the functions that blobs can be announced to.
    functions: HashSet<String>,
}

/// Why a delivery was not taken. Event Grid tries again.
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

    /// Answers a delivery. An answer of 202 says that all of it lies in the queue.
    pub(crate) async fn respond(&self, runtime: &Runtime, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        if !runtime.keys.admit_event_grid(&parts.headers, &parts.uri) {
            let mut response = empty(StatusCode::UNAUTHORIZED);
            let scheme = HeaderValue::from_static("Bearer");
            response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
            return response;
        }
        if parts.method == Method::OPTIONS {
            return allow(&parts.headers);
        }
        let kind = parts.headers.get(EVENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok());
        // Event Grid posts; whatever comes in another way has no type.
        match kind.map(str::to_ascii_lowercase).as_deref() {
            Some("subscriptionvalidation") => validate(body).await,
            Some("notification") => self.take(runtime, &parts.uri, body).await,
            Some("unsubscribe") => empty(StatusCode::ACCEPTED),
            _ => empty(StatusCode::BAD_REQUEST),
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
                tracing::error!("A delivery of Event Grid cannot be taken: {error}");
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    async fn enqueue(&self, function: &str, body: Body) -> Result<(), DeliveryError> {
        let events = Event::read_all(&to_bytes(body, usize::MAX).await?)?;
        let messages = events.iter().map(|event| event.message(function));
        let messages = messages.collect::<Result<Vec<_>, _>>()?;
        // Events for a function that is not there are taken and forgotten.
        if self.functions.contains(function) {
            for message in messages {
                self.queue.send(&message.text()).await?;
            }
        }
        Ok(())
    }
}

async fn validate(body: Body) -> Response {
    let code = to_bytes(body, usize::MAX).await.ok().and_then(|body| {
        let events = Event::read_all(&body).ok()?;
        Some(events.first()?.validation_code().ok()?.to_owned())
    });
    let Some(code) = code else {
        return empty(StatusCode::INTERNAL_SERVER_ERROR);
    };
    let mut response = Response::new(json!({"validationResponse": code}).to_string().into());
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, text);
    response
}

fn allow(headers: &HeaderMap) -> Response {
    let mut response = empty(StatusCode::OK);
    if let Some(origin) = headers.get(REQUEST_ORIGIN) {
        response
            .headers_mut()
            .insert(ALLOWED_ORIGIN, origin.clone());
    }
    response
}

fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
