//! Serves originals to users who may see them.
//!
//! Only originals in the container of uploads are served. An original that came in a message no longer exists, or
//! belongs to the producer.

use std::{num::NonZero, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse as _, Response},
};
use azure_core::http::{Etag, StatusCode};
use azure_storage_blob::models::BlobClientDownloadOptions;
use contract::{Record, RecordId, SourceKind};

use crate::{
    app::App,
    auth::User,
    error::{Dependency, Error, PageError},
    images::ImageId,
};

/// Bytes of one request to storage, and so the size of a buffer.
const PART: NonZero<usize> = match NonZero::new(1 << 20) {
    Some(part) => part,
    None => NonZero::<usize>::MIN,
};

/// The types that every browser displays and that cannot contain scripts.
const DRAWN: [&str; 5] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "image/avif",
];

/// The address of an image's original, if it is available.
#[must_use]
pub fn original_url(record: &Record) -> Option<String> {
    let id: &RecordId = &record.id;
    (record.source.kind == SourceKind::Blob).then(|| format!("/originals/{id}"))
}

/// Whether a browser displays the original.
#[must_use]
pub fn is_drawn(record: &Record) -> bool {
    drawn_type(record).is_some()
}

fn drawn_type(record: &Record) -> Option<&'static str> {
    let found = record.file.content_type.as_deref()?;
    DRAWN.into_iter().find(|drawn| *drawn == found)
}

/// Answers with an original's bytes, if they are still the ones that the record describes.
pub async fn original(
    State(app): State<Arc<App>>,
    user: User,
    ImageId(id): ImageId,
) -> Result<Response, PageError> {
    let record = app.record(&user, &id).await?;
    if record.source.kind != SourceKind::Blob {
        return Err(Error::NotFound.into());
    }
    let options = BlobClientDownloadOptions {
        if_match: record.source.etag.clone().map(Etag::from),
        // The parts are read one after the other. All belong to one version, because the SDK requests the later parts
        // by its entity tag.
        parallel: Some(NonZero::<usize>::MIN),
        partition_size: Some(PART),
        ..Default::default()
    };
    let blob = app.uploads.blob_client(&record.source.name);
    let found = blob.download(Some(options)).await.map_err(missing)?;
    let content_type = drawn_type(&record).unwrap_or("application/octet-stream");
    let mut response = Body::from_stream(found.body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONTENT_LENGTH, record.file.bytes.into());
    Ok(response)
}

/// An original that is gone or has changed gives a 404.
fn missing(error: azure_core::Error) -> Error {
    match error.http_status() {
        Some(StatusCode::NotFound | StatusCode::PreconditionFailed) => Error::NotFound,
        _ => Error::unavailable(Dependency::Storage, "reading an original")(Box::new(error)),
    }
}
