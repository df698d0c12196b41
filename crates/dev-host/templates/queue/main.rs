//! Takes the messages of the queue `items`.

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
struct Item(#[serde(deserialize_with = "encoded")] String);

/// An answer other than 2xx brings the message back; one that fails five times goes to
/// `items-poison`.
async fn handle(mut call: Invocation<IgnoredAny>) -> Result<Outputs, InvalidInvocation> {
    let Item(text) = call.json("item")?;
    Ok(Outputs::new().log(format!("The message is {text}")))
}
