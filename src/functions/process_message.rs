//! A message arrived on the topic of images.

use std::{sync::Arc, time::Instant};

use axum::extract::State;
use contract::{SourceKind, names::header};
use custom_handler::{Invocation, KafkaMetadata, Outputs, TraceContext};

use crate::{
    app::App,
    error::Retry,
    message::{Message, handle},
    process::Event,
};

/// The trigger's binding in function.json.
pub const TRIGGER: &str = "original";

/// Processes the image that the message carries or refers to, and hands the results on.
///
/// # Errors
///
/// Passing trouble; the function's retry policy applies, and the message's partition waits.
pub async fn process_message(
    State(app): State<Arc<App>>,
    mut invocation: Invocation<KafkaMetadata>,
) -> Result<Outputs, Retry> {
    let mut event = Event::of(&invocation, Instant::now());
    let value = invocation.bytes(TRIGGER)?;
    let metadata = invocation.metadata;
    // The producer's trace goes on, if it sent one; the host's own begins with the consumer.
    if let Some(trace) = metadata
        .header(header::TRACEPARENT)
        .and_then(|value| TraceContext::parse(std::str::from_utf8(value).ok()?))
    {
        event.trace = Some(trace);
    }
    let message = Message {
        key: metadata.key,
        value,
        topic: metadata.topic,
        partition: metadata.partition,
        offset: metadata.offset,
        timestamp: metadata.timestamp,
        headers: metadata
            .headers
            .into_iter()
            .map(|header| (header.key, header.value))
            .collect(),
    };
    let handled = handle(&app, message, SourceKind::Kafka, event).await?;
    app.delivery
        .deliver(handled.processed, handled.dead_letter)
        .await
}
