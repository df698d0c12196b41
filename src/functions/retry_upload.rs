//! Tries uploads again that the host gave up, until the trouble is over.
//!
//! The Functions host tries a blob five times without a pause, then puts a message into the queue
//! `webjobs-blobtrigger-poison`, which nobody else reads and whose messages expire after seven
//! days. The queue trigger's own pause between tries is `extensions.queues.visibilityTimeout` in
//! host.json.

use std::sync::Arc;

use axum::{Extension, extract::State};
use azure_functions_custom_handler::{BlobContent, Invocation, Outputs};
use contract::{Record, RecordId, RefusedEvent, Rejection, Source, Status};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::{
    app::App,
    delivery::DeliveryMode,
    error::Retry,
    functions::process_upload,
    handling::handle,
    original::{Arrived, Event},
    patience::Patience,
    standing::DELAYED,
};

/// The trigger's binding in function.json.
pub const TRIGGER: &str = "parked";
/// The queue, in the account of the uploads.
pub const QUEUE: &str = "webjobs-blobtrigger-poison";

/// What the host says about a blob that it gave up.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parked {
    container_name: String,
    blob_name: String,
}

/// Handles an upload that the host gave up.
///
/// # Errors
///
/// Passing trouble; the message comes again.
pub async fn retry_upload(
    State(app): State<Arc<App>>,
    Extension(arrived): Extension<Arrived>,
    mut invocation: Invocation<Value>,
) -> Result<Outputs, Retry> {
    let event = Event::of(&invocation, arrived);
    let patience = event.patience();
    let message: Result<String, _> = invocation.json(TRIGGER);
    let parked = message.map(|text| (parked(&text), text));
    let name = match parked {
        Ok((Some(parked), _)) if parked.container_name == app.uploads.container() => {
            parked.blob_name
        }
        // It belongs to another function or is not a message of the host. It must not be lost here.
        Ok((_, text)) => return keep(&app, &event, &patience, text).await,
        Err(invalid) => return keep(&app, &event, &patience, invalid.to_string()).await,
    };
    let id = RecordId::from_name(&name);
    let handled = retry(&app, name.clone(), event, &patience).await;
    if handled.is_err() {
        say_that_it_waits(&app, &id, name).await?;
    }
    handled
}

async fn retry(
    app: &Arc<App>,
    name: String,
    event: Event,
    patience: &Patience,
) -> Result<Outputs, Retry> {
    match process_upload::original(app, name, BlobContent::Deferred, event, patience).await? {
        Ok(original) => Ok(handle(app, DeliveryMode::Direct, original).await?.outputs),
        Err(unchanged) => Ok(unchanged.outputs),
    }
}

/// Parses the message's text, which is JSON. The host encodes the text once more before it puts it
/// into the request.
fn parked(text: &str) -> Option<Parked> {
    let decoded: Result<String, _> = serde_json::from_str(text);
    serde_json::from_str(decoded.as_deref().unwrap_or(text)).ok()
}

/// Writes a record that says that the image waits, if there is no record yet.
async fn say_that_it_waits(app: &App, id: &RecordId, name: String) -> Result<(), Retry> {
    // The patience of the event is used up.
    let patience = Patience::until(tokio::time::Instant::now());
    if app.records.find(&patience, id).await?.is_some() {
        return Ok(());
    }
    let record = Record {
        status: Status::Rejected,
        error: Some(Rejection {
            code: DELAYED.to_owned(),
            message:
                "Storage was not available when this image arrived. It is tried again every few \
                 minutes."
                    .to_owned(),
        }),
        source: Source {
            container: Some(app.uploads.container().to_owned()),
            name: name.clone(),
            ..Source::default()
        },
        ..Record::blank(&name, Timestamp::now())
    };
    match app.records.put(&patience, &record, None).await {
        Ok(_) | Err(crate::error::Error::Rejected(_)) => Ok(()),
        Err(crate::error::Error::Retry(retry)) => Err(retry),
    }
}

async fn keep(
    app: &App,
    event: &Event,
    patience: &Patience,
    message: String,
) -> Result<Outputs, Retry> {
    tracing::warn!("a message in {QUEUE} is not about an upload and is kept as a dead letter");
    let event = RefusedEvent {
        error: Rejection {
            code: "not-an-upload".to_owned(),
            message: "The message is not about a blob in the container of uploads.".to_owned(),
        },
        function: "RetryUpload".to_owned(),
        invocation_id: Some(event.invocation_id.clone()),
        container: None,
        name: None,
        body: Some(base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            message,
        )),
    };
    let id = event.invocation_id.clone().unwrap_or_default();
    app.dead_letters.keep_event(patience, &event, &id).await?;
    Ok(Outputs::new().log("kept as a dead letter: not about an upload"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_is_and_encoded_once_more() {
        let text = r#"{"Type": "BlobTrigger", "ContainerName": "uploads", "BlobName": "a b.jpg"}"#;
        let encoded = Value::from(text).to_string();
        for text in [text, &encoded] {
            let parked = parked(text).unwrap();
            assert_eq!(parked.container_name, "uploads");
            assert_eq!(parked.blob_name, "a b.jpg");
        }
        assert!(parked("hello").is_none());
    }
}
