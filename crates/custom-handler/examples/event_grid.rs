//! A message for every new blob that Event Grid announces.
//!
//! function.json: `eventGridTrigger` named `event`; `queue` output named `created`.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{Event, EventGridEvent, Outputs, StartError, run};
use serde::Deserialize;

#[derive(Deserialize)]
struct Created {
    url: String,
}

async fn note(event: Event<EventGridEvent<Created>>) -> Outputs {
    match event.payload.event_type.as_str() {
        "Microsoft.Storage.BlobCreated" => Outputs::new().text("created", event.payload.data.url),
        other => Outputs::new().log(format!("ignored: {other}")),
    }
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/Note", post(note))).await
}
