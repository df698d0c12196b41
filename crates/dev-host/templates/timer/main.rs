//! Runs every five minutes.

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
#[serde(rename_all = "PascalCase")]
struct Tick {
    is_past_due: bool,
}

async fn handle(mut call: Invocation<IgnoredAny>) -> Result<Outputs, InvalidInvocation> {
    let tick: Tick = call.json("tick")?;
    let late = if tick.is_past_due { ", late" } else { "" };
    Ok(Outputs::new().log(format!("It is time{late}")))
}
