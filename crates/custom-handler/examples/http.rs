//! An answer over HTTP.
//!
//! function.json: `httpTrigger` named `req`; `http` output named `res`.

use axum::{Router, http::StatusCode, routing::post};
use azure_functions_custom_handler::{
    Event, Failure, HttpRequest, HttpResponse, Outputs, StartError, run,
};
use serde_json::json;

async fn hello(request: Event<HttpRequest>) -> Result<Outputs, Failure> {
    let request = request.payload;
    if request.body_was_dropped() {
        let answer = HttpResponse::text(StatusCode::LENGTH_REQUIRED, "send a Content-Length");
        return Ok(Outputs::new().http("res", answer)?);
    }
    let name = request.query.get("name").map_or("stranger", String::as_str);
    let answer = HttpResponse::json(StatusCode::OK, &json!({"hello": name}))?;
    Ok(Outputs::new().http("res", answer)?)
}

#[tokio::main]
async fn main() -> Result<(), StartError> {
    run(Router::new().route("/Hello", post(hello))).await
}
