//! Where events about images go: an Event Grid topic, a webhook, or a Kafka topic.
//!
//! A sink takes the events of one image in their order, each only after it has said that it has the one before. Trouble that
//! passes is waited out ([`Patience`]); what a sink refuses for good is handed back.

mod endpoint;
mod event_grid;
mod kafka;
mod signature;
mod webhook;

use anyhow::Context as _;
use contract::{ImageEvent, Rejection};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};

use crate::{
    error::Retry,
    patience::Patience,
    settings::Events,
    sinks::{event_grid::EventGrid, kafka::Kafka, webhook::Webhook},
};

/// How many images have an event under way at once.
const IMAGES_AT_ONCE: usize = 8;

/// Where events go.
pub enum Sink {
    /// A custom topic of Event Grid.
    EventGrid(EventGrid),
    /// A topic of Kafka.
    Kafka(Kafka),
    /// Somebody's own address.
    Webhook(Webhook),
}

/// An event that a sink will never take.
#[derive(Debug)]
pub struct Refused<'a> {
    /// The event.
    pub event: &'a ImageEvent,
    /// What the sink said.
    pub reason: Rejection,
}

/// Whether a host is this machine, whose connections need no TLS.
fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

impl Sink {
    /// The sink that the settings name, if they name one.
    ///
    /// # Errors
    ///
    /// A setting that it needs is missing, or cannot be used.
    pub fn from_settings(
        events: Events,
        lookup: &impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Option<Self>> {
        let sink = match events {
            Events::None => return Ok(None),
            Events::EventGrid => EventGrid::from_settings(lookup).map(Self::EventGrid),
            Events::Kafka => Kafka::from_settings(lookup).map(Self::Kafka),
            Events::Webhook => Webhook::from_settings(lookup).map(Self::Webhook),
        };
        sink.map(Some).context("DARKROOM_EVENTS")
    }

    /// Sends events, and returns those that the sink will never take.
    ///
    /// # Errors
    ///
    /// Passing trouble that has outlasted the patience. Some of the events may have arrived.
    pub async fn send<'a>(
        &self,
        patience: &Patience,
        events: &'a [ImageEvent],
    ) -> Result<Vec<Refused<'a>>, Retry> {
        if let Self::EventGrid(topic) = self {
            return topic.send(patience, events).await;
        }
        let images = by_image(events).into_iter();
        let images: Vec<_> = images
            .map(|image| self.send_in_order(patience, image).boxed())
            .collect();
        let refused: Vec<_> = stream::iter(images)
            .buffer_unordered(IMAGES_AT_ONCE)
            .try_collect()
            .await?;
        Ok(refused.into_iter().flatten().collect())
    }

    async fn send_in_order<'a>(
        &self,
        patience: &Patience,
        events: Vec<&'a ImageEvent>,
    ) -> Result<Vec<Refused<'a>>, Retry> {
        let mut refused = Vec::new();
        for event in events {
            let sent = match self {
                Self::EventGrid(topic) => topic.send_one(patience, event).await?,
                Self::Kafka(topic) => topic.send_one(patience, event).await?,
                Self::Webhook(webhook) => webhook.send_one(patience, event).await?,
            };
            refused.extend(sent.err().map(|reason| Refused { event, reason }));
        }
        Ok(refused)
    }
}

/// The events of each image, in their order.
fn by_image(events: &[ImageEvent]) -> Vec<Vec<&ImageEvent>> {
    let mut images: Vec<Vec<&ImageEvent>> = Vec::new();
    for event in events {
        match images
            .iter_mut()
            .find(|image| image[0].subject == event.subject)
        {
            Some(image) => image.push(event),
            None => images.push(vec![event]),
        }
    }
    images
}

/// The JSON text of an event.
fn json(event: &ImageEvent) -> Result<Vec<u8>, Retry> {
    serde_json::to_vec(event).map_err(|error| Retry::new("writing JSON", error))
}
