//! The table of contents: one line per function.

use std::sync::Arc;

use axum::{
    Extension, Router, middleware,
    routing::{get, post},
};
use custom_handler::MaxValueBytes;
use tower::limit::ConcurrencyLimitLayer;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    app::App,
    functions::{
        process_message::process_message,
        process_sink::{process_sink, process_sink_raw},
        process_upload::process_upload,
    },
    settings::Settings,
};

/// The functions there are routes for; each has a folder of the same name with its function.json.
pub const FUNCTIONS: [&str; 3] = ["ProcessMessage", "ProcessSink", "ProcessUpload"];

/// The routes that the Functions host calls.
pub fn router(app: Arc<App>, settings: &Settings) -> Router {
    let max_value = app.presets.limits().max_bytes.div_ceil(3).saturating_mul(4);
    Router::new()
        .route("/ProcessUpload", post(process_upload))
        .route("/ProcessMessage", post(process_message))
        .route("/ProcessSink", post(process_sink))
        .route("/api/ProcessSink", post(process_sink_raw))
        // Whoever waits here has not read his body yet. Two for each worker: one is worked on
        // while the next arrives.
        .layer(ConcurrencyLimitLayer::new(
            settings.workers.get().saturating_mul(2),
        ))
        .layer(Extension(MaxValueBytes(
            usize::try_from(max_value).unwrap_or(usize::MAX),
        )))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(custom_handler::trace))
        .route("/", get(ready))
        .route("/health", get(ready))
        .with_state(app)
}

/// The host takes any answer for readiness.
async fn ready() -> &'static str {
    "ready"
}
