//! Confluent's Azure Functions Sink Connector posted a batch of messages.
//!
//! The body is `[{"key", "value", "topic", "partition", "offset", "timestamp"}]`, values as base64.
//! It comes as an envelope at `/ProcessSink`, or raw at `/api/ProcessSink` where host.json lets the
//! host forward requests. Nothing is done before the whole batch is understood; then each message
//! stands for itself. A batch that is sent again changes nothing.

use std::{sync::Arc, time::Instant};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use contract::{SourceKind, Status};
use custom_handler::{
    HttpRequestData, HttpResponseData, Invocation, InvocationId, Outputs, TraceContext,
};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};

use crate::{
    app::App,
    error::Retry,
    message::{Message, handle},
    process::Event,
};

/// The trigger's binding in function.json.
pub const TRIGGER: &str = "req";
/// The output's binding in function.json.
pub const OUTPUT: &str = "res";

/// The longest batch that is read, in bytes; the connector sends at most 100 MB.
const MAX_BATCH_BYTES: usize = 128 * 1024 * 1024;

/// One record as the connector writes it.
#[derive(Debug, Deserialize)]
struct RawRecord<'a> {
    #[serde(default)]
    key: Option<Value>,
    /// Kept as it stands in the body: it may be long.
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    topic: String,
    partition: i32,
    offset: i64,
    #[serde(default)]
    timestamp: Option<Value>,
}

/// One record, understood.
#[derive(Debug)]
struct SinkRecord {
    key: Option<String>,
    /// Still base64, and still where it stands in the body.
    value: Bytes,
    topic: String,
    partition: i32,
    offset: i64,
    timestamp: Option<String>,
}

/// A batch that is no batch: the connector gets 400 and, by its settings, stops or reports it.
#[derive(Debug, thiserror::Error)]
enum BadBatch {
    #[error(
        "the body is missing; send it with a Content-Length, because the host drops chunked bodies"
    )]
    Missing,
    #[error("the body is longer than {MAX_BATCH_BYTES} bytes")]
    TooLong,
    #[error("the body is not an array of the connector's records: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("record {index}: the value is not base64 in a string")]
    Value { index: usize },
}

/// The batch in an envelope.
///
/// # Errors
///
/// None that the host sees: the connector's answer is in the output.
pub async fn process_sink(
    State(app): State<Arc<App>>,
    mut invocation: Invocation<Value>,
) -> Result<Outputs, Retry> {
    let event = Event::of(&invocation, Instant::now());
    let request: HttpRequestData = invocation.json(TRIGGER)?;
    let body = request.body.map(Bytes::from).unwrap_or_default();
    let (status, answer) = answer(&app, body, event).await;
    let response = HttpResponseData::json(status.as_u16(), answer.to_string());
    Ok(Outputs::new().json(OUTPUT, json!(response)))
}

/// The batch as the connector sent it.
pub async fn process_sink_raw(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let event = Event {
        arrived: Instant::now(),
        read: None,
        invocation_id: InvocationId::from_headers(&headers).to_string(),
        trace: TraceContext::from_headers(&headers),
        attempt: None,
    };
    let (status, answer) = match read(body).await {
        Ok(body) => answer(&app, body, event).await,
        Err(bad) => refuse(&bad),
    };
    (status, axum::Json(answer)).into_response()
}

/// Collects the body once, up to the bound.
async fn read(body: Body) -> Result<Bytes, BadBatch> {
    let mut chunks = body.into_data_stream();
    let mut collected = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        // A body that breaks off is no batch; the connector sends it again.
        let chunk = chunk.map_err(|_| BadBatch::Missing)?;
        if collected.len() + chunk.len() > MAX_BATCH_BYTES {
            return Err(BadBatch::TooLong);
        }
        collected.extend_from_slice(&chunk);
    }
    Ok(collected.freeze())
}

/// What the connector is told about its batch.
async fn answer(app: &Arc<App>, body: Bytes, event: Event) -> (StatusCode, Value) {
    let records = match understand(&body) {
        Ok(records) => records,
        Err(bad) => return refuse(&bad),
    };
    let outcomes = stream::iter(records.into_iter().map(|record| {
        let event = event.clone();
        async move { deliver(app, record, event).await }
    }));
    // As many at once as there are workers, and the answers in the order of the batch.
    match outcomes.buffered(app.workers).try_collect::<Vec<_>>().await {
        Ok(outcomes) => (StatusCode::OK, Value::Array(outcomes)),
        Err(retry) => {
            tracing::error!(error = %retry, "the batch failed and will be sent again");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                json!({"error": "try again"}),
            )
        }
    }
}

fn refuse(bad: &BadBatch) -> (StatusCode, Value) {
    tracing::warn!(error = %bad, "the batch is refused");
    let status = match bad {
        BadBatch::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    (status, json!({"error": bad.to_string()}))
}

/// Every record of the batch, or what is wrong with the whole.
fn understand(body: &Bytes) -> Result<Vec<SinkRecord>, BadBatch> {
    if body.trim_ascii().is_empty() {
        return Err(BadBatch::Missing);
    }
    let records: Vec<RawRecord<'_>> = serde_json::from_slice(body)?;
    records
        .into_iter()
        .enumerate()
        .map(|(index, record)| {
            Ok(SinkRecord {
                value: base64_text(body, record.value).ok_or(BadBatch::Value { index })?,
                key: record.key.as_ref().and_then(text),
                topic: record.topic,
                partition: record.partition,
                offset: record.offset,
                timestamp: record.timestamp.as_ref().and_then(time),
            })
        })
        .collect()
}

/// The base64 in a JSON string, as a part of the body where it has no escapes; empty for null.
fn base64_text(body: &Bytes, value: Option<&RawValue>) -> Option<Bytes> {
    let json = match value.map(RawValue::get) {
        None | Some("null") => return Some(Bytes::new()),
        Some(json) => json,
    };
    let inner = json.strip_prefix('"')?.strip_suffix('"')?;
    let text = if inner.contains('\\') {
        Bytes::from(serde_json::from_str::<String>(json).ok()?)
    } else {
        body.slice_ref(inner.as_bytes())
    };
    let alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    (text.len().is_multiple_of(4) && text.iter().all(alphabet)).then_some(text)
}

/// Handles one record, writes what came of it, and says so to the connector.
async fn deliver(app: &Arc<App>, record: SinkRecord, event: Event) -> Result<Value, Retry> {
    let SinkRecord {
        key,
        value,
        topic,
        partition,
        offset,
        timestamp,
    } = record;
    let value = STANDARD
        .decode(value)
        .map_err(|error| Retry::new("decoding a record", error))?;
    let message = Message {
        key,
        value: value.into(),
        topic: topic.clone(),
        partition,
        offset,
        timestamp,
        headers: Vec::new(),
    };
    let handled = handle(app, message, SourceKind::Sink, event).await?;
    let record = &handled.processed.record;
    let result = match (&record.status, &record.error) {
        (Status::Rejected, Some(error)) => format!("rejected: {error}"),
        _ => "processed".to_owned(),
    };
    app.direct
        .deliver(handled.processed, handled.dead_letter)
        .await?;
    Ok(json!({
        "payload": {"result": result, "topic": topic, "partition": partition, "offset": offset}
    }))
}

/// A key as text: strings as they are, other scalars as JSON writes them.
fn text(key: &Value) -> Option<String> {
    match key {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The connector writes times as milliseconds since 1970.
fn time(timestamp: &Value) -> Option<String> {
    match timestamp {
        Value::Number(number) => {
            let time = jiff::Timestamp::from_millisecond(number.as_i64()?).ok()?;
            Some(time.to_string())
        }
        Value::String(text) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_a_batch_of_any_length() {
        assert!(understand(&Bytes::from("[]")).unwrap().is_empty());
        let body = Bytes::from(
            r#"[
            {"key": "a", "value": "AQID", "topic": "images", "partition": 0, "offset": 1, "timestamp": 1},
            {"key": null, "value": null, "topic": "images", "partition": 0, "offset": 2},
            {"key": 7, "value": "\/9j\/", "topic": "images", "partition": 1, "offset": 3}
        ]"#,
        );
        let records = understand(&body).unwrap();
        let values: Vec<_> = records.iter().map(|record| &record.value[..]).collect();
        assert_eq!(values, [&b"AQID"[..], b"", b"/9j/"]);
        let keys: Vec<_> = records.iter().map(|record| record.key.as_deref()).collect();
        assert_eq!(keys, [Some("a"), None, Some("7")]);
    }

    #[test]
    fn says_what_is_wrong_with_a_batch() {
        let complaint =
            |body: &'static str| understand(&Bytes::from(body)).unwrap_err().to_string();
        assert!(complaint(" ").contains("missing"));
        assert!(complaint("{}").contains("not an array"));
        assert!(complaint(r#"[{"value": ""}]"#).contains("missing field `topic`"));
        let record = r#"[{"topic": "t", "partition": 0, "offset": 0, "value": {"a": 1}}]"#;
        assert!(complaint(record).contains("record 0"));
        let record = r#"[{"topic": "t", "partition": 0, "offset": 0, "value": "a-b"}]"#;
        assert!(complaint(record).contains("record 0"));
    }

    #[test]
    fn times_are_milliseconds_since_1970() {
        assert_eq!(time(&json!(1_000)).as_deref(), Some("1970-01-01T00:00:01Z"));
        assert_eq!(time(&Value::Null), None);
    }
}
