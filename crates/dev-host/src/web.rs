//! The host's own HTTP endpoint: its status, and the functions that requests trigger.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Path, Request, State},
    http::{Method, StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    http_server,
    triggers::{EventGridWebhook, Functions, HttpTrigger, Runtime, Webhook},
};

/// The targets of requests.
pub(crate) struct Web {
    pub(crate) functions: Vec<Arc<HttpTrigger>>,
    /// The webhook for Event Grid, if a function waits for it.
    pub(crate) blob_events: Option<Arc<Webhook>>,
    pub(crate) event_grid: EventGridWebhook,
    pub(crate) by_hand: Functions,
    pub(crate) runtime: Runtime,
    /// The address of the embedded Kafka broker, whose port cannot be known beforehand.
    pub(crate) kafka: Option<String>,
}

/// Serves until it is dropped. The paths are those of the real host, which also gives an empty
/// answer at `/`.
pub(crate) async fn serve(listener: TcpListener, web: Web) {
    let router = Router::new()
        .route("/admin/host/status", get(status))
        .route("/admin/functions/{name}", any(start))
        .route("/runtime/webhooks/{extension}", any(deliver))
        .fallback(call)
        .with_state(Arc::new(web));
    http_server::serve(listener, router).await;
}

async fn status(State(web): State<Arc<Web>>) -> Response {
    let mut status = json!({"state": "Running"});
    if let Some(brokers) = &web.kafka {
        status["kafkaBrokers"] = Value::from(brokers.as_str());
    }
    ([(CONTENT_TYPE, "application/json")], status.to_string()).into_response()
}

/// The case of the extensions' names is ignored.
async fn deliver(
    State(web): State<Arc<Web>>,
    Path(extension): Path<String>,
    request: Request,
) -> Response {
    match (extension.to_ascii_lowercase().as_str(), &web.blob_events) {
        ("blobs", Some(webhook)) => webhook.respond(&web.runtime, request).await,
        ("eventgrid", _) => web.event_grid.respond(&web.runtime, request).await,
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn start(
    State(web): State<Arc<Web>>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    web.by_hand.respond(&web.runtime, &name, request).await
}

async fn call(State(web): State<Arc<Web>>, request: Request) -> Response {
    for function in &web.functions {
        if let Some(parameters) = function.matches(&request) {
            return function.respond(&web.runtime, parameters, request).await;
        }
    }
    if request.uri().path() == "/" && matches!(*request.method(), Method::GET | Method::HEAD) {
        return StatusCode::OK.into_response();
    }
    // The host has no 405: a path with another method counts as another path.
    StatusCode::NOT_FOUND.into_response()
}
