use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Warning, timestamp};

/// How and by what a record was made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Processing {
    /// Short hash of the presets that were used. Two records with the same value used the same presets.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub presets_version: Option<String>,
    /// Version of the handler.
    pub handler_version: String,
    /// The Functions host's id of the invocation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invocation_id: Option<String>,
    /// W3C trace id: 32 lowercase hexadecimal digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(regex(pattern = r"^[0-9a-f]{32}$")))]
    pub trace_id: Option<String>,
    /// The number of this attempt, from 1. Absent if the host does not state it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
    /// The run in which this record was made. Absent if an event about the original made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// When that run made it: in UTC, RFC 3339 with nine digits of sub-seconds. `createdAt` is not changed.
    #[serde(with = "timestamp::option", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<timestamp::Rfc3339>"))]
    pub reprocessed_at: Option<Timestamp>,
    /// The time that each stage took.
    pub milliseconds: Milliseconds,
    /// Problems that did not stop the processing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<Warning>,
}

/// Wall-clock milliseconds per stage. A stage that did not run is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct Milliseconds {
    /// Waiting for a free worker before the work started.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait: Option<f64>,
    /// Reading the original from storage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<f64>,
    /// Reading the header and checking the limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inspect: Option<f64>,
    /// Decoding the pixels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decode: Option<f64>,
    /// Converting colours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<f64>,
    /// Resizing, all renditions together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resize: Option<f64>,
    /// Encoding, all renditions together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encode: Option<f64>,
    /// Reading metadata, hashing and measuring.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<f64>,
    /// Writing the renditions, if the handler writes them itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deliver: Option<f64>,
    /// From the arrival of the event to this record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<f64>,
}

impl Milliseconds {
    /// The stages that took time, by name, in the order in which they happen.
    pub fn stages(&self) -> impl Iterator<Item = (&'static str, f64)> {
        [
            ("wait", self.wait),
            ("read", self.read),
            ("inspect", self.inspect),
            ("decode", self.decode),
            ("colour", self.colour),
            ("resize", self.resize),
            ("encode", self.encode),
            ("metadata", self.metadata),
            ("deliver", self.deliver),
        ]
        .into_iter()
        .filter_map(|(stage, time)| Some((stage, time?)))
    }
}
