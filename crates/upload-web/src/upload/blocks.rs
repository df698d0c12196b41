//! Taking a file in blocks: the steps of [`take`](super::take), in several requests.
//!
//! Each request checks again whatever an id states. The first block decides what the file is. A
//! file is handed over once storage lists every one of its blocks with the right length.

use std::collections::BTreeMap;

use bytes::Bytes;
use connections::SignedUrl;
use contract::RecordId;
use futures::Stream;

use super::{Accepted, Details, Receive, Session, UploadRequest, sniff};
use crate::{
    error::Error,
    sender::{BlobSender, Blocks, Direct, Staged, StoredBlock, StoredBlocks},
};

/// The message for a file whose blocks are not all there.
const INCOMPLETE: &str =
    "Some blocks of the file are missing. Ask which blocks have arrived, and send the others.";
/// The message for a first block that came twice.
const TWO_KINDS: &str = "The first block was sent twice, as two different kinds of image. Please \
                         start the upload again.";

impl UploadRequest<'_> {
    /// Begins a file of `size` bytes. Checks everything that is known before the bytes arrive.
    ///
    /// # Errors
    ///
    /// Whatever [`take`](Self::take) refuses a file for before it looks at its bytes.
    pub async fn begin(&self, details: &Details, size: u64) -> Result<Session, Error> {
        let details = details.checked()?;
        details.metadata(self.user, self.trace)?;
        let flow = self.app.senders.flow(details.flow.as_deref())?;
        self.check_size(size)?;
        let session = Session::begin(self.user, &details.filename, flow, size)?;
        self.claim(&session.name, size).await?.keep();
        Ok(session)
    }

    /// The session with this id.
    ///
    /// # Errors
    ///
    /// Those of [`Session::find`], and an error for anything that this deployment no longer
    /// accepts.
    pub fn session(&self, id: &str) -> Result<Session, Error> {
        let session = Session::find(self.user, id)?;
        self.check_size(session.size)?;
        Ok(session)
    }

    /// Takes a block.
    ///
    /// # Errors
    ///
    /// [`Error::NotFound`] for a block that the file does not have; [`Error::BlockTooLong`]; and
    /// what [`take`](Self::take) refuses a file for by its first bytes.
    pub async fn block(
        &self,
        session: &Session,
        index: u32,
        chunks: impl Stream<Item = Result<Bytes, Error>> + Send,
    ) -> Result<(), Error> {
        let length = session.length(index).ok_or(Error::NotFound)?;
        let length = usize::try_from(length).map_err(|error| Error::internal(&error))?;
        let container = match &self.app.direct {
            Some(direct) => direct.staging(),
            None => self.container(session)?,
        };
        self.renew_claim(session);
        let _slot = self.app.limits.slot(self.user).await?;
        let block = Receive::exactly(chunks, length).await?;
        let content_type = match index {
            0 => Some(self.content_type(&block)?),
            _ => None,
        };
        container
            .keep(&session.name, index, content_type, block)
            .await
    }

    /// What storage has of the file.
    ///
    /// # Errors
    ///
    /// [`Error::Unavailable`] if storage cannot be reached.
    pub async fn stored_blocks(&self, session: &Session) -> Result<StoredBlocks, Error> {
        self.renew_claim(session);
        match (
            self.container(session)?
                .stored_blocks(&session.name)
                .await?,
            &self.app.direct,
        ) {
            (StoredBlocks::Waiting(_), Some(direct)) => direct
                .stored_blocks(session)
                .await
                .map(StoredBlocks::Waiting),
            (stored, _) => Ok(stored),
        }
    }

    /// The address in Blob Storage that the blocks may be written to, if that is offered.
    pub async fn address(&self, session: &Session) -> Option<SignedUrl> {
        match &self.app.direct {
            Some(direct) => direct.address(session).await,
            None => None,
        }
    }

    /// Hands the file over to be processed, once all its blocks are there. A repeated call gets the
    /// same answer. `sha256` is what the client says of the file: nobody here has seen all bytes in order. It only serves
    /// to find the user's own images with the same bytes, so a wrong one harms nobody.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if blocks are missing; otherwise those of [`take`](Self::take).
    pub async fn complete(
        &self,
        session: Session,
        details: &Details,
        sha256: Option<&str>,
    ) -> Result<Accepted, Error> {
        let details = Details {
            // The blocks wait in the container of this flow.
            flow: Some(session.flow.as_str().to_owned()),
            ..details.checked()?
        };
        details.metadata(self.user, self.trace)?;
        self.app.limits.check_upload(self.user)?;
        let claim = self.claim(&session.name, session.size).await?;
        let container = self.container(&session)?;
        let blocks = match (
            container.stored_blocks(&session.name).await?,
            &self.app.direct,
        ) {
            (StoredBlocks::Committed, _) => container.regain(session.name.clone()).await?,
            (StoredBlocks::Waiting(_), Some(direct)) => {
                self.fetch(direct, &session, container).await?
            }
            (StoredBlocks::Waiting(blocks), None) => {
                let blocks = in_order(&session, blocks)?;
                let content_type = blocks[0].content_type;
                let content_type = content_type.ok_or(Error::Conflict(INCOMPLETE))?;
                container.gather(session.name.clone(), &blocks, content_type)
            }
        };
        let accepted = self
            .hand_over_with_copies(Staged::Blocks(blocks), sha256, &details)
            .await?;
        claim.keep();
        if let Some(direct) = &self.app.direct {
            direct.discard(&session).await;
        }
        Ok(accepted)
    }

    /// Takes a file over that a browser has written into Blob Storage itself.
    async fn fetch(
        &self,
        direct: &Direct,
        session: &Session,
        into: &BlobSender,
    ) -> Result<Blocks, Error> {
        let taken = self.check_and_copy(direct, session, into).await;
        match (taken, into.stored_blocks(&session.name).await?) {
            // The same request came twice, and the other one was faster.
            (Err(_), StoredBlocks::Committed) => into.regain(session.name.clone()).await,
            (taken, _) => taken,
        }
    }

    async fn check_and_copy(
        &self,
        direct: &Direct,
        session: &Session,
        into: &BlobSender,
    ) -> Result<Blocks, Error> {
        // Which type a block's id states does not matter here, so there may be two first blocks.
        let mut blocks = direct.stored_blocks(session).await?;
        blocks.sort_by_key(|block| block.index);
        blocks.dedup_by_key(|block| block.index);
        let blocks = in_order(session, blocks)?;
        let arrived = direct.commit(session, &blocks).await?;
        match self.content_type(&arrived.head) {
            Ok(content_type) => direct.copy(session, &arrived, content_type, into).await,
            Err(error) => {
                direct.discard(session).await;
                Err(error)
            }
        }
    }

    /// Keeps the room for a file of which more is to come.
    fn renew_claim(&self, session: &Session) {
        let id = RecordId::from_name(session.name.as_str());
        self.app.renew_claim(self.user, &id);
    }

    fn container(&self, session: &Session) -> Result<&BlobSender, Error> {
        let sender = self.app.senders.get(Some(session.flow.as_str()))?;
        Ok(sender.container())
    }

    fn check_size(&self, size: u64) -> Result<(), Error> {
        let limit = self.app.settings.max_upload_bytes();
        if size > limit {
            return Err(Error::TooLarge {
                limit_mib: limit >> 20,
            });
        }
        Ok(())
    }

    fn content_type(&self, first: &[u8]) -> Result<&'static str, Error> {
        let head = &first[..first.len().min(sniff::ENOUGH)];
        let content_type = sniff::media_type(head)?;
        sniff::check_heic(content_type, self.app.settings.heic)?;
        Ok(content_type)
    }
}

/// Every block of the file once, in order.
fn in_order(session: &Session, stored: Vec<StoredBlock>) -> Result<Vec<StoredBlock>, Error> {
    let mut blocks = BTreeMap::new();
    for block in stored {
        if session.length(block.index) == Some(block.bytes)
            && blocks.insert(block.index, block).is_some()
        {
            return Err(Error::Conflict(TWO_KINDS));
        }
    }
    if blocks.len() as u64 != session.count() {
        return Err(Error::Conflict(INCOMPLETE));
    }
    Ok(blocks.into_values().collect())
}
