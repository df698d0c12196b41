//! Publishes image events about records that have changed.
//!
//! The change feed of the container of records is the outbox. A record is in the feed once it is written, whoever
//! writes it, and stays there until its event has been taken. So no event is lost, and no event is sent about a record
//! that was never written. The feed delivers only the latest state of a record, so a state that is replaced at once may
//! have no event of its own.

use std::sync::Arc;

use anyhow::anyhow;
use axum::{Extension, extract::State};
use azure_functions_custom_handler::{InvalidInvocation, Invocation, Outputs};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{ImageEvent, Record, RefusedEvent};
use serde::de::IgnoredAny;
use serde_json::Value;

use crate::{
    app::App,
    error::Retry,
    metrics,
    original::{Arrived, Event},
    patience::Patience,
    sinks::Refused,
};

/// The function's name.
pub const FUNCTION: &str = "PublishEvents";
/// The trigger's binding in function.json.
pub const TRIGGER: &str = "records";

/// Sends an event about each record that has changed, and keeps what is refused for good.
///
/// # Errors
///
/// Passing trouble, or a request that cannot be read. The function's retry policy sends the list again, and the feed
/// waits. Some of the events may have been sent by then.
pub async fn publish_events(
    State(app): State<Arc<App>>,
    Extension(arrived): Extension<Arrived>,
    invocation: Result<Invocation<IgnoredAny>, InvalidInvocation>,
) -> Result<Outputs, Retry> {
    let mut invocation = invocation?;
    let event = Event::of(&invocation, arrived);
    let patience = event.patience();
    let documents: Vec<Value> = invocation.take(TRIGGER)?.nested_json()?;
    let sink = app.sink.as_ref().ok_or_else(no_sink)?;
    let events: Vec<_> = documents.into_iter().filter_map(event_of).collect();
    let refused = sink.send(&patience, &events).await?;
    let (sent, kept) = (events.len() - refused.len(), refused.len());
    for event in &events {
        let is_taken = refused.iter().all(|refused| refused.event.id != event.id);
        metrics::sent(event, is_taken);
    }
    for refused in refused {
        keep(&app, &patience, &event, refused).await?;
    }
    Ok(Outputs::new().log(format!("{sent} events sent, {kept} kept as dead letters")))
}

fn no_sink() -> Retry {
    let problem = anyhow!(
        "DARKROOM_EVENTS is not set to a place where events are sent: set it, or set \
         AzureWebJobs.{FUNCTION}.Disabled"
    );
    Retry::new("publishing events", problem)
}

/// The event about a document of the container of records, if there is one.
fn event_of(document: Value) -> Option<ImageEvent> {
    let id = document["id"].to_string();
    match serde_json::from_value::<Record>(document) {
        Ok(record) => ImageEvent::of(&record),
        Err(error) => {
            tracing::warn!(id, %error, "a document is not a record, so no event is sent about it");
            None
        }
    }
}

/// Keeps a whole event that the sink will never take.
async fn keep(
    app: &App,
    patience: &Patience,
    event: &Event,
    refused: Refused<'_>,
) -> Result<(), Retry> {
    let Refused {
        event: about,
        reason,
    } = refused;
    tracing::error!(
        id = about.id, name = about.subject, reason = %reason,
        "an event was refused permanently and is kept as a dead letter"
    );
    let body = serde_json::to_vec(about).map_err(|error| Retry::new("writing JSON", error))?;
    let letter = RefusedEvent {
        error: reason,
        function: FUNCTION.to_owned(),
        invocation_id: Some(event.invocation_id.clone()),
        container: None,
        name: Some(about.subject.clone()),
        body: Some(STANDARD.encode(body)),
    };
    app.dead_letters
        .keep_event(patience, &letter, &about.id)
        .await
}
