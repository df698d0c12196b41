//! Answers requests to `/api/{{name}}`.

use axum::{Router, http::StatusCode, routing::post};
use azure_functions_custom_handler::{
    Event, Failure, HttpRequest, HttpResponse, Outputs, StartError, run,
};
use serde_json::json;

async fn handle(request: Event<HttpRequest>) -> Result<Outputs, Failure> {
    let request = request.payload;
    let answer = json!({"method": request.method, "body": request.body});
    let response = HttpResponse::json(StatusCode::OK, &answer)?;
    Ok(Outputs::new().http("res", response)?)
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/{{name}}", post(handle))).await
}
