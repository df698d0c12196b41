//! Confluent's Azure Functions Sink Connector posted a batch of messages.
//!
//! The body is `[{"key", "value", "topic", "partition", "offset", "timestamp"}]`, with values as
//! base64. It comes as an envelope at `/ProcessSink`, or raw at `/api/ProcessSink` if host.json
//! lets the host forward requests. The whole batch is parsed before any message is handled; then
//! each message is handled independently. A batch that is sent again changes nothing.

use std::{borrow::Cow, collections::BTreeMap, sync::Arc};

use axum::{
    Extension,
    body::Body,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use azure_functions_custom_handler::{
    HttpRequest, HttpResponse, InvalidInvocation, Invocation, InvocationId, Outputs, TraceContext,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::{Bytes, BytesMut};
use contract::SourceKind;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::Deserialize;
use serde_json::{Value, json, value::RawValue};
use telemetry::chain;

use crate::{
    app::App,
    delivery::DeliveryMode,
    error::Retry,
    handling::handle,
    message::{Message, original},
    original::{Arrived, Event},
};

/// The trigger's binding in function.json.
pub const TRIGGER: &str = "req";
/// The output's binding in function.json.
pub const OUTPUT: &str = "res";

/// The longest batch that is read, in bytes. The connector sends at most 100 MB.
const MAX_BATCH_BYTES: usize = 128 * 1024 * 1024;

/// One record as the connector writes it.
#[derive(Debug, Deserialize)]
struct RawRecord<'a> {
    #[serde(default)]
    key: Option<Value>,
    /// Kept as raw JSON, because it may be long.
    #[serde(borrow, default)]
    value: Option<&'a RawValue>,
    topic: String,
    partition: i32,
    offset: i64,
    #[serde(default)]
    timestamp: Option<Value>,
}

/// One parsed record.
#[derive(Debug)]
struct SinkRecord {
    key: Option<String>,
    value: Bytes,
    topic: String,
    partition: i32,
    offset: i64,
    timestamp: Option<String>,
}

/// A body that is not a batch. The connector gets 400 and, depending on its settings, stops or
/// reports it.
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

/// Handles a batch in an envelope.
///
/// # Errors
///
/// None that the host sees: the answer to the connector is in the output.
pub async fn process_sink(
    State(app): State<Arc<App>>,
    Extension(arrived): Extension<Arrived>,
    mut invocation: Invocation<Value>,
) -> Result<Outputs, Retry> {
    let event = Event::of(&invocation, arrived);
    let (status, answer) = match invocation.json::<HttpRequest>(TRIGGER) {
        Ok(request) => {
            let body = request.body.map(Bytes::from).unwrap_or_default();
            answer(&app, body, event).await
        }
        Err(InvalidInvocation::TooLarge { .. }) => refuse(&BadBatch::TooLong),
        Err(invalid) => return Err(invalid.into()),
    };
    let answering = |error: Box<dyn std::error::Error + Send + Sync>| {
        Retry::new("answering the connector", error)
    };
    let response = HttpResponse::json(status, &answer).map_err(|error| answering(error.into()))?;
    let outputs = Outputs::new().http(OUTPUT, response);
    outputs.map_err(|error| answering(error.into()))
}

/// Handles the batch as the connector sent it.
pub async fn process_sink_raw(
    State(app): State<Arc<App>>,
    Extension(arrived): Extension<Arrived>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let event = Event {
        arrived: arrived.at,
        deadline: (arrived.at + arrived.time).into(),
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

/// Collects the body once, up to the limit.
async fn read(body: Body) -> Result<Bytes, BadBatch> {
    let mut chunks = body.into_data_stream();
    let mut collected = BytesMut::new();
    while let Some(chunk) = chunks.next().await {
        // A body that breaks off is not a batch. The connector sends it again.
        let chunk = chunk.map_err(|_| BadBatch::Missing)?;
        if collected.len() + chunk.len() > MAX_BATCH_BYTES {
            return Err(BadBatch::TooLong);
        }
        collected.extend_from_slice(&chunk);
    }
    Ok(collected.freeze())
}

/// Handles the batch and builds the answer to the connector.
async fn answer(app: &Arc<App>, body: Bytes, event: Event) -> (StatusCode, Value) {
    let records = match understand(&body) {
        Ok(records) => records,
        Err(bad) => return refuse(&bad),
    };
    let workers = app.workers;
    let images = by_image(records).into_values().map(|records| {
        let event = event.clone();
        async move { deliver_in_order(app, records, event).await }
    });
    // Handles as many images at once as there are workers.
    let outcomes = stream::iter(images)
        .buffer_unordered(workers)
        .try_collect::<Vec<_>>()
        .await;
    match outcomes {
        Ok(outcomes) => {
            // The answers must be in the order of the batch.
            let mut outcomes: Vec<(usize, Value)> = outcomes.into_iter().flatten().collect();
            outcomes.sort_unstable_by_key(|(index, _)| *index);
            let answers = outcomes.into_iter().map(|(_, answer)| answer);
            (StatusCode::OK, answers.collect())
        }
        Err(retry) => {
            tracing::error!(error = %chain(&retry), "the batch failed and will be sent again");
            // Confluent's connector waits and tries again after this status, and stops after a 500.
            (StatusCode::TOO_MANY_REQUESTS, json!({"error": "try again"}))
        }
    }
}

/// The records of a batch with their positions, grouped by the key that names their image.
fn by_image(records: Vec<SinkRecord>) -> BTreeMap<Option<String>, Vec<(usize, SinkRecord)>> {
    let mut images = BTreeMap::<_, Vec<_>>::new();
    for (index, record) in records.into_iter().enumerate() {
        images
            .entry(record.key.clone())
            .or_default()
            .push((index, record));
    }
    images
}

/// Handles the records of one image one after the other, because the last of them is the newest.
async fn deliver_in_order(
    app: &Arc<App>,
    records: Vec<(usize, SinkRecord)>,
    event: Event,
) -> Result<Vec<(usize, Value)>, Retry> {
    let mut answers = Vec::with_capacity(records.len());
    for (index, record) in records {
        answers.push((index, deliver(app, record, event.clone()).await?));
    }
    Ok(answers)
}

fn refuse(bad: &BadBatch) -> (StatusCode, Value) {
    tracing::warn!(error = %bad, "the batch is refused");
    let status = match bad {
        BadBatch::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::BAD_REQUEST,
    };
    (status, json!({"error": bad.to_string()}))
}

/// Parses every record of the batch, or says what is wrong with the batch.
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
                value: bytes(record.value).ok_or(BadBatch::Value { index })?,
                key: record.key.as_ref().and_then(text),
                topic: record.topic,
                partition: record.partition,
                offset: record.offset,
                timestamp: record.timestamp.as_ref().and_then(time),
            })
        })
        .collect()
}

/// Decodes the bytes that a JSON string holds as base64; nothing for null.
fn bytes(value: Option<&RawValue>) -> Option<Bytes> {
    let json = match value.map(RawValue::get) {
        None | Some("null") => return Some(Bytes::new()),
        Some(json) => json,
    };
    let text: Cow<'_, str> = serde_json::from_str(json).ok()?;
    STANDARD.decode(text.as_bytes()).ok().map(Bytes::from)
}

/// Handles one record, delivers the results, and builds the answer to the connector.
async fn deliver(app: &Arc<App>, record: SinkRecord, event: Event) -> Result<Value, Retry> {
    let SinkRecord {
        key,
        value,
        topic,
        partition,
        offset,
        timestamp,
    } = record;
    let message = Message {
        key,
        value,
        topic: topic.clone(),
        partition,
        offset,
        timestamp,
        headers: Vec::new(),
    };
    let original = original(app, message, SourceKind::Sink, event);
    let result = handle(app, DeliveryMode::Direct, original)
        .await?
        .end
        .to_string();
    Ok(json!({
        "payload": {"result": result, "topic": topic, "partition": partition, "offset": offset}
    }))
}

/// A key as text: strings unchanged, other scalars as JSON writes them.
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
        assert_eq!(values, [&[1, 2, 3][..], &[], &[0xff, 0xd8, 0xff]]);
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
        for value in ["a-b", "A===", "=AAA", "AQI"] {
            let record =
                format!(r#"[{{"topic": "t", "partition": 0, "offset": 0, "value": "{value}"}}]"#);
            let error = understand(&Bytes::from(record)).unwrap_err().to_string();
            assert!(error.contains("record 0"), "{value}: {error}");
        }
    }

    #[test]
    fn times_are_milliseconds_since_1970() {
        assert_eq!(time(&json!(1_000)).as_deref(), Some("1970-01-01T00:00:01Z"));
        assert_eq!(time(&Value::Null), None);
    }
}
