//! Takes the changes of the container `documents`, several at a time.

use std::error::Error;

use axum::{
    Router,
    routing::{get, post},
};
use azure_functions_custom_handler::{
    InvalidInvocation, Invocation, Outputs, encoded, listen, serve,
};
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
struct Changes(#[serde(deserialize_with = "encoded")] Vec<Document>);

#[derive(Deserialize)]
struct Document {
    id: String,
}

/// A batch that fails is not sent again, unless function.json has a retry policy.
async fn handle(mut call: Invocation<IgnoredAny>) -> Result<Outputs, InvalidInvocation> {
    let Changes(documents) = call.json("documents")?;
    let ids: Vec<_> = documents.into_iter().map(|document| document.id).collect();
    Ok(Outputs::new().log(format!("Changed: {}", ids.join(", "))))
}
