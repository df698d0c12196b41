//! Answers requests to `/api/{{name}}`.

use std::error::Error;

use axum::{
    Router,
    routing::{get, post},
};
use azure_functions_custom_handler::{
    HttpRequestData, HttpResponseData, InvalidInvocation, Invocation, Outputs, listen, serve,
};
use serde::de::IgnoredAny;
use serde_json::json;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let router = Router::new()
        .route("/", get(|| async { "ready" }))
        .route("/{{name}}", post(respond));
    let listener = listen(|name| std::env::var(name).ok())?;
    serve(listener.try_into()?, router).await;
    Ok(())
}

async fn respond(mut call: Invocation<IgnoredAny>) -> Result<Outputs, InvalidInvocation> {
    let request: HttpRequestData = call.json("req")?;
    let answer = json!({"method": request.method, "body": request.body});
    let response = HttpResponseData::json(200, answer.to_string());
    Ok(Outputs::new().json("res", json!(response)))
}
