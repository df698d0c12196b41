//! The answer as it is sent to the host.

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

use crate::outputs::{Output, Outputs, Written};

/// How many bytes are encoded at a time. It is a multiple of 3, so that only the last group is
/// padded.
const GROUP: usize = 48 * 1024;
/// The binding for a function's return value.
const RETURN: &str = "$return";

impl IntoResponse for Outputs {
    /// Builds a body with a stated length that is encoded piece by piece while it is sent, so that
    /// outputs are not held a second time as base64.
    fn into_response(self) -> Response {
        let written = Written::by(&self);
        let parts = parts(self);
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
        response.extensions_mut().insert(written);
        response
    }
}

/// The answer's parts in order. Bytes stay unencoded until they are sent.
fn parts(answer: Outputs) -> Vec<Part> {
    let (returned, outputs): (Vec<_>, Vec<_>) = answer
        .outputs
        .into_iter()
        .partition(|(binding, _)| binding == RETURN);
    let mut parts = vec![Part::text(r#"{"Outputs":{"#)];
    for (index, (binding, output)) in outputs.into_iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        parts.push(Part::text(format!("{comma}{}:", json(&binding))));
        parts.extend(value(output));
    }
    parts.push(Part::text(format!(r#"}},"Logs":{}"#, json(&answer.logs))));
    for (_, output) in returned {
        parts.push(Part::text(r#","ReturnValue":"#));
        parts.extend(value(output));
    }
    parts.push(Part::text("}"));
    parts
}

fn value(output: Output) -> Vec<Part> {
    match output {
        Output::Bytes(bytes) => vec![Part::text("\""), Part::Base64(bytes), Part::text("\"")],
        Output::Record(value) | Output::Http(value) | Output::Value(value) => {
            vec![Part::text(json(&value))]
        }
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

/// The JSON text of a value. Strings, string lists and values always have one.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::{Value, json};

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
            .record("record", &json!({"id": "a \"quoted\" name"}))
            .unwrap()
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
    async fn an_output_has_one_value_and_the_return_value_is_none_of_them() {
        let outputs = Outputs::new()
            .text("$return", "first")
            .text("$return", "last")
            .messages("next", ["a", "b"])
            .unwrap();
        assert_eq!(
            sent(outputs).await,
            json!({"Outputs": {"next": ["a", "b"]}, "Logs": [], "ReturnValue": "bGFzdA=="})
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
