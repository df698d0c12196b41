//! Flow B: a message on the topic of images.
//!
//! A small file is the message's value. A larger one goes into the container of incoming originals,
//! block by block as in flow A, and the message refers to it.

use std::{collections::HashMap, sync::Arc, time::Duration};

use azure_storage_blob::BlobContainerClient;
use bytes::Bytes;
use connections::KafkaAccess;
use contract::{BlobName, names::header};
use rdkafka::{
    message::{Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord},
};

use super::blob::{self, BlobSender};
use crate::{
    auth::User,
    error::Error,
    settings::{Secret, Settings},
    trace::Trace,
    upload::{Accepted, Details, Receive},
};

/// How long the cluster may take until it has a message.
const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes that a message may have beside its value: key, headers, framing.
const FRAME: usize = 64 * 1024;

/// Writes uploads into a topic.
pub struct KafkaSender {
    producer: FutureProducer,
    topic: String,
    incoming: BlobSender,
    inline_bytes: usize,
}

/// A file that is in memory, or whose blocks wait in storage.
pub enum Staged {
    /// It will be the message's value.
    Inline {
        /// The image's name.
        name: BlobName,
        /// All of it.
        bytes: Bytes,
        /// Media type found in the bytes.
        content_type: &'static str,
    },
    /// The message will refer to it.
    Reference {
        /// The image's name.
        name: BlobName,
        /// Its blocks.
        blocks: blob::Staged,
        /// Media type found in the bytes.
        content_type: &'static str,
    },
}

impl KafkaSender {
    /// Writes into the topic of the settings, and what is too large for that into `incoming`.
    /// Nothing is reached yet.
    pub fn new(settings: &Settings, incoming: &Arc<BlobContainerClient>) -> anyhow::Result<Self> {
        let kafka = &settings.kafka;
        let inline_bytes = usize::try_from(settings.kafka_inline_kib.get())? * 1024;
        let access = KafkaAccess {
            brokers: &kafka.brokers,
            protocol: kafka.username.as_ref().map(|_| "saslSsl"),
            authentication_mode: Some("plain"),
            username: kafka.username.as_deref(),
            password: kafka.password.as_ref().map(Secret::as_str),
        };
        let producer = access
            .config()
            .map_err(anyhow::Error::msg)?
            .set("message.max.bytes", (inline_bytes + FRAME).to_string())
            .set("message.timeout.ms", PATIENCE.as_millis().to_string())
            // A message that is sent again after a broken connection is still one message.
            .set("enable.idempotence", "true")
            .create()?;
        Ok(Self {
            producer,
            topic: kafka.topic.clone(),
            incoming: BlobSender::new(Arc::clone(incoming)),
            inline_bytes,
        })
    }

    pub(super) async fn stage(
        &self,
        receive: &mut Receive<'_>,
        name: BlobName,
    ) -> Result<Staged, Error> {
        let content_type = receive.content_type();
        if receive.is_within(self.inline_bytes).await? {
            let bytes = receive.block(self.inline_bytes).await?.unwrap_or_default();
            return Ok(Staged::Inline {
                name,
                bytes,
                content_type,
            });
        }
        let blocks = self.incoming.stage(receive, name.clone()).await?;
        Ok(Staged::Reference {
            name,
            blocks,
            content_type,
        })
    }

    pub(super) async fn commit(
        &self,
        staged: Staged,
        details: &Details,
        user: &User,
        trace: &Trace,
    ) -> Result<Accepted, Error> {
        let headers = headers(details, user, trace)?;
        match staged {
            Staged::Inline {
                name,
                bytes,
                content_type,
            } => {
                let length = bytes.len() as u64;
                let accepted = Accepted::new(&name, &details.filename, length, content_type);
                let headers = with(headers, header::CONTENT_TYPE, content_type);
                self.send(&name, &bytes, headers).await?;
                Ok(accepted)
            }
            // The bytes first: whoever finds the message finds them.
            Staged::Reference {
                name,
                blocks,
                content_type,
            } => {
                let filename = &details.filename;
                let accepted = self
                    .incoming
                    .commit(blocks, filename, HashMap::new())
                    .await?;
                let headers = with(headers, header::CONTENT_TYPE, content_type);
                let headers = with(headers, header::BLOB, name.as_str());
                self.send(&name, &[], headers).await?;
                Ok(accepted)
            }
        }
    }

    /// Done once the cluster has the message.
    async fn send(
        &self,
        name: &BlobName,
        value: &[u8],
        headers: OwnedHeaders,
    ) -> Result<(), Error> {
        let record = FutureRecord::to(&self.topic)
            .key(name.as_str())
            .payload(value)
            .headers(headers);
        let sent = self.producer.send(record, PATIENCE).await;
        sent.map_err(|(error, _)| Error::unavailable("sending a Kafka message")(Box::new(error)))?;
        Ok(())
    }
}

/// What a message says about its original, whatever that is.
fn headers(details: &Details, user: &User, trace: &Trace) -> Result<OwnedHeaders, Error> {
    let fields =
        serde_json::to_string(&details.fields()).map_err(|error| Error::internal(&error))?;
    let headers = [
        (header::FILENAME, details.filename.as_str()),
        (header::UPLOADER, &user.id),
        (header::TRACEPARENT, &trace.traceparent()),
        (header::METADATA, &fields),
    ];
    Ok(headers
        .into_iter()
        .fold(OwnedHeaders::new(), |all, (key, value)| {
            with(all, key, value)
        }))
}

fn with(headers: OwnedHeaders, key: &str, value: &str) -> OwnedHeaders {
    headers.insert(Header {
        key,
        value: Some(value),
    })
}
