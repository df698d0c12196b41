//! Which files a user has uploaded before, as JSON.

use std::sync::Arc;

use axum::{
    Json,
    extract::{State, rejection::JsonRejection},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    app::App,
    auth::User,
    error::{ApiError, Error, Problem},
    existing::{self, ExistingImage, MOST},
};

/// Files that may have been uploaded before.
#[derive(Debug, Deserialize, ToSchema)]
pub struct FileDigests {
    /// The SHA-256 of each file in hexadecimal digits.
    #[schema(min_items = 1, max_items = 100, pattern = "^[0-9A-Fa-f]{64}$")]
    sha256: Vec<String>,
}

/// Files that have been uploaded before. Files that have not are left out.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExistingFiles {
    /// In the order of the request.
    files: Vec<ExistingFile>,
}

/// A file that has been uploaded before.
#[derive(Debug, Serialize, ToSchema)]
struct ExistingFile {
    /// The SHA-256 of its bytes.
    sha256: String,
    /// The oldest image that was made of it.
    image: ExistingImage,
}

/// Ask which files you have uploaded before, by their SHA-256
///
/// Only your own processed images are looked at. A file that was sent a moment ago may not be found yet. If the answer
/// is 503, send the files: no upload depends on the answer.
#[utoipa::path(post, path = "/api/v1/existing-images", tag = "uploads", request_body = FileDigests, responses(
    (status = 200, body = ExistingFiles),
    (status = 400, body = Problem, content_type = "application/problem+json"),
    (status = 403, body = Problem, content_type = "application/problem+json"),
    (status = 429, body = Problem, content_type = "application/problem+json"),
    (status = 503, body = Problem, content_type = "application/problem+json"),
))]
pub async fn existing(
    State(app): State<Arc<App>>,
    user: User,
    asked: Result<Json<FileDigests>, JsonRejection>,
) -> Result<Json<ExistingFiles>, ApiError> {
    let Json(asked) = asked.map_err(|rejection| Error::Invalid(rejection.body_text()))?;
    if asked.sha256.is_empty() || asked.sha256.len() > MOST {
        let message = format!("Between 1 and {MOST} files can be asked for.");
        return Err(Error::Invalid(message).into());
    }
    let digests = asked.sha256.iter().map(|text| existing::digest(text));
    let mut digests: Vec<_> = digests.collect::<Result<_, _>>()?;
    let mut seen = std::collections::HashSet::new();
    digests.retain(|digest| seen.insert(digest.clone()));
    let borrowed: Vec<_> = digests.iter().map(String::as_str).collect();
    let found = app.existing(&user, &borrowed).await?;
    let files = digests.into_iter().filter_map(|sha256| {
        let image = found.image(&sha256)?;
        Some(ExistingFile { sha256, image })
    });
    Ok(Json(ExistingFiles {
        files: files.collect(),
    }))
}
