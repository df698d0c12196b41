//! Compares a rendition's bytes with what the record says of them, before any byte is sent.
//!
//! Between reading the record and reading the blob, the blob may be replaced, possibly by a version
//! whose record is not written yet. A client keeps bytes under the record's SHA-256 for a year, so
//! they must be exactly those bytes.

use std::{num::NonZero, ops::Range, sync::Arc};

use axum::body::Body;
use azure_core::http::{AsyncResponseBody, Etag, StatusCode};
use azure_storage_blob::{BlobContainerClient, models::BlobClientDownloadOptions};
use bytes::{Bytes, BytesMut};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Dependency, Error};

/// The largest rendition in bytes that is kept in memory between its verification and its sending.
/// Larger ones are read from storage twice.
const MOST_IN_MEMORY: u64 = 2 << 20;
/// The most bytes of all renditions in memory at a time. Renditions beyond that, for example
/// because readers are slow, are read twice, too.
const BUDGET: u64 = 64 << 20;
/// Bytes of one request to storage, and so the size of a buffer.
const PART: NonZero<usize> = match NonZero::new(1 << 20) {
    Some(part) => part,
    None => NonZero::<usize>::MIN,
};
/// How many bytes are passed to the connection at a time.
const PIECE: usize = 64 * 1024;

/// The container of renditions.
pub struct Renditions {
    container: BlobContainerClient,
    /// One permit for each KiB of memory.
    memory: Arc<Semaphore>,
}

/// What a record says about a rendition's bytes.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The blob.
    pub path: &'a str,
    /// Their number.
    pub bytes: u64,
    /// Their SHA-256, 64 lowercase hexadecimal digits.
    pub sha256: &'a str,
}

/// The result of looking for a rendition.
pub enum Found {
    /// The bytes that the record describes.
    Verified(Picture),
    /// Other bytes.
    Other,
    /// No blob.
    Missing,
}

/// Verified bytes.
pub enum Picture {
    /// They are in memory.
    InMemory(Bytes, OwnedSemaphorePermit),
    /// They are in storage, as long as the blob has this entity tag.
    InStorage(Etag),
}

impl Renditions {
    /// Reads from `container`.
    #[must_use]
    pub fn new(container: BlobContainerClient) -> Self {
        let permits = usize::try_from(BUDGET / 1024).unwrap_or(Semaphore::MAX_PERMITS);
        Self {
            container,
            memory: Arc::new(Semaphore::new(permits)),
        }
    }

    /// The container.
    #[must_use]
    pub fn container(&self) -> &BlobContainerClient {
        &self.container
    }

    /// Reads a rendition and compares it with the expectation.
    pub async fn verify(&self, expected: Expected<'_>) -> Result<Found, Error> {
        let Some((etag, mut parts)) = self.open(expected.path, None, None).await? else {
            return Ok(Found::Missing);
        };
        let permit = self.memory_for(expected.bytes);
        let mut kept = BytesMut::new();
        let (mut length, mut digest) = (0, Sha256::new());
        while let Some(part) = parts.try_next().await.map_err(failed)? {
            length += part.len() as u64;
            if length > expected.bytes {
                return Ok(Found::Other);
            }
            digest.update(&part);
            if permit.is_some() {
                kept.extend_from_slice(&part);
            }
        }
        if length != expected.bytes || format!("{:x}", digest.finalize()) != expected.sha256 {
            return Ok(Found::Other);
        }
        Ok(Found::Verified(match (permit, etag) {
            (Some(permit), _) => Picture::InMemory(kept.freeze(), permit),
            (None, Some(etag)) => Picture::InStorage(etag),
            // Storage names every version. Without its name the same version cannot be read again.
            (None, None) => return Ok(Found::Other),
        }))
    }

    /// A body with these bytes of a verified rendition; `None` if it was replaced meanwhile.
    pub async fn body(
        &self,
        picture: Picture,
        path: &str,
        range: Range<u64>,
    ) -> Result<Option<Body>, Error> {
        match picture {
            Picture::InMemory(bytes, permit) => Ok(Some(pieces(&bytes, permit, &range))),
            Picture::InStorage(etag) => {
                let opened = self.open(path, Some(etag), Some(range)).await?;
                Ok(opened.map(|(_, parts)| Body::from_stream(parts)))
            }
        }
    }

    /// Memory for a rendition, if it is small enough and enough memory is free.
    fn memory_for(&self, bytes: u64) -> Option<OwnedSemaphorePermit> {
        let small = bytes <= MOST_IN_MEMORY;
        let permits = u32::try_from(bytes.div_ceil(1024)).ok()?;
        let permit = small.then(|| Arc::clone(&self.memory).try_acquire_many_owned(permits));
        permit?.ok()
    }

    /// The blob's entity tag and bytes; `None` if it does not exist, or has another tag.
    async fn open(
        &self,
        path: &str,
        if_match: Option<Etag>,
        range: Option<Range<u64>>,
    ) -> Result<Option<(Option<Etag>, AsyncResponseBody)>, Error> {
        let options = BlobClientDownloadOptions {
            if_match,
            range: range.map(Into::into),
            // The parts are read one after the other. All belong to one version, because the SDK
            // requests the later parts by its entity tag.
            parallel: Some(NonZero::<usize>::MIN),
            partition_size: Some(PART),
            ..Default::default()
        };
        let blob = self.container.blob_client(path);
        match blob.download(Some(options)).await {
            Ok(result) => Ok(Some((result.properties.etag, result.body))),
            Err(error) if is_gone(&error) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }
}

/// Passes bytes on as the connection accepts them. Their memory counts until the last byte is sent.
fn pieces(bytes: &Bytes, permit: OwnedSemaphorePermit, range: &Range<u64>) -> Body {
    let at = |at: u64| usize::try_from(at).map_or(bytes.len(), |at| at.min(bytes.len()));
    let bytes = bytes.slice(at(range.start)..at(range.end));
    let starts = (0..bytes.len()).step_by(PIECE);
    let pieces = stream::iter(starts).map(move |start| {
        let _held = &permit;
        Ok::<_, std::convert::Infallible>(bytes.slice(start..bytes.len().min(start + PIECE)))
    });
    Body::from_stream(pieces)
}

fn is_gone(error: &azure_core::Error) -> bool {
    matches!(
        error.http_status(),
        Some(StatusCode::NotFound | StatusCode::PreconditionFailed)
    )
}

fn failed(error: azure_core::Error) -> Error {
    Error::unavailable(Dependency::Storage, "reading a rendition")(Box::new(error))
}
