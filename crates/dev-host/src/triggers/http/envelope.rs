//! A request as JSON, which the handler gets if requests are not forwarded.

use std::collections::HashMap;

use axum::{
    body::to_bytes,
    extract::Request,
    http::{HeaderMap, header},
};
use azure_core::http::Url;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use super::{headers, identity, keys::Caller};
use crate::{
    expressions::BindingData,
    json_net::{DEFAULT_DEPTH, Json, looks_like_json, parse},
    triggers::system,
};

/// The query parameter that holds a key. Expressions do not see it.
const KEY: &str = "code";

/// A converted request.
pub(super) struct Envelope {
    /// The trigger's value.
    pub(super) value: Value,
    headers: Vec<(String, Vec<String>)>,
    query: Vec<(String, String)>,
    /// The body as text, however the value contains it.
    body: String,
}

/// Reads a whole request. Fails if its body breaks off.
pub(super) async fn read(
    request: Request,
    parameters: &BindingData,
    caller: Caller,
) -> Result<Envelope, axum::Error> {
    let (parts, body) = request.into_parts();
    let host = parts.headers.get(header::HOST);
    let host = host
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let url = format!("http://{host}{}", parts.uri);
    let query = Url::parse(&url).map(|url| url.query_pairs().into_owned().collect());
    let query: Vec<(String, String)> = query.unwrap_or_default();
    let headers = headers::named(&parts).await;
    let mut value = json!({
        "Url": url,
        "Method": parts.method.as_str(),
        "Query": joined(&query),
        "Headers": headers.iter().cloned().collect::<HashMap<_, _>>(),
        "Params": parameters,
        "Identities": [identity::of(caller)],
    });
    // The host reads a body only if its length is stated; a chunked one is dropped.
    let told = parts.headers.get(header::CONTENT_LENGTH);
    let mut text = String::new();
    if told.is_some_and(|length| length != "0") {
        let bytes = to_bytes(body, usize::MAX).await?;
        text = String::from_utf8_lossy(&bytes).into_owned();
        value["Body"] = if is_binary(&parts.headers) {
            STANDARD.encode(bytes).into()
        } else {
            text.as_str().into()
        };
    } else if parts.headers.contains_key(header::TRANSFER_ENCODING) {
        tracing::warn!(
            "A body that is sent in chunks is dropped, as on Azure: send a Content-Length"
        );
    }
    Ok(Envelope {
        value,
        headers,
        query,
        body: text,
    })
}

impl Envelope {
    /// The values for expressions, and the `Metadata`: the fields of a JSON body, the query
    /// parameters and the route parameters. Later ones override earlier ones.
    pub(super) fn binding_data(&self, parameters: BindingData, function: &str) -> BindingData {
        let mut data = body_fields(&self.body);
        let query = self
            .query
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())));
        data.extend(
            query
                .clone()
                .filter(|(name, _)| !name.eq_ignore_ascii_case(KEY)),
        );
        data.extend(parameters);
        let headers = self.headers.iter();
        let headers = headers.map(|(name, values)| (name.clone(), values.join(",").into()));
        // If a name occurs several times, the last value counts here.
        data.insert("Query".into(), Value::Object(query.collect()));
        data.insert("Headers".into(), Value::Object(headers.collect()));
        data.insert("sys".into(), system(function));
        data
    }
}

/// The parameters of a query. The values of one name are joined.
fn joined(query: &[(String, String)]) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = Map::new();
    for (name, value) in query {
        let value = match parameters.get(name).and_then(Value::as_str) {
            Some(values) => format!("{values},{value}"),
            None => value.clone(),
        };
        parameters.insert(name.clone(), value.into());
    }
    parameters
}

/// The fields of a JSON object. Arrays are left out, and plain values become text.
fn body_fields(body: &str) -> BindingData {
    let parsed = looks_like_json(body).then(|| parse(body, DEFAULT_DEPTH));
    let Some(Ok(Some(Json::Object(fields)))) = parsed else {
        return BindingData::new();
    };
    let fields = fields.iter().filter_map(|(name, value)| {
        let value = match value {
            Json::Array(_) | Json::Null => return None,
            Json::Object(_) => serde_json::from_str(&value.compact()).ok()?,
            plain => plain.to_text().into(),
        };
        Some((name.to_owned(), value))
    });
    fields.collect()
}

fn is_binary(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let content_type = content_type
        .and_then(|text| text.to_str().ok())
        .unwrap_or_default();
    let media_type = content_type.trim().to_ascii_lowercase();
    media_type.starts_with("application/octet-stream") || media_type.starts_with("multipart/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_of_one_parameter_are_joined() {
        let query = [("a", "1"), ("b", ""), ("a", "2")];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(Value::Object(joined(&query)), json!({"a": "1,2", "b": ""}));
    }

    #[test]
    fn a_json_body_has_fields() {
        let body = r#"{"a":1.0,"when":"2026-11-27T10:00:00.000Z","list":[1],"none":null,"o":{"b":1},"t":true}"#;
        assert_eq!(
            Value::Object(body_fields(body)),
            json!({"a": "1", "when": "11/27/2026 10:00:00", "o": {"b": 1}, "t": "True"})
        );
        for body in ["", "hello", "[1]", "{\"a\":"] {
            assert!(body_fields(body).is_empty(), "{body}");
        }
    }
}
