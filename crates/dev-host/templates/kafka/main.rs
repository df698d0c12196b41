//! Takes the messages of the topic `messages`, one at a time.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{Event, KafkaMessage, Outputs, StartError, run};

/// A message whose answer is not 2xx is committed and lost, unless function.json has a retry policy or
/// host.json sets `extensions.kafka.commitOnFailure` to false.
async fn handle(message: Event<KafkaMessage>) -> Outputs {
    let message = message.payload;
    Outputs::new().log(format!(
        "{} bytes at {}/{}",
        message.value.len(),
        message.partition,
        message.offset
    ))
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/{{name}}", post(handle))).await
}
