//! Reading originals from the one container that the trigger's binding names.

use std::collections::BTreeMap;

use azure_core::http::{StatusCode, Url};
use azure_storage_blob::{BlobContainerClient, models::BlobDownloadProperties};
use bytes::{Bytes, BytesMut};
use connections::StorageConnection;
use contract::Rejection;
use futures::TryStreamExt as _;
use imaging::{Limits, RefusalCode};
use jiff::Timestamp;

use crate::{
    error::{Error, Retry},
    wiring::Container,
};

/// A container of originals.
pub struct Originals {
    client: BlobContainerClient,
    address: Url,
    name: String,
}

/// What storage says about exactly the bytes that were read.
#[derive(Debug, Default)]
pub struct Download {
    /// The entity tag, with its quotes.
    pub etag: Option<String>,
    /// When the blob was last changed.
    pub last_modified: Option<Timestamp>,
    /// The media type that the uploader declared.
    pub content_type: Option<String>,
    /// The blob's own metadata; absent where the blob was not read.
    pub metadata: Option<BTreeMap<String, String>>,
}

impl From<BlobDownloadProperties> for Download {
    fn from(properties: BlobDownloadProperties) -> Self {
        Self {
            etag: properties.etag.map(|etag| etag.to_string()),
            last_modified: properties
                .last_modified
                .and_then(|time| Timestamp::from_second(time.unix_timestamp()).ok()),
            content_type: properties.content_type,
            metadata: Some(properties.metadata.into_iter().collect()),
        }
    }
}

impl Originals {
    /// A client for the container, through the connection that its binding names.
    pub fn new(
        container: &Container,
        lookup: &impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let connection = StorageConnection::from_settings(&container.connection, lookup)?;
        let address = container.address(&connection)?;
        let client = connection.blobs()?.blob_container_client(&container.name);
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

    /// Where the blob `name` is, without anything that gives access to it.
    #[must_use]
    pub fn url(&self, name: &str) -> Url {
        blob_url(&self.address, name)
    }

    /// Reads a blob, or nothing where there is none (any more).
    ///
    /// # Errors
    ///
    /// Rejected where the blob is larger than the limit, and not read then; retry where storage
    /// is in trouble.
    pub async fn read(
        &self,
        name: &str,
        limits: &Limits,
    ) -> Result<Option<(Bytes, Download)>, Error> {
        let retry = |error| Retry::new(format!("reading {name} from {}", self.name), error);
        let mut response = match self.client.blob_client(name).download(None).await {
            Ok(response) => response,
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => return Ok(None),
            Err(error) => return Err(retry(error).into()),
        };
        let stated = response.properties.content_length.unwrap_or_default();
        check_length(stated, limits)?;
        let mut bytes = BytesMut::with_capacity(usize::try_from(stated).unwrap_or_default());
        while let Some(chunk) = response.body.try_next().await.map_err(retry)? {
            bytes.extend_from_slice(&chunk);
            check_length(bytes.len() as u64, limits)?;
        }
        Ok(Some((bytes.freeze(), response.properties.into())))
    }
}

/// Refuses a length over the limit, before so many bytes are read.
pub fn check_length(bytes: u64, limits: &Limits) -> Result<(), Rejection> {
    if bytes <= limits.max_bytes {
        return Ok(());
    }
    Err(Rejection {
        code: RefusalCode::TooManyBytes.as_str().to_owned(),
        message: format!(
            "The file has {bytes} bytes; at most {} are accepted.",
            limits.max_bytes
        ),
    })
}

/// The address of a blob: slashes in its name stay slashes, everything else is escaped.
#[must_use]
pub fn blob_url(container: &Url, name: &str) -> Url {
    let mut url = container.clone();
    if let Ok(mut segments) = url.path_segments_mut() {
        segments.extend(name.split('/'));
    }
    url
}
