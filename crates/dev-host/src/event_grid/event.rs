//! Events of a storage account in the Event Grid schema.
//!
//! Source: <https://learn.microsoft.com/azure/event-grid/event-schema-blob-storage>.

use std::sync::atomic::{AtomicU64, Ordering};

use azure_core::http::Url;
use connections::StorageConnection;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::memory::Version;
use crate::triggers::append_name;

pub(super) const CREATED: &str = "Microsoft.Storage.BlobCreated";
const DELETED: &str = "Microsoft.Storage.BlobDeleted";

/// A change of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) name: String,
    /// The new version, or the last one that was seen of a deleted blob.
    pub(super) version: Version,
    pub(super) deleted: bool,
}

/// The source of the events.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) container: String,
    url: Option<Url>,
    account: String,
    sequence: AtomicU64,
}

impl Source {
    pub(super) fn new(account: &StorageConnection, container: &str) -> Self {
        let endpoint = account.blob_endpoint();
        // The account is the last part of an emulator's path, or the first part of a host name.
        let name = endpoint.as_ref().and_then(|url| {
            let path = url.path().trim_matches('/');
            let host = url.host_str()?.split('.').next()?;
            Some(if path.is_empty() { host } else { path }.to_owned())
        });
        Self {
            container: container.to_owned(),
            url: endpoint.map(|url| append_name(&url, container)),
            account: name.unwrap_or_default(),
            // It is later than any of an earlier run: the microseconds of the start.
            sequence: AtomicU64::new(Timestamp::now().as_microsecond().unsigned_abs()),
        }
    }

    pub(super) fn event(&self, change: &Change) -> Value {
        let (kind, api) = if change.deleted {
            (DELETED, "DeleteBlob")
        } else {
            (CREATED, "PutBlob")
        };
        let url = self.url.as_ref().map(|url| append_name(url, &change.name));
        let sequence = self.sequence.fetch_add(1, Ordering::Relaxed);
        let Version {
            etag,
            length,
            content_type,
            blob_type,
            ..
        } = &change.version;
        json!({
            "topic": format!(
                "/subscriptions/{}/resourceGroups/local/providers/Microsoft.Storage/storageAccounts/{}",
                Uuid::nil(),
                self.account
            ),
            "subject": format!(
                "/blobServices/default/containers/{}/blobs/{}",
                self.container, change.name
            ),
            "eventType": kind,
            "id": Uuid::new_v4().to_string(),
            "eventTime": Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string(),
            "dataVersion": "",
            "metadataVersion": "1",
            "data": {
                "api": api,
                "clientRequestId": Uuid::new_v4().to_string(),
                "requestId": Uuid::new_v4().to_string(),
                "eTag": etag,
                "contentType": content_type,
                "contentLength": length,
                "blobType": blob_type,
                "url": url.map(String::from),
                "sequencer": format!("{sequence:032x}"),
                "storageDiagnostics": {"batchId": Uuid::new_v4().to_string()},
            },
        })
    }
}
