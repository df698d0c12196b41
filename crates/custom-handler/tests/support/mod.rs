//! Requests as Microsoft's host sent them.

use std::{fs, path::Path};

use axum::{
    body::Body,
    extract::{FromRequest, Request},
};
use azure_functions_custom_handler::{Event, InvalidInvocation, Trigger};
use serde_json::Value;

/// A recorded case.
pub(crate) fn read(path: &Path) -> Value {
    let text = fs::read(path).unwrap();
    serde_json::from_slice(&text).unwrap()
}

/// The recorded request, or nothing if it is not an invocation.
pub(crate) fn invocation(recorded: &Value) -> Option<Request> {
    let body = recorded["body"].as_str()?;
    let is_invocation = body.starts_with(r#"{"Data":"#);
    let mut request = Request::post(recorded["url"].as_str()?);
    for header in recorded["headers"].as_array()? {
        request = request.header(header[0].as_str()?, header[1].as_str()?);
    }
    is_invocation.then(|| request.body(Body::from(body.to_owned())).unwrap())
}

/// The event that a recorded request is about.
pub(crate) async fn event<T: Trigger>(recorded: &Value) -> Result<Event<T>, InvalidInvocation> {
    Event::from_request(invocation(recorded).unwrap(), &()).await
}
