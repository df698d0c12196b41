//! Blocks that a browser writes into Blob Storage itself.
//!
//! The browser gets a signed address of one blob in a container of its own, which triggers nothing. Whoever has that
//! address can write any bytes there, and commit them with any metadata, as long as it lasts. So nothing in that container
//! is believed. When the file is complete, its blocks are committed there, and its length and first bytes are checked. Then
//! storage copies exactly that version into the container of its flow, and this application commits it there with the
//! metadata, like any other upload. No byte but the first ones passes through this process.

use std::{sync::Arc, time::Duration};

use azure_core::http::{Etag, StatusCode};
use azure_storage_blob::{
    BlobContainerClient,
    models::{
        BlobClientDeleteOptions, BlobClientDownloadOptions,
        BlobClientGetPropertiesResultHeaders as _, BlockBlobClientStageBlockFromUrlOptions,
        DeleteSnapshotsOptionType, HttpRange,
    },
};
use bytes::Bytes;
use connections::{BlobSigner, Permission, SignedUrl, StorageConnection};
use contract::names;

use super::{
    BlobSender,
    blob::{Blocks, StoredBlock, StoredBlocks, failed},
};
use crate::{
    error::{Dependency, Error},
    upload::{Session, sniff},
};

/// How long an address can be written to. The page asks for another one when it has expired.
const WRITABLE: Duration = Duration::from_mins(30);
/// How long storage may take to copy a file within the account.
const COPYING: Duration = Duration::from_mins(10);
/// Bytes that storage copies with one request.
const PART: u64 = 64 << 20;

/// The message for a blob that is not what the session says.
const CHANGED: &str =
    "The file in storage is not the one that was announced. Please upload it again.";

/// The container that browsers write to.
pub struct Direct {
    signer: BlobSigner,
    container: Arc<BlobContainerClient>,
    staging: BlobSender,
}

/// A file that is complete in the container that browsers write to.
pub struct Arrived {
    etag: Etag,
    bytes: u64,
    /// The first bytes, enough to find the type.
    pub head: Bytes,
}

impl Direct {
    /// Signs addresses for `container` of this account.
    pub fn new(
        storage: &StorageConnection,
        container: Arc<BlobContainerClient>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            signer: storage.blob_signer()?,
            staging: BlobSender::new(Arc::clone(&container)),
            container,
        })
    }

    /// The address that the blocks of a file may be written to. `None` if none can be signed now; then the blocks come
    /// through this application.
    pub async fn address(&self, session: &Session) -> Option<SignedUrl> {
        let name = session.name.as_str();
        let signed = self
            .signer
            .sign(names::STAGING, name, Permission::Write, WRITABLE)
            .await;
        signed
            .inspect_err(|error| {
                let error = telemetry::chain(error);
                tracing::warn!(%error, "no address can be signed for a direct upload");
            })
            .ok()
    }

    /// Where blocks of a session wait that come through this application.
    pub fn staging(&self) -> &BlobSender {
        &self.staging
    }

    /// What has arrived of a file. A blob that is committed counts as all of its blocks.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if storage cannot be reached.
    pub async fn stored_blocks(&self, session: &Session) -> Result<Vec<StoredBlock>, Error> {
        match self.staging.stored_blocks(&session.name).await? {
            StoredBlocks::Waiting(blocks) => Ok(blocks),
            StoredBlocks::Committed => {
                let indices = (0..).map_while(|index| Some((index, session.length(index)?)));
                let blocks = indices.map(|(index, bytes)| StoredBlock {
                    index,
                    bytes,
                    content_type: None,
                });
                Ok(blocks.collect())
            }
        }
    }

    /// Makes one blob of the blocks, unless somebody has done that, and reads its first bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if the blob has not the length of the file. Then it is deleted.
    pub async fn commit(
        &self,
        session: &Session,
        blocks: &[StoredBlock],
    ) -> Result<Arrived, Error> {
        if let StoredBlocks::Waiting(_) = self.staging.stored_blocks(&session.name).await? {
            let untyped = "application/octet-stream";
            let blocks = self.staging.gather(session.name.clone(), blocks, untyped);
            self.staging.commit(&blocks, [].into()).await?;
        }
        let blob = self.container.blob_client(session.name.as_str());
        let properties = blob.get_properties(None).await.map_err(failed)?;
        let bytes = properties.content_length().map_err(failed)?;
        let etag = properties.etag().map_err(failed)?;
        let etag = etag.ok_or_else(|| Error::internal(&"a blob has no entity tag"))?;
        if bytes != Some(session.size) {
            self.discard(session).await;
            return Err(Error::Conflict(CHANGED));
        }
        let options = BlobClientDownloadOptions {
            range: Some(HttpRange::new(0, session.size.min(sniff::ENOUGH as u64))),
            if_match: Some(etag.clone()),
            ..Default::default()
        };
        let read = blob.download(Some(options)).await.map_err(changed)?;
        Ok(Arrived {
            etag,
            bytes: session.size,
            head: read.body.collect().await.map_err(failed)?,
        })
    }

    /// Copies the version that was checked into the container of its flow, as blocks that wait there.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if the blob was changed since; [`Error::Unavailable`] if storage cannot copy it.
    pub async fn copy(
        &self,
        session: &Session,
        arrived: &Arrived,
        content_type: &'static str,
        into: &BlobSender,
    ) -> Result<Blocks, Error> {
        let name = session.name.as_str();
        let source = self
            .signer
            .sign(names::STAGING, name, Permission::Read, COPYING);
        let source = source.await.map_err(failed)?.url;
        // Storage emulators take only the signature of a blob for this request, and none of an account.
        let target = into.name_of_container();
        let target = self
            .signer
            .client(&target, name, Permission::Write, COPYING);
        let target = target.await.map_err(failed)?.block_blob_client();
        let mut parts = Vec::new();
        for index in 0..u32::MAX {
            let from = u64::from(index) * PART;
            if from >= arrived.bytes {
                break;
            }
            let part = StoredBlock {
                index,
                bytes: PART.min(arrived.bytes - from),
                content_type: None,
            };
            let options = BlockBlobClientStageBlockFromUrlOptions {
                source_range: Some(HttpRange::new(from, part.bytes)),
                source_if_match: Some(arrived.etag.clone()),
                ..Default::default()
            };
            target
                .stage_block_from_url(&part.id(), 0, source.to_string(), Some(options))
                .await
                .map_err(changed)?;
            parts.push(part);
        }
        Ok(into.gather(session.name.clone(), &parts, content_type))
    }

    /// Deletes what the browser has written. What is left is deleted by the account's lifecycle rule.
    pub async fn discard(&self, session: &Session) {
        let blob = self.container.blob_client(session.name.as_str());
        let options = BlobClientDeleteOptions {
            // The holder of the address may have made some.
            delete_snapshots: Some(DeleteSnapshotsOptionType::Include),
            ..Default::default()
        };
        if let Err(error) = blob.delete(Some(options)).await {
            tracing::debug!(%error, "a staged blob was not deleted");
        }
    }
}

/// The error of a request whose condition may not hold any more.
fn changed(error: azure_core::Error) -> Error {
    match error.http_status() {
        Some(StatusCode::PreconditionFailed | StatusCode::NotFound) => Error::Conflict(CHANGED),
        _ => Error::unavailable(Dependency::Storage, "taking a direct upload")(Box::new(error)),
    }
}
