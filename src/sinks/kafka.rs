//! A topic of Kafka. The handler produces messages itself. The host's output binding only hands a message to its client
//! and does not wait until the broker has it, so an event could be lost when the process ends.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::{Context as _, ensure};
use contract::{ImageEvent, RecordId, Rejection};
use rskafka::{
    BackoffConfig,
    chrono::DateTime,
    client::{
        Client, ClientBuilder, Credentials, SaslConfig,
        error::{Error as ClientError, ProtocolError},
        partition::{Compression, PartitionClient, UnknownTopicHandling},
    },
    record::Record,
};
use rustls::{ClientConfig, crypto::CryptoProvider};
use rustls_platform_verifier::BuilderVerifierExt as _;
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex;

use super::{is_loopback, json};
use crate::{
    error::Retry,
    patience::{Failure, Patience, ServiceError},
};

/// The default topic.
const TOPIC: &str = "image-events";
/// How long the client itself retries a request.
const LONGEST_REQUEST: Duration = Duration::from_secs(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// The header by which a reader recognises a CloudEvent. Source:
/// <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md>.
const CONTENT_TYPE: (&str, &str) = (
    "content-type",
    "application/cloudevents+json; charset=UTF-8",
);

/// A topic.
pub struct Kafka {
    brokers: Vec<String>,
    topic: String,
    /// Without one, brokers are on this machine and need no authentication.
    user: Option<Credentials>,
    /// Created at the first event, and again after an error, because the cluster may have changed.
    partitions: Mutex<Option<Partitions>>,
}

/// The partitions of the topic, in their order.
type Partitions = Arc<[PartitionClient]>;

/// Why an event was not taken.
#[derive(Debug, thiserror::Error)]
enum ProduceError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Tls(#[from] rustls::Error),
    #[error("there is no topic {0}")]
    NoTopic(String),
}

impl ServiceError for ProduceError {
    fn may_pass(&self) -> bool {
        let Self::Client(ClientError::ServerError { protocol_error, .. }) = self else {
            return true;
        };
        !matches!(
            protocol_error,
            ProtocolError::MessageTooLarge
                | ProtocolError::RecordListTooLarge
                | ProtocolError::InvalidRecord
        )
    }

    fn names_what_is_missing(&self) -> bool {
        false
    }
}

impl Kafka {
    pub(super) fn from_settings(lookup: &impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let setting = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let brokers = setting("KAFKA_BROKERS").context("KAFKA_BROKERS is missing")?;
        let brokers: Vec<_> = brokers
            .split(',')
            .map(|broker| broker.trim().to_owned())
            .collect();
        let user = setting("KAFKA_USERNAME")
            .map(|username| -> anyhow::Result<_> {
                let password = setting("KAFKA_PASSWORD").context("KAFKA_PASSWORD is missing")?;
                Ok(Credentials::new(username, password))
            })
            .transpose()?;
        ensure!(
            user.is_some() || brokers.iter().all(|broker| is_local(broker)),
            "KAFKA_USERNAME is missing: only brokers on this machine can be used without TLS"
        );
        Ok(Self {
            brokers,
            topic: setting("KAFKA_EVENTS_TOPIC").unwrap_or_else(|| TOPIC.to_owned()),
            user,
            partitions: Mutex::default(),
        })
    }

    /// Sends one event, and sends it again if the broker did not acknowledge it. Returns the reason if it is not taken.
    pub(super) async fn send_one(
        &self,
        patience: &Patience,
        event: &ImageEvent,
    ) -> Result<Result<(), Rejection>, Retry> {
        let doing = format!("sending the event {} about {}", event.id, event.subject);
        let text = &json(event)?;
        match patience
            .wait_out(&doing, || self.produce(event, text))
            .await
        {
            Ok(()) => Ok(Ok(())),
            Err(Failure::Answer(error)) => Ok(Err(Rejection {
                code: "refused-by-sink".to_owned(),
                message: error.to_string(),
            })),
            Err(Failure::Retry(retry)) => Err(retry),
        }
    }

    async fn produce(&self, event: &ImageEvent, text: &[u8]) -> Result<(), ProduceError> {
        let partitions = self.partitions().await?;
        let partition = &partitions[partition_of(&event.data.id, partitions.len())];
        let (name, value) = CONTENT_TYPE;
        let record = Record {
            key: Some(event.data.id.as_str().into()),
            value: Some(text.to_vec()),
            headers: BTreeMap::from([(name.to_owned(), value.into())]),
            timestamp: DateTime::from_timestamp_millis(event.time.as_millisecond())
                .unwrap_or_default(),
        };
        let produced = partition
            .produce(vec![record], Compression::NoCompression)
            .await;
        if produced.is_err() {
            *self.partitions.lock().await = None;
        }
        produced?;
        Ok(())
    }

    async fn partitions(&self) -> Result<Partitions, ProduceError> {
        let mut known = self.partitions.lock().await;
        if let Some(partitions) = &*known {
            return Ok(Arc::clone(partitions));
        }
        let found = self.find_partitions().await.inspect_err(|error| {
            tracing::error!(
                %error, topic = self.topic,
                "the topic of events cannot be written to, so events wait"
            );
        })?;
        Ok(Arc::clone(known.insert(found)))
    }

    async fn find_partitions(&self) -> Result<Partitions, ProduceError> {
        let client = self.connect().await?;
        let topics = client.list_topics().await?;
        let topic = topics.into_iter().find(|topic| topic.name == self.topic);
        let topic = topic.ok_or_else(|| ProduceError::NoTopic(self.topic.clone()))?;
        let mut partitions = Vec::new();
        for number in topic.partitions {
            let partition =
                client.partition_client(&self.topic, number, UnknownTopicHandling::Error);
            partitions.push(partition.await?);
        }
        if partitions.is_empty() {
            return Err(ProduceError::NoTopic(self.topic.clone()));
        }
        Ok(partitions.into())
    }

    async fn connect(&self) -> Result<Client, ProduceError> {
        let mut builder = ClientBuilder::new(self.brokers.clone())
            .client_id("darkroom")
            .backoff_config(BackoffConfig {
                max_backoff: LONGEST_PAUSE,
                deadline: Some(LONGEST_REQUEST),
                ..BackoffConfig::default()
            });
        if let Some(user) = &self.user {
            builder = builder
                .tls_config(Arc::new(tls()?))
                .sasl_config(SaslConfig::Plain(user.clone()));
        }
        Ok(builder.build().await?)
    }
}

/// TLS with the system's certificates.
fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider: Arc<CryptoProvider> = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_platform_verifier()?
        .with_no_client_auth())
}

/// The partition of an image. It is always the same one, so that the image's events stay in order.
fn partition_of(id: &RecordId, partitions: usize) -> usize {
    let digest = Sha256::digest(id.as_str());
    let number = digest[..8]
        .iter()
        .fold(0, |number, byte| number << 8 | u64::from(*byte));
    // A number of partitions fits into either type.
    usize::try_from(number % partitions as u64).unwrap_or_default()
}

/// Whether a broker, `host:port`, is on this machine.
fn is_local(broker: &str) -> bool {
    is_loopback(broker.rsplit_once(':').map_or(broker, |(host, _)| host))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kafka(settings: &[(&str, &str)]) -> anyhow::Result<Kafka> {
        Kafka::from_settings(&|name: &str| {
            let setting = settings.iter().find(|(key, _)| *key == name);
            setting.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn without_tls_only_this_machine_is_spoken_to() {
        assert!(kafka(&[]).is_err());
        for brokers in ["localhost:9092", "127.0.0.1:9092, [::1]:9093"] {
            assert!(kafka(&[("KAFKA_BROKERS", brokers)]).is_ok(), "{brokers}");
        }
        let elsewhere = ("KAFKA_BROKERS", "127.0.0.1:9092,broker.example.net:9092");
        assert!(kafka(&[elsewhere]).is_err());
        let user = ("KAFKA_USERNAME", "key");
        assert!(kafka(&[elsewhere, user]).is_err());
        assert!(kafka(&[elsewhere, user, ("KAFKA_PASSWORD", "secret")]).is_ok());
    }

    #[test]
    fn an_image_keeps_its_partition() {
        let of = |name: &str| partition_of(&RecordId::from_name(name), 7);
        assert_eq!(of("a.jpg"), of("a.jpg"));
        let used: std::collections::BTreeSet<_> =
            (0..100).map(|number| of(&number.to_string())).collect();
        assert_eq!(used.len(), 7);
    }
}
