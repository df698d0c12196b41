//! The http output: what a handler's answer is to the caller.

use axum::{
    body::Body,
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::Response,
};
use serde_json::{Map, Value, value::RawValue};

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// The response of an output; no output is an empty response.
///
/// An object with a `body` says status and headers, too. Every other value is the body itself, and
/// the status is 200 whatever else the object says.
pub(super) fn of(output: Option<&RawValue>) -> Response {
    let Some(output) = output else {
        return Response::new(Body::empty());
    };
    // It is part of a body that has been read as JSON already.
    let value = serde_json::from_str(output.get()).unwrap_or_default();
    let Value::Object(fields) = &value else {
        return content(&value);
    };
    let Some(body) = field(fields, "body") else {
        return content(&value);
    };
    let mut response = content(body);
    if let Some(status) = field(fields, "statusCode").and_then(status) {
        *response.status_mut() = status;
    }
    if let Some(Value::Object(headers)) = field(fields, "headers") {
        for (name, value) in headers {
            let (Ok(name), Ok(value)) = (
                HeaderName::try_from(name),
                HeaderValue::try_from(text(value)),
            ) else {
                tracing::warn!("The header {name} cannot be sent");
                continue;
            };
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn content(body: &Value) -> Response {
    let (content_type, body) = match body {
        Value::Null => return Response::new(Body::empty()),
        Value::String(text) => (TEXT, text.clone()),
        other => (JSON, other.to_string()),
    };
    let mut response = Response::new(Body::from(body));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

/// A number, or a number in quotes.
fn status(value: &Value) -> Option<StatusCode> {
    text(value).parse().ok()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn field<'a>(fields: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let found = fields
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}
