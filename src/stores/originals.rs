//! Containers of originals. They are addressed only by container and name, never by an address from an event.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Write as _},
};

use azure_core::{
    error::ErrorKind,
    http::{AsyncResponseBody, Etag, StatusCode, Url},
};
use azure_storage_blob::{
    BlobContainerClient,
    models::{
        BlobClientDeleteOptions, BlobClientDownloadResult,
        BlobClientGetPropertiesResultHeaders as _,
    },
};
use bytes::{Bytes, BytesMut};
use connections::StorageConnection;
use contract::Rejection;
use futures::TryStreamExt as _;
use imaging::{Limits, RefusalCode};
use jiff::Timestamp;

use super::{
    container::{self, Page, is_conflict, is_missing, timestamp},
    hex,
};
use crate::{
    error::{Error, Retry},
    patience::{Failure, Patience},
    wiring::Container,
};

/// A container of originals.
pub struct Originals {
    client: BlobContainerClient,
    address: Url,
    name: String,
}

/// What storage says about a blob.
#[derive(Clone, Debug, Default)]
pub struct BlobFacts {
    /// The entity tag with its quotes, which is the version of the blob.
    pub etag: String,
    /// Its length in bytes.
    pub length: u64,
    /// The MD5 of its bytes in lowercase hexadecimal, if storage knows it.
    pub md5: Option<String>,
    /// When the blob was last changed.
    pub last_modified: Option<Timestamp>,
    /// The media type that the uploader declared.
    pub content_type: Option<String>,
    /// The blob's own metadata.
    pub metadata: BTreeMap<String, String>,
}

/// A blob that is about to be read.
pub struct Opened {
    /// What storage says about exactly the bytes that will be read.
    pub facts: BlobFacts,
    body: AsyncResponseBody,
}

/// The state of a blob at a later look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is still the same version.
    Current,
    /// It has another version by now.
    Changed,
    /// It is gone.
    Gone,
}

/// Why an opened blob could not be read to its end.
#[derive(Debug)]
pub enum ReadError {
    /// It has more bytes than the limit.
    Rejected(Rejection),
    /// It was changed or deleted while it was read.
    Changed,
    /// Passing trouble.
    Retry(Retry),
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        match error {
            Error::Rejected(rejection) => Self::Rejected(rejection),
            Error::Retry(retry) => Self::Retry(retry),
        }
    }
}

impl Originals {
    /// A client for the container in this account.
    pub fn new(container: &Container, account: &StorageConnection) -> anyhow::Result<Self> {
        let address = container.address(account)?;
        let client = account.blobs()?.blob_container_client(&container.name);
        Ok(Self {
            client,
            address,
            name: container.name.clone(),
        })
    }

    /// The container's name.
    #[must_use]
    pub fn container(&self) -> &str {
        &self.name
    }

    /// The address of the container, without credentials.
    #[must_use]
    pub fn address(&self) -> &Url {
        &self.address
    }

    /// The address of the blob `name`, without credentials.
    #[must_use]
    pub fn url(&self, name: &str) -> Url {
        blob_url(&self.address, name)
    }

    /// Whether a blob at this address is in the container.
    #[must_use]
    pub fn has(&self, url: &Url) -> bool {
        self.path_in(url).is_some()
    }

    /// The name of the blob at this address, if it is in the container.
    #[must_use]
    pub fn name_at(&self, url: &Url) -> Option<String> {
        percent_encoding::percent_decode_str(self.path_in(url)?)
            .decode_utf8()
            .ok()
            .map(std::borrow::Cow::into_owned)
    }

    fn path_in<'a>(&self, url: &'a Url) -> Option<&'a str> {
        let path = url
            .path()
            .strip_prefix(self.address.path())?
            .strip_prefix('/')?;
        (url.host_str() == self.address.host_str()).then_some(path)
    }

    /// Opens a blob. Returns nothing if it does not exist, or no longer exists.
    ///
    /// # Errors
    ///
    /// Rejected if the blob is archived: it cannot be read before somebody rehydrates it, which causes an event of its
    /// own. Retry if storage is in trouble.
    pub async fn open(&self, patience: &Patience, name: &str) -> Result<Option<Opened>, Error> {
        let doing = format!("reading {name} from {}", self.name);
        let blob = self.client.blob_client(name);
        let outcome = patience
            .wait_out(&doing, || Box::pin(blob.download(None)))
            .await;
        match outcome {
            Ok(download) => Ok(Some(Opened::from(download))),
            Err(Failure::Answer(error)) if is_missing(&error) => Ok(None),
            Err(Failure::Answer(error)) if is_archived(&error) => Err(Rejection {
                code: "blob-archived".to_owned(),
                message: format!(
                    "The blob {name} is in the archive tier and cannot be read. Move it to another \
                     tier."
                ),
            }
            .into()),
            Err(failure) => Err(failure.into_retry(&doing).into()),
        }
    }

    /// What storage says about a blob, or nothing if it does not exist (any more).
    pub async fn find(&self, patience: &Patience, name: &str) -> Result<Option<BlobFacts>, Retry> {
        let doing = format!("looking at {name} in {}", self.name);
        let blob = self.client.blob_client(name);
        let outcome = patience
            .wait_out(&doing, || async {
                let found = Box::pin(blob.get_properties(None)).await?;
                Ok(BlobFacts {
                    etag: found
                        .etag()?
                        .map(|etag| etag.to_string())
                        .unwrap_or_default(),
                    length: found.content_length()?.unwrap_or_default(),
                    md5: found.content_md5()?.as_deref().map(hex),
                    last_modified: found.last_modified()?.and_then(timestamp),
                    content_type: found.content_type()?,
                    metadata: found.metadata()?.into_iter().collect(),
                })
            })
            .await;
        match outcome {
            Ok(facts) => Ok(Some(facts)),
            Err(Failure::Answer(error)) if is_missing(&error) => Ok(None),
            Err(failure) => Err(failure.into_retry(&doing)),
        }
    }

    /// One page of the blobs whose names begin with `prefix`: the first, or the one at `marker`.
    pub async fn page(
        &self,
        patience: &Patience,
        prefix: &str,
        marker: Option<&str>,
        limit: u32,
    ) -> Result<Page, Retry> {
        container::page(&self.client, &self.name, patience, prefix, marker, limit).await
    }

    /// Deletes a blob if it still has this entity tag. Succeeds as well if the blob is gone or has changed.
    pub async fn delete(&self, patience: &Patience, name: &str, etag: &Etag) -> Result<(), Retry> {
        let doing = format!("deleting {name} in {}", self.name);
        let blob = self.client.blob_client(name);
        let outcome = patience
            .wait_out(&doing, || {
                let options = BlobClientDeleteOptions {
                    if_match: Some(etag.clone()),
                    ..Default::default()
                };
                Box::pin(blob.delete(Some(options)))
            })
            .await;
        match outcome {
            Ok(_) => Ok(()),
            Err(Failure::Answer(error)) if is_missing(&error) || is_conflict(&error) => Ok(()),
            Err(failure) => Err(failure.into_retry(&doing)),
        }
    }

    /// Whether the blob still has this entity tag.
    pub async fn presence(
        &self,
        patience: &Patience,
        name: &str,
        etag: &str,
    ) -> Result<Presence, Retry> {
        Ok(match self.find(patience, name).await? {
            None => Presence::Gone,
            Some(facts) if facts.etag == etag => Presence::Current,
            Some(_) => Presence::Changed,
        })
    }
}

impl Opened {
    /// Reads the bytes.
    ///
    /// # Errors
    ///
    /// [`ReadError`]; a length over the limit is an error before a byte is read.
    pub async fn read(mut self, limits: &Limits) -> Result<Bytes, ReadError> {
        check_length(self.facts.length, limits).map_err(ReadError::Rejected)?;
        let mut bytes =
            BytesMut::with_capacity(usize::try_from(self.facts.length).unwrap_or_default());
        loop {
            match self.body.try_next().await {
                Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                Ok(None) => return Ok(bytes.freeze()),
                Err(error)
                    if matches!(
                        error.http_status(),
                        Some(StatusCode::PreconditionFailed | StatusCode::NotFound)
                    ) =>
                {
                    return Err(ReadError::Changed);
                }
                Err(error) => {
                    return Err(ReadError::Retry(Retry::new("reading an original", error)));
                }
            }
            check_length(bytes.len() as u64, limits).map_err(ReadError::Rejected)?;
        }
    }

    /// Writes the bytes to a file, whatever their number.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::Other`] if reading fails; any other kind if the file cannot be written.
    pub async fn copy_to(mut self, file: &mut File) -> io::Result<()> {
        while let Some(chunk) = self.body.try_next().await.map_err(io::Error::other)? {
            file.write_all(&chunk)?;
        }
        Ok(())
    }
}

impl From<BlobClientDownloadResult> for Opened {
    fn from(download: BlobClientDownloadResult) -> Self {
        let properties = download.properties;
        // A long blob comes in parts, and the first answer states only the length of the first part.
        let range = download.headers.get_optional_str(&"content-range".into());
        let length = range
            .and_then(|range| range.rsplit_once('/')?.1.parse().ok())
            .or(properties.content_length)
            .unwrap_or_default();
        Self {
            facts: BlobFacts {
                etag: properties
                    .etag
                    .as_ref()
                    .map(Etag::to_string)
                    .unwrap_or_default(),
                length,
                md5: None,
                last_modified: properties.last_modified.and_then(timestamp),
                content_type: properties.content_type,
                metadata: properties.metadata.into_iter().collect(),
            },
            body: download.body,
        }
    }
}

fn is_archived(error: &azure_core::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::HttpResponse { error_code: Some(code), .. }
            if code == "BlobArchived" || code == "BlobBeingRehydrated"
    )
}

/// Refuses a length over the limit before the bytes are read.
pub fn check_length(bytes: u64, limits: &Limits) -> Result<(), Rejection> {
    if bytes <= limits.max_bytes {
        return Ok(());
    }
    Err(Rejection {
        code: RefusalCode::TooManyBytes.as_str().to_owned(),
        message: format!(
            "The file has {bytes} bytes, but at most {} are accepted.",
            limits.max_bytes
        ),
    })
}

/// The address of a blob. Slashes in its name stay slashes; everything else is escaped.
#[must_use]
pub fn blob_url(container: &Url, name: &str) -> Url {
    let mut url = container.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend(name.split('/'));
    }
    url
}
