//! Where events about images go: an Event Grid topic, a webhook or a Kafka topic.
//!
//! A sink sends the events of one image in order, each only after the one before is acknowledged. It waits out passing
//! trouble ([`Patience`]) and returns the events that are refused for good.

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

/// How many images have an event in transit at once.
const IMAGES_AT_ONCE: usize = 8;

/// A receiver of events.
pub enum Sink {
    /// A custom topic of Event Grid.
    EventGrid(EventGrid),
    /// A topic of Kafka.
    Kafka(Kafka),
    /// An HTTP address of the operator's choice.
    Webhook(Webhook),
}

/// An event that a sink will never take.
#[derive(Debug)]
pub struct Refused<'a> {
    /// The event.
    pub event: &'a ImageEvent,
    /// The reason that the sink gave.
    pub reason: Rejection,
}

/// Whether a host is this machine. Connections to it need no TLS.
fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

impl Sink {
    /// The sink that the settings name, if any.
    ///
    /// # Errors
    ///
    /// A required setting is missing or invalid.
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
    /// Passing trouble that outlasted the patience. Some of the events may have arrived.
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
