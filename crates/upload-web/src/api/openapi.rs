//! The description of the API, generated from the code.

use axum::{Json, response::IntoResponse};
use utoipa::OpenApi;

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Darkroom",
        description = "Upload images, follow them until they are processed, and read their records."
    ),
    paths(
        super::uploads::upload,
        super::sessions::begin,
        super::sessions::read,
        super::sessions::block,
        super::sessions::complete,
        super::existing::existing,
        super::usage::usage,
        super::images::list,
        super::images::read,
        super::images::delete,
        super::similar::similar,
        super::events::one,
        super::events::many,
        super::insights::insights,
    )
)]
pub struct ApiDoc;

/// Answers with the description.
pub async fn openapi() -> impl IntoResponse {
    Json(ApiDoc::openapi())
}
