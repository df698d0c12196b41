//! Delivers events to a webhook until it accepts them, or until they are given up.
//!
//! Source: <https://learn.microsoft.com/azure/event-grid/delivery-and-retry>.

use std::time::Duration;

use azure_core::http::Url;
use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::Value;
use tokio::time::Instant;

use super::{
    EventGridOptions,
    dead_letter::{DeadLetters, GivenUp, Reason},
};
use crate::log::root_cause;

/// An answer that takes longer counts as none.
const LONGEST_ANSWER: Duration = Duration::from_secs(30);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The deliveries to one webhook.
pub(super) struct Delivery {
    http: reqwest::Client,
    webhook: Url,
    first_pause: Duration,
    most_attempts: u32,
    time_to_live: Duration,
    dead_letters: Option<DeadLetters>,
}

/// Why an attempt failed.
struct Refusal {
    /// The reason for the log.
    trouble: String,
    /// The reason in Event Grid's terms.
    outcome: &'static str,
    /// Whether another attempt would end the same way.
    is_final: bool,
}

impl Delivery {
    pub(super) fn new(
        webhook: Url,
        options: &EventGridOptions,
        dead_letters: Option<DeadLetters>,
    ) -> Self {
        Self {
            // Building it fails only without TLS, which is not needed here.
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(LONGEST_ANSWER)
                .build()
                .unwrap_or_default(),
            webhook,
            first_pause: options.retry_delay,
            most_attempts: options.max_delivery_attempts,
            time_to_live: options.time_to_live,
            dead_letters,
        }
    }

    /// Delivers a list of events. Returns once they are accepted or given up.
    pub(super) async fn make(&self, events: &Value) {
        if events.as_array().is_some_and(Vec::is_empty) {
            return;
        }
        let (begun, published) = (Instant::now(), Timestamp::now());
        let mut pause = self.first_pause;
        for attempt in 1_u32.. {
            let Err(refusal) = self.attempt(events).await else {
                return;
            };
            let reason = if refusal.is_final {
                Reason::Undeliverable
            } else if attempt >= self.most_attempts {
                Reason::MaxDeliveryAttemptsExceeded
            } else if begun.elapsed() + pause > self.time_to_live {
                Reason::TimeToLiveExceeded
            } else {
                tracing::warn!(
                    "Event Grid delivers again in {} ms: {}",
                    pause.as_millis(),
                    refusal.trouble
                );
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
                continue;
            };
            let given_up = GivenUp {
                reason,
                attempts: attempt,
                outcome: refusal.outcome,
                published,
            };
            return self.give_up(events, &given_up, &refusal.trouble).await;
        }
    }

    async fn attempt(&self, events: &Value) -> Result<(), Refusal> {
        let request = self
            .http
            .post(self.webhook.as_str())
            .header("content-type", "application/json; charset=utf-8")
            .header("aeg-event-type", "Notification")
            .body(events.to_string());
        match request.send().await {
            Ok(response) if response.status().is_success() => Ok(()),
            Ok(response) => Err(Refusal {
                trouble: response.status().to_string(),
                outcome: outcome(response.status()),
                is_final: matches!(
                    response.status(),
                    StatusCode::BAD_REQUEST
                        | StatusCode::UNAUTHORIZED
                        | StatusCode::FORBIDDEN
                        | StatusCode::PAYLOAD_TOO_LARGE
                ),
            }),
            Err(error) => Err(Refusal {
                trouble: error.without_url().to_string(),
                outcome: "GenericError",
                is_final: false,
            }),
        }
    }

    async fn give_up(&self, events: &Value, given_up: &GivenUp, trouble: &str) {
        let reason = given_up.reason.text();
        let Some(dead_letters) = &self.dead_letters else {
            tracing::error!("Event Grid drops a delivery, {reason}: {trouble}");
            return;
        };
        match dead_letters.keep(events, given_up).await {
            Ok(name) => {
                tracing::error!("Event Grid keeps a delivery as {name}, {reason}: {trouble}");
            }
            Err(error) => tracing::error!(
                "Event Grid drops a delivery, {reason}, and its dead letter cannot be written: {}",
                root_cause(&error)
            ),
        }
    }
}

fn outcome(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "BadRequest",
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "Unauthorized",
        StatusCode::NOT_FOUND => "NotFound",
        StatusCode::REQUEST_TIMEOUT => "TimedOut",
        StatusCode::PAYLOAD_TOO_LARGE => "PayloadTooLarge",
        StatusCode::SERVICE_UNAVAILABLE => "Busy",
        _ => "GenericError",
    }
}
