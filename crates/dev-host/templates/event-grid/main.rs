//! Takes the events of an Event Grid subscription.

use std::error::Error;

use axum::{
    Router,
    routing::{get, post},
};
use azure_functions_custom_handler::{InvalidInvocation, Invocation, Outputs, listen, serve};
use serde::{Deserialize, de::IgnoredAny};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let router = Router::new()
        .route("/", get(|| async { "ready" }))
        .route("/{{name}}", post(handle));
    let listener = listen(|name| std::env::var(name).ok())?;
    serve(listener.try_into()?, router).await;
    Ok(())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    event_type: String,
    subject: String,
}

async fn handle(mut call: Invocation<IgnoredAny>) -> Result<Outputs, InvalidInvocation> {
    let event: Event = call.json("event")?;
    let line = format!("{} of {}", event.event_type, event.subject);
    Ok(Outputs::new().log(line))
}
