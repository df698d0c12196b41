//! The ways from here to the handler. Each takes an upload in two steps, so that what ends early
//! leaves nothing behind, and so that what a form says after its files still goes with them.

mod blob;

use std::sync::Arc;

use azure_storage_blob::BlobContainerClient;
use contract::BlobName;

pub use blob::BlobSender;

use crate::{
    auth::User,
    error::Error,
    settings::{Flow, Settings},
    trace::Trace,
    upload::{Accepted, Details, Receive},
};

/// The ways that this deployment offers; the first is taken where none is asked for.
pub struct Senders(Vec<(Flow, Sender)>);

/// One way to the handler.
pub enum Sender {
    /// Into the blob container that the blob trigger watches.
    Blob(BlobSender),
}

/// A file that is received in full and that nobody sees yet. Dropped, it is as if it never came.
pub enum Staged {
    /// Its blocks wait in storage.
    Blob(blob::Staged),
}

impl Senders {
    /// The ways that the settings name.
    #[must_use]
    pub fn new(settings: &Settings, uploads: &Arc<BlobContainerClient>) -> Self {
        let ways = settings.flows.iter().map(|flow| match flow {
            Flow::Blob | Flow::Kafka => (*flow, Sender::Blob(BlobSender::new(Arc::clone(uploads)))),
        });
        Self(ways.collect())
    }

    /// The way called `flow`, or the first.
    ///
    /// # Errors
    ///
    /// [`Error::Unprocessable`] where this deployment does not offer it.
    pub fn get(&self, flow: Option<&str>) -> Result<&Sender, Error> {
        let way = match flow {
            None | Some("") => self.0.first(),
            Some(name) => self.0.iter().find(|(flow, _)| flow.as_str() == name),
        };
        way.map(|(_, sender)| sender)
            .ok_or_else(|| Error::Unprocessable("Images cannot be sent that way here.".to_owned()))
    }

    /// The ways, by name.
    pub fn flows(&self) -> impl Iterator<Item = Flow> {
        self.0.iter().map(|(flow, _)| *flow)
    }
}

impl Sender {
    /// Receives a file, without anybody seeing it.
    pub async fn stage(&self, receive: &mut Receive<'_>, name: BlobName) -> Result<Staged, Error> {
        match self {
            Self::Blob(sender) => sender.stage(receive, name).await.map(Staged::Blob),
        }
    }

    /// Hands the file over to be processed.
    pub async fn commit(
        &self,
        staged: Staged,
        details: &Details,
        user: &User,
        trace: &Trace,
    ) -> Result<Accepted, Error> {
        let metadata = details.metadata(user, trace)?;
        match (self, staged) {
            (Self::Blob(sender), Staged::Blob(staged)) => {
                sender.commit(staged, &details.filename, metadata).await
            }
        }
    }
}
