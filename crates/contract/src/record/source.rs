use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::timestamp;

/// Where an original came from, precisely enough to find it again.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Source {
    /// The way in which it arrived.
    pub kind: SourceKind,
    /// Blob container that holds the original's bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The image's name: the name of the blob, or the key of the message. Renditions and the id of
    /// the record are named after it.
    pub name: String,
    /// The blob's entity tag when it was read, with its quotes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// The blob's address, without any access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Kafka topic of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Kafka partition of the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub partition: Option<i32>,
    /// Offset of the message in its partition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<i64>,
    /// The message's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Who uploaded it, as determined by the web application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uploader: Option<String>,
    /// When it arrived at its source (the last change of the blob, or the timestamp of the
    /// message): in UTC, RFC 3339 with nine digits of sub-seconds.
    #[serde(with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<timestamp::Rfc3339>"))]
    pub uploaded_at: Option<Timestamp>,
}

impl Source {
    /// The version of the original: the blob's entity tag, or the message's topic, partition and
    /// offset. Renditions carry it in their metadata. Absent if the source did not state it.
    #[must_use]
    pub fn version(&self) -> Option<String> {
        match (&self.topic, self.partition, self.offset) {
            (Some(topic), Some(partition), Some(offset)) => {
                Some(format!("{topic}/{partition}/{offset}"))
            }
            _ => self.etag.clone(),
        }
    }
}

/// The ways in which an original arrives.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum SourceKind {
    /// A blob in the container of uploads.
    #[default]
    Blob,
    /// A Kafka message, through the Kafka trigger.
    Kafka,
    /// A Kafka message, through the Azure Functions Sink Connector.
    Sink,
}

impl SourceKind {
    /// Whether originals of this kind are messages on a topic.
    #[must_use]
    pub fn is_message(self) -> bool {
        matches!(self, Self::Kafka | Self::Sink)
    }
}
