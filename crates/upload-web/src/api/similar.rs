//! Images that look the same, as JSON.

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::User,
    error::{ApiError, Problem},
    images::{CurrentImage, ImageId, ImageState},
    records::{filter::Filter, similar::Similar},
};

/// Images that look the same as another one.
#[derive(Debug, Serialize, ToSchema)]
pub struct SimilarImages {
    /// The most similar first.
    #[schema(max_items = 24)]
    images: Vec<SimilarImage>,
}

/// An image that looks the same.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct SimilarImage {
    #[serde(flatten)]
    image: ImageState,
    /// The number of bits, of 128, in which the hashes of the two images differ in the best case.
    #[schema(maximum = 16)]
    distance: u32,
    /// Whether it has exactly the same bytes.
    same_file: bool,
}

impl From<Similar> for SimilarImage {
    fn from(similar: Similar) -> Self {
        Self {
            image: ImageState::from(&CurrentImage::Recorded(Box::new(similar.record))),
            distance: similar.distance,
            same_file: similar.same_file,
        }
    }
}

/// Find images that look the same, also if they were resized, compressed again or cropped by up to a twentieth
///
/// The answer has at most 24 images, and only such that you may see. It has none if the picture has too few details to
/// be distinguished from others, or if it was processed before such hashes were recorded.
#[utoipa::path(get, path = "/api/v1/images/{id}/similar", tag = "images",
    params(("id" = String, Path, description = "The image's id")),
    responses(
        (status = 200, body = SimilarImages),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub async fn similar(
    State(app): State<Arc<App>>,
    user: User,
    ImageId(id): ImageId,
) -> Result<Json<SimilarImages>, ApiError> {
    let record = app.record(&user, &id).await?;
    let filter = Filter::visible_to(&user);
    let similar = app.records.similar(&filter, &record).await?;
    Ok(Json(SimilarImages {
        images: similar.into_iter().map(SimilarImage::from).collect(),
    }))
}
