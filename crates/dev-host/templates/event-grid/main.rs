//! Takes the events of an Event Grid subscription.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{Event, EventGridEvent, Outputs, StartError, run};

async fn handle(event: Event<EventGridEvent>) -> Outputs {
    let event = event.payload;
    Outputs::new().log(format!("{} of {}", event.event_type, event.subject))
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/{{name}}", post(handle))).await
}
