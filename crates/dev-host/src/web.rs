//! The host's own HTTP endpoint: its status, and the functions that requests trigger.

use std::sync::Arc;

use axum::{
    Router,
    extract::{Request, State},
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse as _, Response},
    routing::{any, get},
};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::{
    http_server,
    triggers::{HttpTrigger, Runtime, Webhook},
};

/// What requests lead to.
pub(crate) struct Web {
    pub(crate) functions: Vec<Arc<HttpTrigger>>,
    /// Where Event Grid delivers, if a function waits for that.
    pub(crate) blob_events: Option<Arc<Webhook>>,
    pub(crate) runtime: Runtime,
    /// The address of the embedded Kafka broker, whose port nobody can know beforehand.
    pub(crate) kafka: Option<String>,
}

/// Serves until it is dropped. The paths are those of the real host, which answers at `/` without
/// a word of its own, too.
pub(crate) async fn serve(listener: TcpListener, web: Web) {
    let router = Router::new()
        .route("/", get(|| async {}))
        .route("/admin/host/status", get(status))
        .route("/runtime/webhooks/blobs", any(deliver))
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

async fn deliver(State(web): State<Arc<Web>>, request: Request) -> Response {
    match &web.blob_events {
        Some(webhook) => webhook.respond(&web.runtime, request).await,
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn call(State(web): State<Arc<Web>>, request: Request) -> Response {
    for function in &web.functions {
        if let Some(parameters) = function.matches(&request) {
            return function.respond(&web.runtime, parameters, request).await;
        }
    }
    // The host knows no 405: a path with another method is another path.
    StatusCode::NOT_FOUND.into_response()
}
