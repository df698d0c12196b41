//! How much a user has and may have, as JSON.

use std::{sync::Arc, time::Duration};

use axum::{Json, extract::State};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::User,
    error::{ApiError, Problem},
};

/// How long somebody who asks may wait.
const PATIENCE: Duration = Duration::from_secs(15);

/// What you have, with what is being received.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct UsageState {
    /// How many images you have.
    images: u64,
    /// Bytes of their originals.
    original_bytes: u64,
    /// Bytes of their renditions.
    rendition_bytes: u64,
    /// Whether you have more than is counted, because at most so many records are read.
    incomplete: bool,
    /// The same as a sentence part for people, with the quota.
    summary: String,
    /// How much you may have.
    quota: Quota,
}

/// How much an uploader may have. What is absent is not limited.
#[derive(Debug, Serialize, ToSchema)]
struct Quota {
    /// The most images.
    #[serde(skip_serializing_if = "Option::is_none")]
    images: Option<u64>,
    /// The most bytes of originals and renditions together.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

/// Read how much you have and may have
///
/// The records are read again after ten seconds at the earliest. What other instances receive may be missing until then.
#[utoipa::path(get, path = "/api/v1/usage", tag = "uploads", responses(
    (status = 200, body = UsageState),
    (status = 429, body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub async fn usage(State(app): State<Arc<App>>, user: User) -> Result<Json<UsageState>, ApiError> {
    let usage = app.usage(&user, PATIENCE).await?;
    let limits = app.quotas.limits();
    Ok(Json(UsageState {
        images: usage.images,
        original_bytes: usage.original_bytes,
        rendition_bytes: usage.rendition_bytes,
        incomplete: usage.incomplete,
        summary: limits.in_words(&usage),
        quota: Quota {
            images: limits.images,
            bytes: limits.bytes,
        },
    }))
}
