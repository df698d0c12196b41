//! `blobTrigger`, with both sources: scan and Event Grid.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;

use crate::{Data, InvalidInvocation, Trigger, encoded};

/// A new or changed blob.
///
/// The host checks only that the blob exists. An event of a subscription without filters may be
/// about a blob of another container, and then no placeholder of the path has a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Blob {
    /// Its bytes, or a marker that the host did not read them.
    pub content: BlobContent,
    /// Its address, percent-encoded. Use it to identify the blob, but not to decide which account
    /// to trust.
    pub uri: String,
    /// What the storage service says about it.
    pub properties: BlobProperties,
    /// Its own metadata. Names keep their case.
    pub metadata: BTreeMap<String, String>,
    /// The values of the placeholders in the trigger's path: `name` for `uploads/{name}`.
    pub placeholders: BTreeMap<String, String>,
}

impl Blob {
    /// The value of `{name}` in the trigger's path; nothing for a blob of another container.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.placeholders.get("name").map(String::as_str)
    }
}

/// The bytes of a blob.
#[derive(Clone, Debug, PartialEq)]
pub enum BlobContent {
    /// The whole blob, decoded.
    Inline(Bytes),
    /// The host did not read the blob, because the trigger has `"supportsDeferredBinding": true`.
    /// Read it from the storage account, at the container and name that the metadata's `Uri`
    /// states.
    Deferred,
    /// The blob was sent inline and is longer than [`MaxValueBytes`](crate::MaxValueBytes)
    /// allows; its bytes were dropped.
    Oversized {
        /// The minimum size of the blob in bytes.
        bytes: u64,
    },
}

/// The blob's properties, in the metadata of a blob trigger under `Properties`.
///
/// The host sends an empty object for the `ETag`, so only the storage service knows it. Times are
/// ISO 8601 text without sub-seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BlobProperties {
    /// The blob's size in bytes.
    pub content_length: Option<u64>,
    /// The content type that the uploader declared.
    pub content_type: Option<String>,
    /// The MD5 of the content, in base64.
    pub content_hash: Option<String>,
    /// When it was last written.
    pub last_modified: Option<String>,
    /// When it was first written.
    pub created_on: Option<String>,
}

/// What the host sends beside the blob.
#[derive(Debug, Deserialize)]
pub struct BlobTriggerMetadata {
    #[serde(rename = "Uri", deserialize_with = "encoded")]
    uri: String,
    #[serde(rename = "Properties")]
    properties: BlobProperties,
    #[serde(rename = "Metadata", default)]
    metadata: BTreeMap<String, String>,
    #[serde(flatten)]
    others: BTreeMap<String, Value>,
}

impl Trigger for Blob {
    type Metadata = BlobTriggerMetadata;

    fn read(metadata: BlobTriggerMetadata, data: Data) -> Result<Self, InvalidInvocation> {
        let others = metadata.others.into_iter();
        // Only placeholders are texts; `sys` is an object.
        let placeholders = others.filter_map(|(name, value)| {
            let text = serde_json::from_str(value.as_str()?).ok()?;
            Some((name, text))
        });
        Ok(Self {
            content: data.blob()?,
            uri: metadata.uri,
            properties: metadata.properties,
            metadata: metadata.metadata,
            placeholders: placeholders.collect(),
        })
    }
}
