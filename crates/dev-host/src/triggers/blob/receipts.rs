//! Receipts: one empty blob for each version of a blob that has been handled.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use azure_core::http::StatusCode;
use azure_storage_blob::{BlobContainerClient, models::BlobContainerClientListBlobsOptions};
use bytes::Bytes;
use connections::StorageConnection;
use futures::TryStreamExt as _;
use sha2::{Digest as _, Sha256};

use super::{found::Found, function::blob_client};
use crate::{
    outputs::create_container,
    script_root::{ScriptRoot, hex},
};

const CONTAINER: &str = "azure-webjobs-hosts";
/// The service refuses longer names.
/// Source: <https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata>.
const LONGEST_NAME: usize = 1024;

/// The receipts of one function for one container.
pub(super) struct Receipts {
    account: StorageConnection,
    store: BlobContainerClient,
    /// `blobreceipts/{hostId}/{functionId}/`.
    prefix: String,
    /// The container of the blobs that get receipts.
    container: String,
    /// Names of receipts from earlier runs of the host, kept until the first scan has used them.
    earlier: Mutex<Earlier>,
}

enum Earlier {
    Unread,
    Read(HashSet<String>),
    Done,
}

impl Receipts {
    pub(super) fn new(
        host_account: &StorageConnection,
        root: &ScriptRoot,
        function_id: &str,
        container: &str,
    ) -> Result<Self, String> {
        let blobs = host_account.blobs().map_err(|error| error.to_string())?;
        Ok(Self {
            account: host_account.clone(),
            store: blobs.blob_container_client(CONTAINER),
            prefix: format!("blobreceipts/{}/{function_id}/", root.host_id()),
            container: container.to_owned(),
            earlier: Mutex::new(Earlier::Unread),
        })
    }

    /// Reads the receipts of earlier runs once, because one list is much faster than a request for each blob.
    pub(super) async fn load(&self) -> azure_core::Result<()> {
        if !matches!(*self.earlier(), Earlier::Unread) {
            return Ok(());
        }
        let options = BlobContainerClientListBlobsOptions {
            prefix: Some(self.prefix.clone()),
            ..Default::default()
        };
        let listed = self.store.list_blobs(Some(options))?;
        let names = listed
            .try_filter_map(|item| std::future::ready(Ok(item.name)))
            .try_collect()
            .await;
        let names = match names {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => {
                create_container(&self.store).await?;
                HashSet::new()
            }
            other => other?,
        };
        *self.earlier() = Earlier::Read(names);
        Ok(())
    }

    /// Whether an earlier run has written a receipt for this version.
    pub(super) fn has(&self, found: &Found) -> bool {
        match &*self.earlier() {
            Earlier::Read(names) => names.contains(&self.name(found)),
            Earlier::Unread | Earlier::Done => false,
        }
    }

    /// Drops the list: after one whole scan the trigger knows everything that was in it.
    pub(super) fn forget(&self) {
        *self.earlier() = Earlier::Done;
    }

    pub(super) async fn write(&self, found: &Found) -> azure_core::Result<()> {
        blob_client(&self.account, &self.store, &self.name(found))?
            .upload(Bytes::new().into(), None)
            .await
            .map(drop)
    }

    fn earlier(&self) -> std::sync::MutexGuard<'_, Earlier> {
        self.earlier.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `blobreceipts/{hostId}/{functionId}/{etag}/{container}/{blob}`. If that is longer than a name may be, a hash
    /// replaces the blob's name, because another name is better than no receipt.
    fn name(&self, found: &Found) -> String {
        let directory = format!("{}{}/{}/", self.prefix, found.quoted_etag(), self.container);
        if directory.chars().count() + found.name.chars().count() <= LONGEST_NAME {
            directory + &found.name
        } else {
            directory + &hex(&Sha256::digest(&found.name))
        }
    }
}
