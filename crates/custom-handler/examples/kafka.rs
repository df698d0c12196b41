//! A document for every message of a topic, with the message's place as its id.
//!
//! function.json: `kafkaTrigger` named `message` with `"dataType": "binary"`; `cosmosDB` output named
//! `record`.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{Event, Failure, KafkaMessage, Outputs, StartError, run};
use serde_json::json;

async fn keep(message: Event<KafkaMessage>) -> Result<Outputs, Failure> {
    let message = message.payload;
    let record = json!({
        "id": format!("{}-{}-{}", message.topic, message.partition, message.offset),
        "key": message.key,
        "bytes": message.value.len(),
    });
    Ok(Outputs::new().record("record", &record)?)
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    tracing_subscriber::fmt().without_time().init();
    run(Router::new().route("/Keep", post(keep))).await
}
