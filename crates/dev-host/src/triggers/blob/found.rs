//! A blob as a scan lists it.

use std::collections::HashMap;

use azure_storage_blob::models::{BlobItem, BlobProperties};

/// One version of a blob.
#[derive(Debug, Default)]
pub(in crate::triggers) struct Found {
    pub(in crate::triggers) name: String,
    /// The entity tag without its quotes. Services list it with or without them.
    pub(in crate::triggers) etag: String,
    pub(in crate::triggers) length: usize,
    pub(in crate::triggers) properties: BlobProperties,
    /// The blob's own metadata, with the names as written.
    pub(in crate::triggers) metadata: HashMap<String, String>,
}

impl Found {
    /// `None` for a list entry that lacks a part of the version, which no service sends.
    pub(in crate::triggers) fn new(item: BlobItem) -> Option<Self> {
        let properties = item.properties?;
        let etag = properties.etag.as_ref()?.to_string();
        Some(Self {
            name: item.name?,
            etag: etag.trim_matches('"').to_owned(),
            length: properties
                .content_length
                .and_then(|length| length.try_into().ok())
                .unwrap_or_default(),
            metadata: item
                .metadata
                .and_then(|metadata| metadata.values)
                .unwrap_or_default(),
            properties,
        })
    }

    /// The entity tag as in HTTP, which is also its form in receipts and poison messages.
    pub(in crate::triggers) fn quoted_etag(&self) -> String {
        format!("\"{}\"", self.etag)
    }

    /// `BlockBlob`, `PageBlob` or `AppendBlob`.
    pub(in crate::triggers) fn blob_type(&self) -> String {
        self.properties
            .blob_type
            .as_ref()
            .map_or_else(|| "BlockBlob".to_owned(), ToString::to_string)
    }
}
