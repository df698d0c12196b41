//! The container for events that Event Grid gives up: blobs, each a list of events that say why they are there.
//!
//! Source: <https://learn.microsoft.com/azure/event-grid/manage-event-delivery#set-dead-letter-location>.

use azure_core::http::StatusCode;
use azure_storage_blob::BlobContainerClient;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::outputs::create_container;

/// The container of dead letters, and the prefix of names in it.
pub(super) struct DeadLetters {
    container: BlobContainerClient,
    subscription: String,
}

/// The facts about events that were given up.
pub(super) struct GivenUp {
    pub(super) reason: Reason,
    pub(super) attempts: u32,
    pub(super) outcome: &'static str,
    pub(super) published: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reason {
    MaxDeliveryAttemptsExceeded,
    TimeToLiveExceeded,
    /// The answer was one that is never retried.
    Undeliverable,
}

impl Reason {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::MaxDeliveryAttemptsExceeded => "MaxDeliveryAttemptsExceeded",
            Self::TimeToLiveExceeded => "TimeToLiveExceeded",
            Self::Undeliverable => "UndeliverableDueToHttpStatus",
        }
    }
}

impl DeadLetters {
    pub(super) fn new(container: BlobContainerClient, subscription: &str) -> Self {
        Self {
            container,
            subscription: subscription.to_uppercase(),
        }
    }

    /// Stores events and returns the name of their blob.
    pub(super) async fn keep(
        &self,
        events: &Value,
        given_up: &GivenUp,
    ) -> azure_core::Result<String> {
        let now = Timestamp::now();
        let name = format!(
            "{}/{}/{}.json",
            self.subscription,
            now.strftime("%Y/%-m/%-d/%-H"),
            Uuid::new_v4()
        );
        let body = Bytes::from(letter(events, given_up, now).to_string());
        let blob = self.container.blob_client(&name);
        match blob.upload(body.clone().into(), None).await {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => {
                create_container(&self.container).await?;
                blob.upload(body.into(), None).await?;
            }
            other => drop(other?),
        }
        Ok(name)
    }
}

/// The events, each with the reason why it is here.
fn letter(events: &Value, given_up: &GivenUp, now: Timestamp) -> Value {
    let time = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let events = events.as_array().into_iter().flatten().map(|event| {
        let mut event = event.clone();
        event["deadLetterReason"] = given_up.reason.text().into();
        event["deliveryAttempts"] = json!(given_up.attempts);
        event["lastDeliveryOutcome"] = given_up.outcome.into();
        event["publishTime"] = time(given_up.published).into();
        event["lastDeliveryAttemptTime"] = time(now).into();
        event
    });
    events.collect()
}
