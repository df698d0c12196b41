//! Takes the changes of the container `documents`, several at a time.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{CosmosChanges, Event, Outputs, StartError, run};
use serde::Deserialize;

#[derive(Deserialize)]
struct Document {
    id: String,
}

/// A batch that fails is not sent again, unless function.json has a retry policy.
async fn handle(changes: Event<CosmosChanges<Document>>) -> Outputs {
    let documents = changes.payload.0.into_iter();
    let ids: Vec<_> = documents.map(|document| document.id).collect();
    Outputs::new().log(format!("Changed: {}", ids.join(", ")))
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/{{name}}", post(handle))).await
}
