//! The routes, one line for each function.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Router, middleware,
    routing::{get, post},
};
use azure_functions_custom_handler::MaxValueBytes;
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    admission::{Turnstile, note_arrival, take_turn},
    app::App,
    functions::{
        check_images::check_images,
        process_message::process_message,
        process_sink::{process_sink, process_sink_raw},
        process_upload::process_upload,
        publish_events::publish_events,
        remove_image::remove_image,
        reprocess::reprocess,
        retry_upload::retry_upload,
    },
    settings::Settings,
};

/// The functions that have routes. Each has a folder of the same name with its function.json.
pub const FUNCTIONS: [&str; 8] = [
    "CheckImages",
    "ProcessMessage",
    "ProcessSink",
    "ProcessUpload",
    "PublishEvents",
    "RemoveImage",
    "Reprocess",
    "RetryUpload",
];

/// The longest value of a message that is kept, in bytes of base64. It is more than brokers accept. A message over the
/// limit of originals is rejected, but its dead letter holds it whole.
const MAX_MESSAGE_VALUE: usize = 48 * 1024 * 1024;
/// The longest envelope of a batch, in bytes. The connector sends at most 100 MB.
const MAX_BATCH_VALUE: usize = 192 * 1024 * 1024;

/// The longest list of changed records, in bytes of JSON within a string within a string. The database answers with at
/// most 4 MB.
const MAX_FEED_VALUE: usize = 48 * 1024 * 1024;

/// The routes that the Functions host calls.
///
/// `time` is how long the host lets an invocation take.
pub fn router(app: Arc<App>, settings: &Settings, time: Duration) -> Router {
    let max_value = app.presets.limits().max_bytes.div_ceil(3).saturating_mul(4);
    let max_value = usize::try_from(max_value).unwrap_or(usize::MAX);
    let at_most = |bytes: usize| Extension(MaxValueBytes(bytes));
    let turns = |turnstile| middleware::from_fn_with_state(turnstile, take_turn);
    Router::new()
        .route(
            "/ProcessUpload",
            post(process_upload).layer(at_most(max_value)),
        )
        .route(
            "/ProcessMessage",
            post(process_message).layer(at_most(max_value.max(MAX_MESSAGE_VALUE))),
        )
        .route(
            "/ProcessSink",
            post(process_sink).layer(at_most(MAX_BATCH_VALUE)),
        )
        .route("/api/ProcessSink", post(process_sink_raw))
        .route("/RemoveImage", post(remove_image))
        .route("/RetryUpload", post(retry_upload))
        .layer(turns(Turnstile::new(settings, time)))
        .merge(
            Router::new()
                .route("/CheckImages", post(check_images))
                .route("/Reprocess", post(reprocess))
                .layer(turns(Turnstile::behind_others(settings, time))),
        )
        .merge(events(time))
        .layer(CatchPanicLayer::new())
        .layer(middleware::from_fn(azure_functions_custom_handler::trace))
        .route("/", get(ready))
        .route("/health", get(ready))
        .with_state(app)
}

/// Sending events takes no turn away from originals, because the receiver may be unreachable for hours.
fn events(time: Duration) -> Router<Arc<App>> {
    Router::new()
        .route("/PublishEvents", post(publish_events))
        .layer(Extension(MaxValueBytes(MAX_FEED_VALUE)))
        .layer(middleware::from_fn_with_state(time, note_arrival))
}

/// The host takes any answer as a sign that the handler is ready.
async fn ready() -> &'static str {
    "ready"
}
