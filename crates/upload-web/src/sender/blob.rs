//! Flow A: a block blob in the container that the blob trigger watches.
//!
//! Blocks are staged as they come and committed at the end, so that a half of a file is never a
//! blob. Storage forgets blocks that nobody commits.

use std::{collections::HashMap, sync::Arc};

use azure_core::http::{Body, Etag, StatusCode};
use azure_storage_blob::{
    BlobContainerClient, BlockBlobClient,
    models::{
        BlobClientGetPropertiesResultHeaders as _, BlockBlobClientCommitBlockListOptions,
        BlockLookupList,
    },
};
use contract::BlobName;
use md5::{Digest as _, Md5};

use crate::{
    error::Error,
    upload::{Accepted, Receive},
};

/// Bytes of a block. A block is held in memory while it is received and once more while it is
/// sent, so this is what an upload costs, whatever its size.
const BLOCK: usize = 1 << 20;

/// Writes uploads into a container.
pub struct BlobSender {
    container: Arc<BlobContainerClient>,
}

/// Blocks that wait in storage.
pub struct Staged {
    name: BlobName,
    blocks: Vec<Vec<u8>>,
    bytes: u64,
    md5: Vec<u8>,
    content_type: &'static str,
}

impl BlobSender {
    /// Writes into `container`.
    #[must_use]
    pub fn new(container: Arc<BlobContainerClient>) -> Self {
        Self { container }
    }

    pub(super) async fn stage(
        &self,
        receive: &mut Receive<'_>,
        name: BlobName,
    ) -> Result<Staged, Error> {
        let blob = self.blob(&name);
        let mut blocks = Vec::new();
        let mut md5 = Md5::new();
        while let Some(block) = receive.block(BLOCK).await? {
            md5.update(&block);
            // Ids of the blocks of one blob have to be of one length.
            let id = format!("{:08}", blocks.len()).into_bytes();
            let length = block.len() as u64;
            blob.stage_block(&id, length, Body::from(block).into(), None)
                .await
                .map_err(failed)?;
            blocks.push(id);
        }
        Ok(Staged {
            name,
            blocks,
            bytes: receive.received(),
            md5: md5.finalize().to_vec(),
            content_type: receive.content_type(),
        })
    }

    pub(super) async fn commit(
        &self,
        staged: Staged,
        filename: &str,
        metadata: HashMap<String, String>,
    ) -> Result<Accepted, Error> {
        let accepted = Accepted::new(&staged.name, filename, staged.bytes, staged.content_type);
        let blocks = BlockLookupList {
            latest: Some(staged.blocks),
            ..Default::default()
        };
        let options = BlockBlobClientCommitBlockListOptions {
            blob_content_type: Some(staged.content_type.to_owned()),
            blob_content_md5: Some(staged.md5.clone()),
            metadata: Some(metadata),
            // Names are new, but for those that follow from an idempotency key.
            if_none_match: Some(Etag::from("*")),
            ..Default::default()
        };
        let body = blocks.try_into().map_err(failed)?;
        let result = self
            .blob(&staged.name)
            .commit_block_list(body, Some(options))
            .await;
        match result {
            Ok(_) => Ok(accepted),
            Err(error) if exists_already(&error) => {
                self.check_same(&staged.name, &staged.md5).await?;
                Ok(accepted)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// A repeated request is answered like the first one, if it really is the same.
    async fn check_same(&self, name: &BlobName, md5: &[u8]) -> Result<(), Error> {
        let blob = self.container.blob_client(name.as_str());
        let properties = blob.get_properties(None).await.map_err(failed)?;
        if properties.content_md5().map_err(failed)?.as_deref() == Some(md5) {
            return Ok(());
        }
        Err(Error::Conflict(
            "This Idempotency-Key was used for another file.",
        ))
    }

    fn blob(&self, name: &BlobName) -> BlockBlobClient {
        self.container
            .blob_client(name.as_str())
            .block_blob_client()
    }
}

fn exists_already(error: &azure_core::Error) -> bool {
    matches!(
        error.http_status(),
        Some(StatusCode::Conflict | StatusCode::PreconditionFailed)
    )
}

fn failed(error: azure_core::Error) -> Error {
    Error::unavailable("writing to the container of uploads")(Box::new(error))
}
