//! Blocks that came in several requests and wait in storage for the last of them.
//!
//! This process keeps nothing about them, because storage lists the blocks. A block's id contains
//! its index in the file and, for the first block, the media type found in its bytes. Only this
//! application writes these ids, so they can be trusted. That matters because uncommitted bytes
//! cannot be read again. Where browsers write blocks themselves ([`direct`](super::super::direct)),
//! their ids name no type, and the type is found later.

use azure_core::http::{Body, StatusCode};
use azure_storage_blob::models::{BlobClientGetPropertiesResultHeaders as _, Block, BlockListType};
use bytes::Bytes;
use contract::BlobName;

use super::{BlobSender, Blocks, failed};
use crate::{error::Error, upload::sniff};

/// Characters of a media type within an id, because the ids of one blob must have the same length.
const TYPE_WIDTH: usize = 40;

/// What storage has of a file.
pub enum StoredBlocks {
    /// Blocks that are not committed yet, in no particular order.
    Waiting(Vec<StoredBlock>),
    /// The whole file, handed over already.
    Committed,
}

/// A block that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredBlock {
    /// Its index in the file.
    pub index: u32,
    /// Its bytes.
    pub bytes: u64,
    /// The media type found at the beginning of the file; only on the first block.
    pub content_type: Option<&'static str>,
}

impl StoredBlock {
    /// The block's id, before it is encoded as Base64.
    pub(in crate::sender) fn id(&self) -> Vec<u8> {
        let content_type = self.content_type.unwrap_or_default();
        format!("{:08}{content_type:>TYPE_WIDTH$}", self.index).into_bytes()
    }

    /// Parses a block that storage lists; `None` for an id that this application did not write.
    fn listed(block: &Block) -> Option<Self> {
        Self::read(block.name.as_deref()?, block.size?)
    }

    fn read(id: &[u8], bytes: i64) -> Option<Self> {
        let (index, content_type) = std::str::from_utf8(id).ok()?.split_at_checked(8)?;
        let block = Self {
            index: index.parse().ok()?,
            bytes: bytes.try_into().ok()?,
            content_type: sniff::known(content_type.trim_start()),
        };
        (block.id() == id).then_some(block)
    }
}

impl BlobSender {
    /// Stores a block. A block with the same index replaces the first one.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if storage cannot be reached.
    pub async fn keep(
        &self,
        name: &BlobName,
        index: u32,
        content_type: Option<&'static str>,
        block: Bytes,
    ) -> Result<(), Error> {
        let bytes = block.len() as u64;
        let stored = StoredBlock {
            index,
            bytes,
            content_type,
        };
        let body = Body::from(block).into();
        let blob = self.blob(name);
        let staged = blob.stage_block(&stored.id(), bytes, body, None).await;
        staged.map(drop).map_err(failed)
    }

    /// What storage has of the file called `name`.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if storage cannot be reached.
    pub async fn stored_blocks(&self, name: &BlobName) -> Result<StoredBlocks, Error> {
        let blob = self.blob(name);
        let list = match blob.get_block_list(BlockListType::All, None).await {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => {
                return Ok(StoredBlocks::Waiting(Vec::new()));
            }
            listed => listed.map_err(failed)?.into_model().map_err(failed)?,
        };
        if list
            .committed_blocks
            .is_some_and(|blocks| !blocks.is_empty())
        {
            return Ok(StoredBlocks::Committed);
        }
        let waiting = list.uncommitted_blocks.unwrap_or_default();
        let read = waiting.iter().filter_map(StoredBlock::listed);
        Ok(StoredBlocks::Waiting(read.collect()))
    }

    /// Blocks in order, as a file that can be committed.
    #[must_use]
    pub fn gather(
        &self,
        name: BlobName,
        blocks: &[StoredBlock],
        content_type: &'static str,
    ) -> Blocks {
        Blocks {
            name,
            containers: vec![self.url()],
            ids: blocks.iter().map(StoredBlock::id).collect(),
            bytes: blocks.iter().map(|block| block.bytes).sum(),
            md5: None,
            content_type,
            committed: false,
        }
    }

    /// The file called `name`, which was handed over before.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if storage cannot be reached.
    pub async fn regain(&self, name: BlobName) -> Result<Blocks, Error> {
        let blob = self.container.blob_client(name.as_str());
        let properties = blob.get_properties(None).await.map_err(failed)?;
        let content_type: Option<String> = properties.content_type().map_err(failed)?;
        Ok(Blocks {
            name,
            containers: vec![self.url()],
            ids: Vec::new(),
            bytes: properties
                .content_length()
                .map_err(failed)?
                .unwrap_or_default(),
            md5: None,
            content_type: content_type
                .and_then(|content_type| sniff::known(&content_type))
                .unwrap_or("application/octet-stream"),
            committed: true,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_holds_the_place_and_the_type_and_has_always_the_same_length() {
        let blocks = [
            (0, Some("image/vnd.microsoft.icon")),
            (0, Some("image/heic")),
            (63, None),
        ];
        for (index, content_type) in blocks {
            let block = StoredBlock {
                index,
                bytes: 5,
                content_type,
            };
            assert_eq!(block.id().len(), 48);
            assert_eq!(StoredBlock::read(&block.id(), 5), Some(block));
        }
    }

    #[test]
    fn other_ids_are_left_alone() {
        for id in [&b""[..], b"00000001", b"\xff\xff", b"0000000x", &[b' '; 48]] {
            assert_eq!(StoredBlock::read(id, 5), None, "{id:?}");
        }
    }
}
