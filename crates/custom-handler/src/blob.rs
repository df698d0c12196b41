//! What a blob trigger sends beside the bytes.

use bytes::Bytes;
use serde::Deserialize;

/// The blob that a trigger binding carries.
#[derive(Clone, Debug, PartialEq)]
pub enum BlobContent {
    /// The whole blob, decoded.
    Inline(Bytes),
    /// The host did not read the blob (`"supportsDeferredBinding": true` on the trigger): read it
    /// from the storage account, at the container and name that the metadata's `Uri` states.
    Deferred,
    /// The blob was sent inline and is longer than [`MaxValueBytes`](crate::MaxValueBytes)
    /// allows; its bytes were dropped.
    Oversized {
        /// The blob's size, at least, in bytes.
        bytes: u64,
    },
}

/// The blob's properties, in the metadata of a blob trigger under `Properties`.
///
/// The host sends an empty object for the `ETag`; only the storage service can tell it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct BlobProperties {
    /// The blob's size in bytes.
    pub content_length: Option<u64>,
    /// The content type that the uploader declared.
    pub content_type: Option<String>,
}
