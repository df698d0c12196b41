//! A greeting for every name that is put into a queue.
//!
//! function.json: `queueTrigger` named `name`; `queue` output named `greeting`.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{Event, Outputs, QueueMessage, StartError, run};

async fn greet(name: Event<QueueMessage>) -> Outputs {
    Outputs::new().text("greeting", format!("Hello, {}!", name.payload.text))
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/Greet", post(greet))).await
}
