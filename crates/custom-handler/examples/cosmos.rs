//! A message for every document that has changed.
//!
//! function.json: `cosmosDBTrigger` named `documents`; `queue` output named `changed`; a `retry` policy, because
//! otherwise a failed batch is not sent again.

use axum::{Router, routing::post};
use azure_functions_custom_handler::{CosmosChanges, Event, Failure, Outputs, StartError, run};
use serde::Deserialize;

#[derive(Deserialize)]
struct Document {
    id: String,
}

async fn tell(changes: Event<CosmosChanges<Document>>) -> Result<Outputs, Failure> {
    let ids = changes.payload.0.into_iter().map(|document| document.id);
    Ok(Outputs::new().messages("changed", ids)?)
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/Tell", post(tell))).await
}
