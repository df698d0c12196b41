//! A request as JSON: what the handler gets when requests are not forwarded.

use axum::{
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, header},
};
use azure_core::http::Url;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::{expressions::BindingData, triggers::system};

/// Reads a request whole. Fails when its body breaks off.
pub(super) async fn read(request: Request, parameters: &BindingData) -> Result<Value, axum::Error> {
    let (parts, body) = request.into_parts();
    let host = parts.headers.get(header::HOST);
    let host = host
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let url = format!("http://{host}{}", parts.uri);
    let query: Map<String, Value> = Url::parse(&url)
        .map(|url| {
            let pairs = url.query_pairs();
            pairs
                .map(|(name, value)| (name.into_owned(), value.into()))
                .collect()
        })
        .unwrap_or_default();
    let mut envelope = json!({
        "Url": url,
        "Method": parts.method.as_str(),
        "Query": query,
        "Headers": headers(&parts.headers),
        "Params": parameters,
        "Identities": [],
    });
    // The host looks for a body only where its length is told beforehand: one that is sent in
    // chunks is dropped.
    let told = parts.headers.get(header::CONTENT_LENGTH);
    if told.is_some_and(|length| length != "0") {
        let bytes = to_bytes(body, usize::MAX).await?;
        envelope["Body"] = if is_binary(&parts.headers) {
            STANDARD.encode(bytes).into()
        } else {
            String::from_utf8_lossy(&bytes).into()
        };
    }
    Ok(envelope)
}

/// What expressions can name, and what becomes the `Metadata`.
pub(super) fn binding_data(
    envelope: &Value,
    parameters: BindingData,
    function: &str,
) -> BindingData {
    let mut data = parameters;
    data.insert("Query".into(), envelope["Query"].clone());
    data.insert("Headers".into(), envelope["Headers"].clone());
    data.insert("sys".into(), system(function));
    data
}

fn is_binary(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type
        .and_then(|text| text.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.trim().to_ascii_lowercase();
    media_type.starts_with("application/octet-stream") || media_type.starts_with("multipart/")
}

/// Each name with all its values. The names begin with capitals, as .NET writes those that it knows.
fn headers(headers: &HeaderMap) -> Value {
    let entries = headers.keys().map(|name| {
        let values = headers.get_all(name).iter();
        let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
        (
            capitalised(name.as_str()),
            values.map(Value::from).collect(),
        )
    });
    Value::Object(entries.collect())
}

fn capitalised(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_a_header_begins_with_a_capital() {
        assert_eq!(capitalised("content-type"), "Content-Type");
        assert_eq!(capitalised("x--a"), "X--A");
    }
}
