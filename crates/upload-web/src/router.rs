//! The routes, one line for each address.

use std::sync::Arc;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::StatusCode,
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use tower_http::catch_panic::CatchPanicLayer;

use crate::{
    api,
    app::App,
    assets,
    auth::{self, User},
    error::Error,
    health, originals, pages, renditions, security, trace,
};

/// The most bytes of a body that is not an upload.
const SMALL: usize = 64 * 1024;

/// All routes.
pub fn router(app: Arc<App>) -> Router {
    let uploads = Router::new()
        .route(
            "/upload",
            get(pages::upload::form).post(pages::upload::send),
        )
        .route(
            "/api/v1/images",
            post(api::uploads::upload).get(api::images::list),
        )
        .route(
            "/api/v1/uploads/{id}/blocks/{index}",
            put(api::sessions::block),
        )
        // These are streams with limits of their own.
        .layer(DefaultBodyLimit::disable());
    let pages = Router::new()
        .route("/", get(pages::gallery::gallery))
        .route("/uploads", get(pages::upload::sent))
        .route("/images/{id}", get(pages::image::image))
        .route("/images/{id}/delete", post(pages::image::delete))
        .route("/images/delete", post(pages::selection::delete))
        .route("/images/download", post(pages::selection::download))
        .route("/images/reprocess", post(pages::selection::reprocess))
        .route("/runs", get(pages::runs::runs))
        .route("/insights", get(pages::insights::insights))
        .route("/api", get(pages::api::api))
        .route("/originals/{id}", get(originals::original))
        .route("/renditions/{id}/{preset}", get(renditions::rendition));
    let api = Router::new()
        .route("/api/v1/uploads", post(api::sessions::begin))
        .route("/api/v1/uploads/{id}", get(api::sessions::read))
        .route(
            "/api/v1/uploads/{id}/complete",
            post(api::sessions::complete),
        )
        .route("/api/v1/existing-images", post(api::existing::existing))
        .route("/api/v1/images/{id}", get(api::images::read))
        .route("/api/v1/images/{id}", delete(api::images::delete))
        .route("/api/v1/images/{id}/events", get(api::events::one))
        .route("/api/v1/images/{id}/similar", get(api::similar::similar))
        .route("/api/v1/events", get(api::events::many))
        .route("/api/v1/usage", get(api::usage::usage))
        .route("/api/v1/insights", get(api::insights::insights))
        .route("/api/v1/openapi.json", get(api::openapi::openapi));
    let private = pages
        .merge(api)
        .layer(DefaultBodyLimit::max(SMALL))
        .merge(uploads)
        .fallback(missing)
        .layer(from_fn_with_state(Arc::clone(&app), rate_layer))
        .layer(from_fn_with_state(Arc::clone(&app), auth::layer))
        .layer(from_fn_with_state(Arc::clone(&app), security::origin_layer));
    let public = Router::new()
        .route("/assets/{version}/{name}", get(assets::asset))
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready));
    public
        .merge(private)
        .layer(CatchPanicLayer::new())
        .layer(from_fn_with_state(
            Arc::clone(&app),
            security::headers_layer,
        ))
        .layer(from_fn(trace::layer))
        .with_state(app)
}

async fn missing(request: Request) -> Response {
    match request.uri().path() {
        "/favicon.ico" => StatusCode::NOT_FOUND.into_response(),
        path => Error::NotFound.respond(path),
    }
}

/// Counts the request of a known user.
async fn rate_layer(
    State(app): State<Arc<App>>,
    user: User,
    request: Request,
    next: Next,
) -> Response {
    match app.limits.check_request(&user) {
        Ok(()) => next.run(request).await,
        Err(error) => error.respond(request.uri().path()),
    }
}
