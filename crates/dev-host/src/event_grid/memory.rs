//! What has been seen of a container, and which of it has been announced.

use std::{collections::HashMap, time::Duration};

use azure_core::{http::StatusCode, time::OffsetDateTime};
use azure_storage_blob::{
    BlobContainerClient, BlobServiceClient,
    models::{BlobItem, BlobProperties},
};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use super::event::Change;
use crate::outputs::create_container;

/// The facts that a list states about one version of a blob.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Version {
    /// Without its quotes, as in events.
    pub(super) etag: String,
    pub(super) length: u64,
    pub(super) content_type: Option<String>,
    pub(super) blob_type: Option<String>,
    md5: Option<Vec<u8>>,
    /// Unix seconds.
    created: Option<i64>,
}

type Versions = HashMap<String, Version>;

/// All blobs of the container. Its size is that of the container's list.
pub(super) struct Memory {
    store: BlobContainerClient,
    name: String,
    /// The result of the last look; `None` before the first one.
    seen: Option<Versions>,
    /// What has been announced, and is not announced again even after a restart.
    announced: Versions,
    stored: bool,
    stored_at: Instant,
}

/// How often the announced events are saved while events are in progress. A process that is killed
/// in between announces some of them again.
const STORE_INTERVAL: Duration = Duration::from_secs(1);

impl Version {
    fn new(item: &BlobItem) -> Self {
        let Some(properties) = &item.properties else {
            return Self::default();
        };
        let BlobProperties {
            etag,
            content_length,
            content_type,
            blob_type,
            content_md5,
            creation_time,
            ..
        } = properties;
        let etag = etag.as_ref().map(ToString::to_string).unwrap_or_default();
        Self {
            etag: etag.trim_matches('"').to_owned(),
            length: content_length.unwrap_or_default(),
            content_type: content_type.clone(),
            blob_type: blob_type.as_ref().map(ToString::to_string),
            md5: content_md5.clone(),
            created: creation_time.map(OffsetDateTime::unix_timestamp),
        }
    }

    /// Whether this is the content of an earlier version of which only metadata or properties have
    /// changed since.
    fn is_touched(&self, earlier: &Self) -> bool {
        self.md5.is_some()
            && (&self.md5, self.length, self.created)
                == (&earlier.md5, earlier.length, earlier.created)
    }
}

impl Memory {
    pub(super) fn new(blobs: &BlobServiceClient, subscription: &str, container: &str) -> Self {
        Self {
            store: blobs.blob_container_client("azure-webjobs-hosts"),
            name: format!("event-grid/{subscription}/{container}.json"),
            seen: None,
            announced: Versions::new(),
            stored: true,
            stored_at: Instant::now(),
        }
    }

    /// Reads what an earlier run has announced, once.
    pub(super) async fn load(&mut self) -> azure_core::Result<()> {
        if self.seen.is_some() {
            return Ok(());
        }
        match self.store.blob_client(&self.name).download(None).await {
            Ok(download) => {
                let body = download.body.collect().await?;
                // What cannot be read was written by another version of this program, so start from
                // the beginning.
                if let Ok(announced) = serde_json::from_slice::<Versions>(&body) {
                    self.announced = announced;
                    self.seen = Some(self.announced.clone());
                }
                Ok(())
            }
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// The changes since the last look. The first look of a new subscription sees no changes.
    pub(super) fn changes(&mut self, listed: &HashMap<String, BlobItem>) -> Vec<Change> {
        let now: Versions = listed
            .iter()
            .map(|(name, item)| (name.clone(), Version::new(item)))
            .collect();
        let Some(before) = self.seen.replace(now.clone()) else {
            self.announced = now;
            self.stored = false;
            return Vec::new();
        };
        let mut changes = Vec::new();
        for (name, version) in &now {
            let earlier = before.get(name);
            if earlier
                .is_none_or(|earlier| earlier.etag != version.etag && !version.is_touched(earlier))
            {
                changes.push(change(name, version, false));
            }
        }
        for (name, version) in &before {
            if !now.contains_key(name) {
                changes.push(change(name, version, true));
            }
        }
        // The order is fixed, so that a seed means the same in every run.
        changes.sort_by(|left, right| left.name.cmp(&right.name));
        changes
    }

    /// Stores what has been delivered.
    pub(super) fn announced(&mut self, changes: Vec<Change>) {
        for change in changes {
            self.stored = false;
            if change.deleted {
                self.announced.remove(&change.name);
            } else {
                self.announced.insert(change.name, change.version);
            }
        }
    }

    /// Saves what has been announced, if that has changed; at once if nothing is in progress.
    pub(super) async fn store(&mut self, is_quiet: bool) -> azure_core::Result<()> {
        if self.stored || !is_quiet && self.stored_at.elapsed() < STORE_INTERVAL {
            return Ok(());
        }
        let body = Bytes::from(serde_json::to_vec(&self.announced)?);
        let blob = self.store.blob_client(&self.name);
        match blob.upload(body.clone().into(), None).await {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => {
                create_container(&self.store).await?;
                blob.upload(body.into(), None).await?;
            }
            other => drop(other?),
        }
        self.stored = true;
        self.stored_at = Instant::now();
        Ok(())
    }
}

fn change(name: &str, version: &Version, deleted: bool) -> Change {
    Change {
        name: name.to_owned(),
        version: version.clone(),
        deleted,
    }
}
