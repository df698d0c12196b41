//! A webhook: each event is a signed request of its own.

use anyhow::Context as _;
use contract::{ImageEvent, Rejection};
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;

use super::{
    endpoint::{Endpoint, post},
    json,
    signature::Signer,
};
use crate::{error::Retry, patience::Patience};

/// An HTTP address of the operator's choice.
pub struct Webhook {
    endpoint: Endpoint,
    signer: Signer,
}

impl Webhook {
    pub(super) fn from_settings(lookup: &impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let secret = lookup("DARKROOM_EVENTS_SECRET").unwrap_or_default();
        Ok(Self {
            endpoint: Endpoint::from_settings(lookup)?,
            signer: Signer::new(&secret).context("DARKROOM_EVENTS_SECRET")?,
        })
    }

    /// Sends one event, or returns the reason why it is not taken.
    pub(super) async fn send_one(
        &self,
        patience: &Patience,
        event: &ImageEvent,
    ) -> Result<Result<(), Rejection>, Retry> {
        let doing = format!("sending the event {} about {}", event.id, event.subject);
        let body = &json(event)?;
        post(patience, &doing, || async move {
            // A receiver refuses old signatures, so each try is signed again.
            let now = Timestamp::now().as_second();
            Ok(self
                .endpoint
                .post()
                .header(CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
                .header("webhook-id", &event.id)
                .header("webhook-timestamp", now)
                .header("webhook-signature", self.signer.sign(&event.id, now, body))
                .body(body.clone()))
        })
        .await
    }
}
