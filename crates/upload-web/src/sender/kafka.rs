//! Flow B: a message on the topic of images.
//!
//! A small file is the value of the message. A larger one goes into the container of incoming
//! originals, block by block as in flow A, and the message refers to it. A setting says what is
//! small. If the topic's own limit is lower, the first refusal shows it, and it is remembered.
//!
//! - [`reason`]: why a cluster does not answer, in words that name a setting

mod reason;

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context as _;
use azure_storage_blob::BlobContainerClient;
use bytes::Bytes;
use connections::KafkaAccess;
use contract::{BlobName, names::header};
use rdkafka::{
    error::{KafkaError, RDKafkaErrorCode},
    message::{Header, OwnedHeaders},
    metadata::MetadataTopic,
    producer::{FutureProducer, FutureRecord, Producer as _},
};
use tokio::{sync::Mutex, time::Instant};

use super::{
    Staged,
    blob::{BlobSender, Blocks},
};
use crate::{
    auth::User,
    error::{Dependency, Error},
    settings::{Secret, Settings},
    trace::Trace,
    upload::{Accepted, Details, Receive},
};
use reason::Reasons;

/// How long the cluster may take to accept a message.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long the cluster may take to answer a check.
const CHECK_PATIENCE: Duration = Duration::from_secs(4);
/// How long the answer of a check counts, so that frequent checks do not reach the cluster each
/// time.
const CHECK_COUNTS: Duration = Duration::from_secs(2);
/// Bytes that a message may have besides its value: key, headers, framing.
const FRAME: usize = 64 * 1024;

/// Writes uploads into a topic.
pub struct KafkaSender {
    producer: FutureProducer<Reasons>,
    reasons: Reasons,
    topic: String,
    incoming: BlobSender,
    /// The largest file in bytes that is sent as a message's value.
    inline_bytes: AtomicUsize,
    /// When the cluster was last checked, and whether it answered.
    checked: Mutex<Option<(Instant, bool)>>,
}

/// A file in memory that will be a message's value.
pub struct Inline {
    name: BlobName,
    bytes: Bytes,
    content_type: &'static str,
}

impl KafkaSender {
    /// Writes into the topic of the settings, and larger files into `incoming`. Nothing is
    /// contacted yet.
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
        let config = match &kafka.ca_file {
            None => access.config().map_err(anyhow::Error::msg),
            Some(file) => access
                .config_with_ca(file)
                .map_err(anyhow::Error::msg)
                .context("the setting KAFKA_CA_FILE"),
        };
        let reasons = Reasons::default();
        let producer = config?
            .set("message.max.bytes", (inline_bytes + FRAME).to_string())
            .set("message.timeout.ms", PATIENCE.as_millis().to_string())
            // A topic's limit applies to a batch of messages. With one message in a batch, each is
            // judged alone.
            .set("batch.num.messages", "1")
            // A message that is sent again after a broken connection still arrives once.
            .set("enable.idempotence", "true")
            .create_with_context(reasons.clone())?;
        Ok(Self {
            producer,
            reasons,
            topic: kafka.topic.clone(),
            incoming: BlobSender::new(Arc::clone(incoming)),
            inline_bytes: inline_bytes.into(),
            checked: Mutex::default(),
        })
    }

    /// The container for originals that messages refer to.
    pub(super) fn incoming(&self) -> &BlobSender {
        &self.incoming
    }

    pub(super) async fn stage(
        &self,
        receive: &mut Receive<'_>,
        name: BlobName,
    ) -> Result<Staged, Error> {
        let inline_bytes = self.inline_bytes.load(Ordering::Relaxed);
        if receive.is_within(inline_bytes).await? {
            let bytes = receive.block(inline_bytes).await?.unwrap_or_default();
            return Ok(Staged::Inline(Inline {
                name,
                bytes,
                content_type: receive.content_type(),
            }));
        }
        let blocks = super::blob::stage(&[&self.incoming], receive, name).await?;
        Ok(Staged::Blocks(blocks))
    }

    pub(super) async fn commit(
        &self,
        staged: Staged,
        details: &Details,
        user: &User,
        trace: &Trace,
    ) -> Result<Accepted, Error> {
        let headers = headers(details, user, trace)?;
        let blocks = match staged {
            Staged::Blocks(blocks) => blocks,
            Staged::Inline(file) => match self.send_inline(&file, headers.clone()).await? {
                Sent::Delivered => return Ok(file.accepted(&details.filename)),
                Sent::TooLarge => {
                    let Inline {
                        name,
                        bytes,
                        content_type,
                    } = file;
                    self.incoming.stage_bytes(name, bytes, content_type).await?
                }
            },
        };
        self.send_reference(&blocks, headers).await?;
        Ok(blocks.accepted(&details.filename))
    }

    /// Sends the file as a message's value, unless the topic says that it is too large.
    async fn send_inline(&self, file: &Inline, headers: OwnedHeaders) -> Result<Sent, Error> {
        let headers = with(headers, header::CONTENT_TYPE, file.content_type);
        match self.send(&file.name, &file.bytes, headers).await {
            Ok(()) => Ok(Sent::Delivered),
            Err(error) if is_too_large(&error) => {
                let less = file.bytes.len().saturating_sub(1);
                self.inline_bytes.fetch_min(less, Ordering::Relaxed);
                tracing::warn!(
                    bytes = file.bytes.len(),
                    "the topic accepts only messages smaller than DARKROOM_KAFKA_INLINE_KIB; from \
                     now on, files of this size are sent by reference"
                );
                Ok(Sent::TooLarge)
            }
            Err(error) => Err(self.failed(&error)),
        }
    }

    /// Commits the blob first, so that a reader who finds the message finds the bytes.
    async fn send_reference(&self, blocks: &Blocks, headers: OwnedHeaders) -> Result<(), Error> {
        self.incoming.commit(blocks, HashMap::new()).await?;
        let headers = with(headers, header::CONTENT_TYPE, blocks.content_type());
        let headers = with(headers, header::BLOB, blocks.name().as_str());
        let sent = self.send(blocks.name(), &[], headers).await;
        sent.map_err(|error| {
            if is_too_large(&error) {
                let message =
                    "The title, tags and description are too long for a message of this topic. \
                     Please shorten them.";
                Error::Unprocessable(message.to_owned())
            } else {
                self.failed(&error)
            }
        })
    }

    /// Sends a message and waits until the cluster has it.
    async fn send(
        &self,
        name: &BlobName,
        value: &[u8],
        headers: OwnedHeaders,
    ) -> Result<(), KafkaError> {
        let record = FutureRecord::to(&self.topic)
            .key(name.as_str())
            .payload(value)
            .headers(headers);
        let sent = self.producer.send(record, PATIENCE).await;
        sent.map_err(|(error, _)| error)?;
        self.reasons.forget();
        Ok(())
    }

    fn failed(&self, error: &KafkaError) -> Error {
        let because = self.reasons.last();
        tracing::error!(
            doing = "sending a Kafka message",
            error = %telemetry::chain(error),
            because,
            "a dependency failed"
        );
        Error::Unavailable(Dependency::Kafka)
    }

    /// Whether the cluster answers and has the topic.
    pub(super) async fn check(&self) -> Result<(), Error> {
        let mut checked = self.checked.lock().await;
        let there = match *checked {
            Some((at, there)) if at.elapsed() < CHECK_COUNTS => there,
            _ => {
                let there = self.ask().await;
                *checked = Some((Instant::now(), there));
                there
            }
        };
        there
            .then_some(())
            .ok_or(Error::Unavailable(Dependency::Kafka))
    }

    /// Asks the cluster, on another thread because librdkafka blocks while it waits.
    async fn ask(&self) -> bool {
        let (producer, topic) = (self.producer.clone(), self.topic.clone());
        let asked = tokio::task::spawn_blocking(move || {
            let metadata = producer
                .client()
                .fetch_metadata(Some(&topic), CHECK_PATIENCE)?;
            let errors = metadata.topics().iter().filter_map(MetadataTopic::error);
            Ok::<_, KafkaError>(errors.count() == 0)
        });
        matches!(asked.await, Ok(Ok(true)))
    }
}

/// The result of sending a message.
enum Sent {
    Delivered,
    TooLarge,
}

impl Inline {
    fn accepted(&self, filename: &str) -> Accepted {
        Accepted::new(
            &self.name,
            filename,
            self.bytes.len() as u64,
            self.content_type,
        )
    }
}

/// The headers of a message, which describe its original.
fn headers(details: &Details, user: &User, trace: &Trace) -> Result<OwnedHeaders, Error> {
    let fields =
        serde_json::to_string(&details.fields()).map_err(|error| Error::internal(&error))?;
    let headers = [
        (header::FILENAME, details.filename.as_str()),
        (header::UPLOADER, &user.id),
        (header::TRACEPARENT, &trace.traceparent()),
        (header::METADATA, &fields),
    ];
    let focus = details.focus().map(|focus| (header::FOCUS, focus));
    Ok(headers
        .into_iter()
        .chain(focus)
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

fn is_too_large(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::MessageSizeTooLarge)
}
