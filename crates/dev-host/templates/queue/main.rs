//! Takes the messages of the queue `items`.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{Event, Outputs, QueueMessage, StartError, run};

/// An answer other than 2xx brings the message back; one that fails five times goes to
/// `items-poison`.
async fn handle(message: Event<QueueMessage>) -> Outputs {
    Outputs::new().log(format!("The message is {}", message.payload.text))
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/{{name}}", post(handle))).await
}
