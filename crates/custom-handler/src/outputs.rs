//! The answer to an invocation.

use std::{convert::Infallible, iter};

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use futures::stream;
use serde::Serialize;
use serde_json::Value;

/// Bytes that are encoded at a time; a multiple of 3, so that only the last group is padded.
const GROUP: usize = 48 * 1024;

/// What the host shall write to the function's output bindings, and log.
///
/// The answer is never empty: the host would wait for its function time-out. An output that is
/// not named is not written. The host writes outputs in parallel after the answer, without a
/// transaction: one may fail with others written, and then the whole event comes again.
#[derive(Clone, Debug, Default)]
#[must_use = "an answer does nothing until it is returned"]
pub struct Outputs {
    outputs: Vec<(String, Output)>,
    logs: Vec<String>,
}

#[derive(Clone, Debug)]
enum Output {
    Bytes(Bytes),
    Json(Value),
}

impl Outputs {
    /// An answer that writes and logs nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes bytes to a blob or queue output. The host decodes base64 only for a binding
    /// *without* `dataType` in function.json; with `"dataType": "binary"` it would write the
    /// base64 text itself.
    pub fn bytes(mut self, binding: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        self.outputs
            .push((binding.into(), Output::Bytes(bytes.into())));
        self
    }

    /// Writes a JSON value: to `cosmosDB` an object is upserted, an array item by item.
    pub fn json(mut self, binding: impl Into<String>, value: Value) -> Self {
        self.outputs.push((binding.into(), Output::Json(value)));
        self
    }

    /// Adds a line to the host's log. Lines of a failed invocation are thrown away by the host.
    pub fn log(mut self, line: impl Into<String>) -> Self {
        self.logs.push(line.into());
        self
    }

    /// The answer's parts in order. Bytes stay as they are until they are sent.
    fn parts(self) -> Vec<Part> {
        let mut parts = vec![Part::text(r#"{"Outputs":{"#)];
        for (index, (binding, output)) in self.outputs.into_iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            parts.push(Part::text(format!("{comma}{}:", json(&binding))));
            match output {
                Output::Json(value) => parts.push(Part::text(json(&value))),
                Output::Bytes(bytes) => {
                    parts.extend([Part::text("\""), Part::Base64(bytes), Part::text("\"")]);
                }
            }
        }
        parts.push(Part::text(format!(r#"}},"Logs":{}}}"#, json(&self.logs))));
        parts
    }
}

impl IntoResponse for Outputs {
    /// A body with a stated length, encoded piece by piece while it is sent, so that renditions
    /// are not held a second time as base64.
    fn into_response(self) -> Response {
        let parts = self.parts();
        let length: usize = parts.iter().map(Part::length).sum();
        let chunks = parts
            .into_iter()
            .flat_map(Part::chunks)
            .map(Ok::<_, Infallible>);
        let mut response = Response::new(Body::from_stream(stream::iter(chunks)));
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        response
    }
}

enum Part {
    Text(Bytes),
    Base64(Bytes),
}

impl Part {
    fn text(text: impl Into<Bytes>) -> Self {
        Self::Text(text.into())
    }

    fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Base64(bytes) => bytes.len().div_ceil(3) * 4,
        }
    }

    fn chunks(self) -> Box<dyn Iterator<Item = Bytes> + Send> {
        match self {
            Self::Text(text) => Box::new(iter::once(text)),
            Self::Base64(mut bytes) => Box::new(iter::from_fn(move || {
                let group = bytes.split_to(bytes.len().min(GROUP));
                (!group.is_empty()).then(|| Bytes::from(STANDARD.encode(group)))
            })),
        }
    }
}

/// Strings, string lists and values always have a JSON text.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::json;

    use super::*;

    async fn sent(outputs: Outputs) -> Value {
        let response = outputs.into_response();
        assert_eq!(response.headers()[header::CONTENT_TYPE], "application/json");
        let stated = response.headers()[header::CONTENT_LENGTH].clone();
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        assert_eq!(stated, body.len().to_string());
        serde_json::from_slice(&body).unwrap()
    }

    #[tokio::test]
    async fn is_never_empty() {
        assert_eq!(
            sent(Outputs::new()).await,
            json!({"Outputs": {}, "Logs": []})
        );
    }

    #[tokio::test]
    async fn sends_bytes_as_base64_and_documents_as_they_are() {
        let outputs = Outputs::new()
            .json("record", json!({"id": "a \"quoted\" name"}))
            .bytes("thumb", vec![0xff, 0xd8, 0xff])
            .bytes("empty", Bytes::new())
            .log("one\nline");
        assert_eq!(
            sent(outputs).await,
            json!({
                "Outputs": {"record": {"id": "a \"quoted\" name"}, "thumb": "/9j/", "empty": ""},
                "Logs": ["one\nline"],
            })
        );
    }

    #[tokio::test]
    async fn groups_join_without_padding_between_them() {
        let bytes: Vec<u8> = (0..=3 * GROUP)
            .map(|index| u8::try_from(index % 251).unwrap())
            .collect();
        let answer = sent(Outputs::new().bytes("large", bytes.clone())).await;
        let text = answer["Outputs"]["large"].as_str().unwrap();
        assert_eq!(STANDARD.decode(text).unwrap(), bytes);
    }
}
