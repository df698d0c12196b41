//! Bringing events to a webhook until it takes them.

use std::time::Duration;

use azure_core::http::Url;
use reqwest::StatusCode;
use serde_json::Value;

/// No pause grows longer than this.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);

/// The way to one webhook.
#[derive(Debug)]
pub(super) struct Delivery {
    http: reqwest::Client,
    webhook: Url,
    first_pause: Duration,
}

impl Delivery {
    pub(super) fn new(webhook: Url, first_pause: Duration) -> Self {
        Self {
            // It fails only without TLS, which nobody needs here.
            http: reqwest::Client::builder()
                .no_proxy()
                .build()
                .unwrap_or_default(),
            webhook,
            first_pause,
        }
    }

    /// Delivers a list of events. Returns once they are taken, or refused for good.
    pub(super) async fn make(&self, events: &Value) {
        if events.as_array().is_some_and(Vec::is_empty) {
            return;
        }
        let mut pause = self.first_pause;
        loop {
            let request = self
                .http
                .post(self.webhook.as_str())
                .header("content-type", "application/json; charset=utf-8")
                .header("aeg-event-type", "Notification")
                .body(events.to_string());
            let trouble = match request.send().await {
                Ok(response) if response.status().is_success() => return,
                // What is refused like this is never tried again.
                // Source: <https://learn.microsoft.com/azure/event-grid/delivery-and-retry>.
                Ok(response) if is_final(response.status()) => {
                    tracing::error!(
                        "Event Grid drops a delivery: the answer was {}",
                        response.status()
                    );
                    return;
                }
                Ok(response) => response.status().to_string(),
                Err(error) => error.without_url().to_string(),
            };
            tracing::warn!(
                "Event Grid delivers again in {} ms: {trouble}",
                pause.as_millis()
            );
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

fn is_final(status: StatusCode) -> bool {
    status == StatusCode::BAD_REQUEST || status == StatusCode::PAYLOAD_TOO_LARGE
}
