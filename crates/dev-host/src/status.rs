//! The host's own HTTP endpoint. It answers only whether the host runs.

use axum::{Router, http::header::CONTENT_TYPE, routing::get};
use tokio::net::TcpListener;

/// Serves until it is dropped. The paths are those of the real host, which answers at `/` without
/// a word of its own, too.
pub(crate) async fn serve(listener: TcpListener) {
    let router = Router::new().route("/", get(|| async {})).route(
        "/admin/host/status",
        get(|| async {
            (
                [(CONTENT_TYPE, "application/json")],
                r#"{"state":"Running"}"#,
            )
        }),
    );
    // It never returns an error: accepting is tried again for ever.
    let _ = axum::serve(listener, router).await;
}
