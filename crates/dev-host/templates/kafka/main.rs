//! Takes the messages of the topic `messages`, one at a time.

use std::error::Error;

use axum::{
    Router,
    routing::{get, post},
};
use azure_functions_custom_handler::{
    InvalidInvocation, Invocation, KafkaMetadata, Outputs, listen, serve,
};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let router = Router::new()
        .route("/", get(|| async { "ready" }))
        .route("/{{name}}", post(handle));
    let listener = listen(|name| std::env::var(name).ok())?;
    serve(listener.try_into()?, router).await;
    Ok(())
}

/// A message whose answer is not 2xx is committed and lost, unless function.json has a retry policy or
/// host.json sets `extensions.kafka.commitOnFailure` to false.
async fn handle(mut message: Invocation<KafkaMetadata>) -> Result<Outputs, InvalidInvocation> {
    let value = message.bytes("message")?;
    let KafkaMetadata {
        partition, offset, ..
    } = message.metadata;
    let line = format!("{} bytes at {partition}/{offset}", value.len());
    Ok(Outputs::new().log(line))
}
