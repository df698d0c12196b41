//! Flow A: a block blob in the container that the blob trigger watches.
//!
//! Blocks are staged as they arrive and committed at the end, so that half a file is never a blob.
//! Storage drops blocks that nobody commits.

//!
//! - [`stored`]: blocks that arrive in several requests

mod stored;

use std::{collections::HashMap, sync::Arc};

use azure_core::http::{Body, Etag, StatusCode};
use azure_storage_blob::{
    BlobContainerClient, BlockBlobClient,
    models::{
        BlobClientGetPropertiesResultHeaders as _, BlockBlobClientCommitBlockListOptions,
        BlockLookupList,
    },
};
use bytes::Bytes;
use contract::BlobName;

use md5::{Digest as _, Md5};
pub use stored::{StoredBlock, StoredBlocks};

use crate::{
    error::{Dependency, Error},
    upload::{Accepted, Receive},
};

/// Bytes of a block. A block is in memory while it is received and once more while it is sent, so
/// this bounds the memory of an upload, whatever its size.
const BLOCK: usize = 1 << 20;

/// Writes uploads into a container.
pub struct BlobSender {
    container: Arc<BlobContainerClient>,
}

/// Blocks of one file that wait in storage, in one container or in several.
pub struct Blocks {
    name: BlobName,
    containers: Vec<String>,
    ids: Vec<Vec<u8>>,
    bytes: u64,
    /// Absent if the blocks came in several requests, because then nobody has seen all bytes in
    /// order.
    md5: Option<Vec<u8>>,
    content_type: &'static str,
    /// Whether the blob has been committed already.
    committed: bool,
}

impl Blocks {
    /// The image's name.
    #[cfg(feature = "kafka")]
    pub(super) fn name(&self) -> &BlobName {
        &self.name
    }

    /// The media type that was found in the bytes.
    #[cfg(feature = "kafka")]
    pub(super) fn content_type(&self) -> &'static str {
        self.content_type
    }

    /// What to report about the file once it is handed over.
    pub(super) fn accepted(&self, filename: &str) -> Accepted {
        Accepted::new(&self.name, filename, self.bytes, self.content_type)
    }
}

/// Receives a file into blocks that wait in each of the containers.
pub(super) async fn stage(
    containers: &[&BlobSender],
    receive: &mut Receive<'_>,
    name: BlobName,
) -> Result<Blocks, Error> {
    let mut staging = Staging::new(containers, name);
    while let Some(block) = receive.block(BLOCK).await? {
        staging.add(block).await?;
    }
    Ok(staging.finish(receive.content_type()))
}

/// A file that is being staged in blocks.
struct Staging<'a> {
    containers: &'a [&'a BlobSender],
    name: BlobName,
    ids: Vec<Vec<u8>>,
    bytes: u64,
    md5: Md5,
}

impl<'a> Staging<'a> {
    fn new(containers: &'a [&'a BlobSender], name: BlobName) -> Self {
        Self {
            containers,
            name,
            ids: Vec::new(),
            bytes: 0,
            md5: Md5::new(),
        }
    }

    async fn add(&mut self, block: Bytes) -> Result<(), Error> {
        self.md5.update(&block);
        let length = block.len() as u64;
        // The ids of the blocks of one blob must have the same length.
        let id = format!("{:08}", self.ids.len()).into_bytes();
        for container in self.containers {
            let body = Body::from(block.clone()).into();
            let blob = container.blob(&self.name);
            blob.stage_block(&id, length, body, None)
                .await
                .map_err(failed)?;
        }
        self.bytes += length;
        self.ids.push(id);
        Ok(())
    }

    fn finish(self, content_type: &'static str) -> Blocks {
        let names = self.containers.iter().map(|one| one.url());
        Blocks {
            containers: names.collect(),
            name: self.name,
            ids: self.ids,
            bytes: self.bytes,
            md5: Some(self.md5.finalize().to_vec()),
            content_type,
            committed: false,
        }
    }
}

impl BlobSender {
    /// Writes into `container`.
    #[must_use]
    pub fn new(container: Arc<BlobContainerClient>) -> Self {
        Self { container }
    }

    /// Receives a file that is in memory already.
    #[cfg(feature = "kafka")]
    pub(super) async fn stage_bytes(
        &self,
        name: BlobName,
        bytes: Bytes,
        content_type: &'static str,
    ) -> Result<Blocks, Error> {
        let containers = [self];
        let mut staging = Staging::new(&containers, name);
        staging.add(bytes).await?;
        Ok(staging.finish(content_type))
    }

    /// Makes a blob of blocks that wait in this container.
    pub(super) async fn commit(
        &self,
        blocks: &Blocks,
        metadata: HashMap<String, String>,
    ) -> Result<(), Error> {
        if blocks.committed {
            return Ok(());
        }
        if !blocks.containers.contains(&self.url()) {
            return Err(Error::Unprocessable(
                "The form names two flows for its files. Please choose one of them.".to_owned(),
            ));
        }
        let list = BlockLookupList {
            latest: Some(blocks.ids.clone()),
            ..Default::default()
        };
        let options = BlockBlobClientCommitBlockListOptions {
            blob_content_type: Some(blocks.content_type.to_owned()),
            blob_content_md5: blocks.md5.clone(),
            metadata: Some(metadata),
            // Names are new, except those derived from an idempotency key.
            if_none_match: Some(Etag::from("*")),
            ..Default::default()
        };
        let body = list.try_into().map_err(failed)?;
        let blob = self.blob(&blocks.name);
        match blob.commit_block_list(body, Some(options)).await {
            Ok(_) => Ok(()),
            Err(error) if exists_already(&error) => self.check_same(blocks).await,
            Err(error) => Err(failed(error)),
        }
    }

    /// A repeated request gets the answer of the first one, if the file really is the same.
    async fn check_same(&self, blocks: &Blocks) -> Result<(), Error> {
        let blob = self.container.blob_client(blocks.name.as_str());
        let properties = blob.get_properties(None).await.map_err(failed)?;
        let same = match &blocks.md5 {
            Some(md5) => properties.content_md5().map_err(failed)?.as_ref() == Some(md5),
            // The name belongs to one session, and so to one file.
            None => properties.content_length().map_err(failed)? == Some(blocks.bytes),
        };
        if same {
            return Ok(());
        }
        Err(Error::Conflict(
            "This Idempotency-Key was already used for another file.",
        ))
    }

    pub(super) fn name_of_container(&self) -> String {
        let path = self.url();
        path.rsplit('/').next().unwrap_or_default().to_owned()
    }

    fn url(&self) -> String {
        self.container.url().path().to_owned()
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

pub(super) fn failed(error: azure_core::Error) -> Error {
    Error::unavailable(Dependency::Storage, "writing an original")(Box::new(error))
}
