//! `eventGridTrigger`, with cardinality one and many.

use serde::{
    Deserialize,
    de::{DeserializeOwned, IgnoredAny},
};
use serde_json::Value;

use crate::{Data, InvalidInvocation, Trigger};

/// An event in the Event Grid schema, with its own data as `D`.
///
/// By default the host answers 400 to CloudEvents, and no function sees them.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventGridEvent<D = Value> {
    /// Unique within its source.
    pub id: String,
    /// What happened, for example `Microsoft.Storage.BlobCreated`.
    pub event_type: String,
    /// What it happened to, as a path below the topic.
    pub subject: String,
    /// The source; Event Grid fills it in.
    #[serde(default)]
    pub topic: Option<String>,
    /// When it happened, as ISO 8601 text.
    pub event_time: String,
    /// The version of the data's schema.
    #[serde(default)]
    pub data_version: Option<String>,
    /// The data, whose shape depends on the event type.
    pub data: D,
}

impl<D: DeserializeOwned> Trigger for EventGridEvent<D> {
    type Metadata = IgnoredAny;

    fn read(_: IgnoredAny, data: Data) -> Result<Self, InvalidInvocation> {
        data.json()
    }
}

/// Events that arrived together: `"cardinality": "many"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventGridBatch<D = Value>(pub Vec<EventGridEvent<D>>);

impl<D: DeserializeOwned> Trigger for EventGridBatch<D> {
    type Metadata = IgnoredAny;

    fn read(_: IgnoredAny, data: Data) -> Result<Self, InvalidInvocation> {
        data.nested_json().map(Self)
    }
}
