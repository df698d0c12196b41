//! The flows by which an upload reaches the handler. Each takes an upload in two steps, so that an
//! upload that ends early leaves nothing behind, and so that form fields after the files still
//! apply to them.

mod blob;
mod direct;
#[cfg(feature = "kafka")]
mod kafka;

use std::sync::Arc;

use azure_storage_blob::BlobContainerClient;
use contract::BlobName;

pub use blob::{BlobSender, Blocks, StoredBlock, StoredBlocks};
pub use direct::Direct;
#[cfg(feature = "kafka")]
pub use kafka::KafkaSender;

use crate::{
    auth::User,
    error::Error,
    settings::{Flow, Settings},
    trace::Trace,
    upload::{Accepted, Details, Receive},
};

/// The flows that this deployment offers. The first is the default.
pub struct Senders(Vec<(Flow, Sender)>);

/// One flow to the handler.
pub enum Sender {
    /// Into the blob container that the blob trigger watches.
    Blob(BlobSender),
    /// Into the Kafka topic.
    #[cfg(feature = "kafka")]
    Kafka(Box<KafkaSender>),
}

/// A file that is received in full and that nobody sees yet. If it is dropped, nothing of it
/// remains.
pub enum Staged {
    /// Its blocks wait in storage.
    Blocks(Blocks),
    /// It is in memory, small enough for a message.
    #[cfg(feature = "kafka")]
    Inline(kafka::Inline),
}

impl Senders {
    /// The flows that the settings name.
    pub fn new(
        settings: &Settings,
        uploads: &Arc<BlobContainerClient>,
        incoming: &Arc<BlobContainerClient>,
    ) -> anyhow::Result<Self> {
        let way = |&flow: &Flow| -> anyhow::Result<(Flow, Sender)> {
            let sender = match flow {
                Flow::Blob => Sender::Blob(BlobSender::new(Arc::clone(uploads))),
                #[cfg(feature = "kafka")]
                Flow::Kafka => Sender::Kafka(Box::new(KafkaSender::new(settings, incoming)?)),
                #[cfg(not(feature = "kafka"))]
                Flow::Kafka => anyhow::bail!("{}", crate::settings::SettingsError::NoKafka),
            };
            Ok((flow, sender))
        };
        #[cfg(not(feature = "kafka"))]
        let _ = incoming;
        Ok(Self(
            settings.flows.iter().map(way).collect::<Result<_, _>>()?,
        ))
    }

    /// The sender for `flow`, or the first one.
    ///
    /// # Errors
    ///
    /// [`Error::Unprocessable`] if this deployment does not offer the flow.
    pub fn get(&self, flow: Option<&str>) -> Result<&Sender, Error> {
        self.named(flow).map(|(_, sender)| sender)
    }

    /// The flow of the sender that [`get`](Self::get) returns.
    ///
    /// # Errors
    ///
    /// Those of [`get`](Self::get).
    pub fn flow(&self, flow: Option<&str>) -> Result<Flow, Error> {
        self.named(flow).map(|(flow, _)| *flow)
    }

    fn named(&self, flow: Option<&str>) -> Result<&(Flow, Sender), Error> {
        let way = match flow {
            None | Some("") => self.0.first(),
            Some(name) => self.0.iter().find(|(flow, _)| flow.as_str() == name),
        };
        way.ok_or_else(|| {
            Error::Unprocessable("This server does not accept images by this flow.".to_owned())
        })
    }

    /// The offered flows.
    pub fn flows(&self) -> impl Iterator<Item = Flow> {
        self.0.iter().map(|(flow, _)| *flow)
    }

    /// Receives a file that is handed over later, and keeps none of it in memory. If its flow is
    /// not known yet, its blocks are staged for every flow.
    ///
    /// # Errors
    ///
    /// Those of [`Sender::stage`], and of [`get`](Self::get).
    pub async fn hold(
        &self,
        flow: Option<&str>,
        receive: &mut Receive<'_>,
        name: BlobName,
    ) -> Result<Staged, Error> {
        let ways = match flow {
            Some(_) => vec![self.get(flow)?.container()],
            None => self.0.iter().map(|(_, way)| way.container()).collect(),
        };
        blob::stage(&ways, receive, name).await.map(Staged::Blocks)
    }

    /// Whether Kafka answers; `None` if nothing is sent there.
    pub async fn check_kafka(&self) -> Option<Result<(), Error>> {
        #[cfg(feature = "kafka")]
        for (_, sender) in &self.0 {
            if let Sender::Kafka(kafka) = sender {
                return Some(kafka.check().await);
            }
        }
        None
    }
}

impl Sender {
    /// The flow of this sender.
    #[must_use]
    pub fn flow(&self) -> Flow {
        match self {
            Self::Blob(_) => Flow::Blob,
            #[cfg(feature = "kafka")]
            Self::Kafka(_) => Flow::Kafka,
        }
    }

    /// Receives a file that is handed over right after that. Nobody sees it yet.
    pub async fn stage(&self, receive: &mut Receive<'_>, name: BlobName) -> Result<Staged, Error> {
        match self {
            Self::Blob(sender) => {
                let blocks = blob::stage(&[sender], receive, name).await;
                blocks.map(Staged::Blocks)
            }
            #[cfg(feature = "kafka")]
            Self::Kafka(sender) => sender.stage(receive, name).await,
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
        match (self, staged) {
            (Self::Blob(sender), Staged::Blocks(blocks)) => {
                let metadata = details.metadata(user, trace)?;
                sender.commit(&blocks, metadata).await?;
                Ok(blocks.accepted(&details.filename))
            }
            #[cfg(feature = "kafka")]
            (Self::Blob(_), Staged::Inline(_)) => {
                Err(Error::internal(&"an upload was staged for another flow"))
            }
            #[cfg(feature = "kafka")]
            (Self::Kafka(sender), staged) => sender.commit(staged, details, user, trace).await,
        }
    }

    /// The container where blocks of this flow wait.
    #[must_use]
    pub fn container(&self) -> &BlobSender {
        match self {
            Self::Blob(sender) => sender,
            #[cfg(feature = "kafka")]
            Self::Kafka(sender) => sender.incoming(),
        }
    }
}
