//! Deliveries of Event Grid to the webhooks of the extensions, in the Event Grid schema.

use axum::{
    body::{Body, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri,
        header::{CONTENT_TYPE, WWW_AUTHENTICATE},
    },
    response::Response,
};
use serde_json::{Value, json};

/// The kind of delivery. Only the Event Grid schema has this header. Without it, as in the schema
/// of CloudEvents, a delivery is refused.
const EVENT_TYPE: &str = "aeg-event-type";
/// The handshake of CloudEvents, which is answered nevertheless.
const REQUEST_ORIGIN: &str = "webhook-request-origin";
const ALLOWED_ORIGIN: HeaderName = HeaderName::from_static("webhook-allowed-origin");

/// A request to a webhook.
pub(super) enum Delivery {
    /// It brought no events, and this is the complete answer.
    Answered(Response),
    Events {
        uri: Uri,
        body: Body,
    },
}

impl Delivery {
    /// Examines a request. A sender without access learns nothing.
    pub(super) async fn open(request: Request, is_admitted: bool) -> Self {
        let (parts, body) = request.into_parts();
        if !is_admitted {
            return Self::Answered(unauthorized());
        }
        if parts.method == Method::OPTIONS {
            return Self::Answered(allow(&parts.headers));
        }
        let kind = parts.headers.get(EVENT_TYPE);
        let kind = kind.and_then(|kind| kind.to_str().ok());
        // Event Grid uses POST; a request with any other method has no type.
        match kind.map(str::to_ascii_lowercase).as_deref() {
            Some("subscriptionvalidation") => Self::Answered(validate(body).await),
            Some("notification") => Self::Events {
                uri: parts.uri,
                body,
            },
            Some("unsubscribe") => Self::Answered(empty(StatusCode::ACCEPTED)),
            _ => Self::Answered(empty(StatusCode::BAD_REQUEST)),
        }
    }
}

/// The events of a body, which is a list or a single event.
pub(super) fn events(body: &[u8]) -> serde_json::Result<Vec<Value>> {
    Ok(match serde_json::from_slice(body)? {
        Value::Array(events) => events,
        event => vec![event],
    })
}

async fn validate(body: Body) -> Response {
    let code = to_bytes(body, usize::MAX).await.ok().and_then(|body| {
        let events = events(&body).ok()?;
        Some(
            events.first()?["data"]["validationCode"]
                .as_str()?
                .to_owned(),
        )
    });
    match code {
        Some(code) => text(
            StatusCode::OK,
            json!({"validationResponse": code}).to_string(),
        ),
        None => empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
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

fn unauthorized() -> Response {
    let mut response = empty(StatusCode::UNAUTHORIZED);
    let scheme = HeaderValue::from_static("Bearer");
    response.headers_mut().insert(WWW_AUTHENTICATE, scheme);
    response
}

pub(super) fn text(status: StatusCode, text: String) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(CONTENT_TYPE, plain);
    response
}

pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = status;
    response
}
