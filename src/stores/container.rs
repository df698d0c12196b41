//! A blob container with conditional writes.

use std::collections::HashMap;

use azure_core::{error::ErrorKind, http::Etag};
use azure_storage_blob::{
    BlobClient, BlobContainerClient,
    models::{
        BlobClientDeleteOptions, BlobClientGetPropertiesResultHeaders as _,
        BlobClientUploadOptions, BlobContainerClientListBlobsOptions, BlobItem,
        ListBlobsIncludeItem,
    },
};
use bytes::Bytes;
use connections::StorageConnection;
use contract::Rejection;
use futures::TryStreamExt as _;
use jiff::Timestamp;

use crate::{
    error::{Error, Retry},
    patience::{Failure, Patience},
    wiring,
};

/// A container that the handler writes to. It is created when it is missing, as the host's own output bindings do.
pub struct Container {
    client: BlobContainerClient,
    name: String,
}

/// The condition for writing a blob.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// No blob of that name exists.
    Absent,
    /// The blob still has this entity tag.
    Unchanged(Etag),
}

/// The result of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The blob was written.
    Done,
    /// The condition did not hold, because somebody else has written. If an earlier try got no answer, it may have been
    /// that try.
    Conflict,
}

/// Properties that are written with the bytes.
#[derive(Clone, Debug, Default)]
pub struct Headers {
    /// The media type.
    pub content_type: String,
    /// The `Cache-Control` header that readers get.
    pub cache_control: Option<String>,
    /// The names and values of its metadata.
    pub metadata: HashMap<String, String>,
}

/// A blob as a listing shows it.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Its name.
    pub name: String,
    /// Its entity tag.
    pub etag: Etag,
    /// Its length in bytes.
    pub bytes: u64,
    /// When it was last changed.
    pub last_modified: Option<Timestamp>,
    /// Its metadata.
    pub metadata: HashMap<String, String>,
}

impl Container {
    /// A client for the container in this account.
    pub fn new(container: &wiring::Container, account: &StorageConnection) -> anyhow::Result<Self> {
        Ok(Self {
            client: account.blobs()?.blob_container_client(&container.name),
            name: container.name.clone(),
        })
    }

    /// Writes a blob if the condition holds.
    ///
    /// # Errors
    ///
    /// Rejected if storage refuses it for good; retry if it is in trouble.
    pub async fn put(
        &self,
        patience: &Patience,
        path: &str,
        bytes: &Bytes,
        headers: &Headers,
        condition: &Condition,
    ) -> Result<Written, Error> {
        let doing = format!("writing {path} to {}", self.name);
        let blob = self.client.blob_client(path);
        let outcome = patience
            .wait_out(&doing, || self.upload(&blob, bytes, headers, condition))
            .await;
        match outcome {
            Ok(()) => Ok(Written::Done),
            Err(Failure::Answer(error)) if is_conflict(&error) => Ok(Written::Conflict),
            Err(Failure::Answer(error)) => Err(Rejection {
                code: "refused-by-storage".to_owned(),
                message: format!("Storage refused to store {path}: {error}"),
            }
            .into()),
            Err(Failure::Retry(retry)) => Err(retry.into()),
        }
    }

    async fn upload(
        &self,
        blob: &BlobClient,
        bytes: &Bytes,
        headers: &Headers,
        condition: &Condition,
    ) -> Result<(), azure_core::Error> {
        let options = BlobClientUploadOptions {
            blob_content_type: Some(headers.content_type.clone()),
            blob_cache_control: headers.cache_control.clone(),
            metadata: Some(headers.metadata.clone()),
            if_match: match condition {
                Condition::Unchanged(etag) => Some(etag.clone()),
                Condition::Absent => None,
            },
            if_none_match: (*condition == Condition::Absent).then(|| Etag::from("*")),
            ..Default::default()
        };
        let write = || Box::pin(blob.upload(bytes.clone().into(), Some(options.clone())));
        let mut written = write().await;
        if written.as_ref().is_err_and(is_container_missing) {
            // Another write may create it at the same moment; only the next write decides.
            let _ = Box::pin(self.client.create(None)).await;
            written = write().await;
        }
        written.map(drop)
    }

    /// A blob's entity tag and metadata, or nothing if it does not exist.
    pub async fn find(&self, patience: &Patience, path: &str) -> Result<Option<Listed>, Retry> {
        let doing = format!("looking at {path} in {}", self.name);
        let blob = self.client.blob_client(path);
        let look = || async {
            let found = Box::pin(blob.get_properties(None)).await?;
            Ok(Listed {
                name: path.to_owned(),
                etag: found.etag()?.unwrap_or_else(|| Etag::from("")),
                bytes: found.content_length()?.unwrap_or_default(),
                last_modified: found.last_modified()?.and_then(timestamp),
                metadata: found.metadata()?,
            })
        };
        if_there(patience, &doing, look).await
    }

    /// A small blob's bytes and entity tag, or nothing if it does not exist.
    pub async fn read(
        &self,
        patience: &Patience,
        path: &str,
    ) -> Result<Option<(Bytes, Etag)>, Retry> {
        let doing = format!("reading {path} from {}", self.name);
        let blob = self.client.blob_client(path);
        let read = || async {
            let found = Box::pin(blob.download(None)).await?;
            let etag = found.properties.etag.unwrap_or_else(|| Etag::from(""));
            Ok((found.body.collect().await?, etag))
        };
        if_there(patience, &doing, read).await
    }

    /// One page of the blobs whose names begin with `prefix`: the first, or the one at `marker`.
    pub async fn page(
        &self,
        patience: &Patience,
        prefix: &str,
        marker: Option<&str>,
        limit: u32,
    ) -> Result<Page, Retry> {
        page(&self.client, &self.name, patience, prefix, marker, limit).await
    }

    /// The blobs whose names begin with `prefix`.
    pub async fn list(&self, patience: &Patience, prefix: &str) -> Result<Vec<Listed>, Retry> {
        let mut blobs = Vec::new();
        let mut marker: Option<String> = None;
        loop {
            let page = self
                .page(patience, prefix, marker.as_deref(), LONGEST_PAGE)
                .await?;
            blobs.extend(page.blobs);
            marker = page.next;
            if marker.is_none() {
                return Ok(blobs);
            }
        }
    }

    /// Deletes a blob if it still has this entity tag. Succeeds as well if the blob is gone or has changed.
    pub async fn delete(&self, patience: &Patience, path: &str, etag: &Etag) -> Result<(), Retry> {
        let doing = format!("deleting {path} in {}", self.name);
        let blob = self.client.blob_client(path);
        let options = BlobClientDeleteOptions {
            if_match: Some(etag.clone()),
            ..Default::default()
        };
        let outcome = patience
            .wait_out(&doing, || Box::pin(blob.delete(Some(options.clone()))))
            .await;
        match outcome {
            Err(Failure::Answer(error)) if is_missing(&error) || is_conflict(&error) => Ok(()),
            outcome => outcome
                .map(drop)
                .map_err(|failure| failure.into_retry(&doing)),
        }
    }
}

/// The most blobs in a page, as storage limits it.
const LONGEST_PAGE: u32 = 5000;

/// A page of a listing.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The blobs.
    pub blobs: Vec<Listed>,
    /// Where the next page begins; absent if there is none.
    pub next: Option<String>,
}

/// The blobs of a container whose names begin with `prefix`, at most `limit` of them. A container that does not exist
/// yet counts as empty.
pub(super) async fn page(
    client: &BlobContainerClient,
    container: &str,
    patience: &Patience,
    prefix: &str,
    marker: Option<&str>,
    limit: u32,
) -> Result<Page, Retry> {
    let doing = format!("listing {prefix} in {container}");
    let outcome = patience
        .wait_out(&doing, || async {
            let options = BlobContainerClientListBlobsOptions {
                prefix: Some(prefix.to_owned()),
                marker: marker.map(str::to_owned),
                maxresults: i32::try_from(limit.clamp(1, LONGEST_PAGE)).ok(),
                include: Some(vec![ListBlobsIncludeItem::Metadata]),
                ..Default::default()
            };
            let mut pages = client.list_blobs(Some(options))?.into_pages();
            match Box::pin(pages.try_next()).await {
                Ok(Some(page)) => page.into_model().map(Some),
                Ok(None) => Ok(None),
                Err(error) if is_container_missing(&error) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .await;
    let Some(page) = outcome.map_err(|failure| failure.into_retry(&doing))? else {
        return Ok(Page::default());
    };
    Ok(Page {
        blobs: page.blob_items.into_iter().filter_map(listed).collect(),
        next: page.next_marker.filter(|marker| !marker.is_empty()),
    })
}

fn listed(blob: BlobItem) -> Option<Listed> {
    let properties = blob.properties?;
    Some(Listed {
        name: blob.name?,
        etag: quoted(properties.etag?),
        bytes: properties.content_length.unwrap_or_default(),
        last_modified: properties.last_modified.and_then(timestamp),
        metadata: blob
            .metadata
            .and_then(|metadata| metadata.values)
            .unwrap_or_default()
            .into_iter()
            .collect(),
    })
}

/// Adds the quotes that a condition needs, because a listing writes entity tags without them.
fn quoted(etag: Etag) -> Etag {
    let text = etag.to_string();
    if text.starts_with('"') {
        etag
    } else {
        Etag::from(format!("\"{text}\""))
    }
}

pub(super) fn timestamp(time: azure_core::time::OffsetDateTime) -> Option<Timestamp> {
    Timestamp::from_second(time.unix_timestamp()).ok()
}

/// The answer to a request for one blob; nothing if the blob does not exist, or the container does not exist yet.
async fn if_there<T, F>(
    patience: &Patience,
    doing: &str,
    request: impl Fn() -> F + Send + Sync,
) -> Result<Option<T>, Retry>
where
    T: Send,
    F: Future<Output = azure_core::Result<T>> + Send,
{
    let request = &request;
    let outcome = patience
        .wait_out(doing, || async move {
            match request().await {
                Err(error) if is_container_missing(&error) => Ok(None),
                answer => answer.map(Some),
            }
        })
        .await;
    match outcome {
        Err(Failure::Answer(error)) if is_missing(&error) => Ok(None),
        outcome => outcome.map_err(|failure| failure.into_retry(doing)),
    }
}

fn code(error: &azure_core::Error) -> (u16, &str) {
    match error.kind() {
        ErrorKind::HttpResponse {
            status, error_code, ..
        } => (
            u16::from(*status),
            error_code.as_deref().unwrap_or_default(),
        ),
        _ => (0, ""),
    }
}

/// Whether the condition of a write did not hold: 412, or 409 if the blob should not have existed.
pub(super) fn is_conflict(error: &azure_core::Error) -> bool {
    matches!(code(error), (412, _) | (409, "BlobAlreadyExists"))
}

pub(super) fn is_missing(error: &azure_core::Error) -> bool {
    code(error).0 == 404
}

fn is_container_missing(error: &azure_core::Error) -> bool {
    code(error) == (404, "ContainerNotFound")
}
