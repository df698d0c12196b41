//! A message arrived on the topic of images.

use std::sync::Arc;

use axum::{Extension, extract::State, http::HeaderMap};
use azure_functions_custom_handler::{
    InvalidInvocation, Invocation, InvocationId, KafkaMetadata, Outputs, TraceContext,
};
use contract::{SourceKind, names::header};

use crate::{
    app::App,
    error::Retry,
    handling::handle,
    message::{Message, original},
    original::{Arrived, Event},
    patience::Patience,
};

/// The trigger's binding in function.json.
pub const TRIGGER: &str = "original";

/// Processes the image that the message carries or refers to, and delivers the results.
///
/// # Errors
///
/// Passing trouble; the function's retry policy applies, and the partition of the message waits.
pub async fn process_message(
    State(app): State<Arc<App>>,
    Extension(arrived): Extension<Arrived>,
    headers: HeaderMap,
    invocation: Result<Invocation<KafkaMetadata>, InvalidInvocation>,
) -> Result<Outputs, Retry> {
    let read = invocation.and_then(|invocation| read(invocation, arrived));
    match read {
        Ok((message, event)) => {
            let original = original(&app, message, SourceKind::Kafka, event);
            Ok(handle(&app, app.mode, original).await?.outputs)
        }
        Err(invalid @ InvalidInvocation::Body(_)) => Err(invalid.into()),
        Err(invalid) => {
            keep(
                &app,
                arrived,
                &InvocationId::from_headers(&headers),
                &invalid,
            )
            .await
        }
    }
}

/// Reads the message and the event that brought it.
fn read(
    mut invocation: Invocation<KafkaMetadata>,
    arrived: Arrived,
) -> Result<(Message, Event), InvalidInvocation> {
    let mut event = Event::of(&invocation, arrived);
    let value = invocation.bytes(TRIGGER)?;
    let metadata = invocation.metadata;
    // Continues the producer's trace if it sent one. The host's own trace begins only with the
    // consumer.
    let producers = metadata
        .header(header::TRACEPARENT)
        .and_then(|value| TraceContext::parse(std::str::from_utf8(value).ok()?));
    event.trace = producers.or(event.trace);
    let headers = metadata.headers.into_iter();
    let message = Message {
        key: metadata.key,
        value,
        topic: metadata.topic,
        partition: metadata.partition,
        offset: metadata.offset,
        timestamp: metadata.timestamp,
        headers: headers.map(|header| (header.key, header.value)).collect(),
    };
    Ok((message, event))
}

/// Keeps an event that cannot be read as a dead letter. Otherwise it would come again forever, and
/// its partition would wait.
async fn keep(
    app: &App,
    arrived: Arrived,
    id: &InvocationId,
    invalid: &InvalidInvocation,
) -> Result<Outputs, Retry> {
    tracing::error!(error = %invalid, "the event cannot be read and is kept as a dead letter");
    let patience = Patience::until((arrived.at + arrived.time).into());
    app.dead_letters
        .keep_invalid(&patience, "ProcessMessage", id, invalid)
        .await?;
    Ok(Outputs::new().log(format!("kept as a dead letter: {invalid}")))
}
