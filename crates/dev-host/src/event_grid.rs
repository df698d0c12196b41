//! Event Grid on this machine: a system topic of a storage account, and one subscription to it.
//!
//! It finds changes by listing the container again and again. It differs from Azure in these
//! points:
//! - A blob that is created and deleted between two looks is never announced.
//! - Every version is announced as if a single `Put Blob` had written it. A change of metadata or
//!   properties alone is not announced, as on Azure. The same content written again within the same
//!   second is not announced either, because a list cannot tell the two apart.
//! - Only one container is watched, whatever the filters allow.
//! - Pauses between attempts grow to a minute, not to hours.
//!
//! Storage keeps what has been announced, so that a restart misses nothing. A new subscription does
//! not announce existing blobs, as on Azure.

mod dead_letter;
mod delivery;
mod event;
mod memory;
mod subscription;

use std::{collections::HashMap, sync::Arc, time::Duration};

use azure_core::{
    error::ErrorKind,
    http::{StatusCode, Url},
};
use azure_storage_blob::{BlobContainerClient, models::BlobItem};
use connections::{ConnectionError, StorageConnection};
use futures::TryStreamExt as _;
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{Instant, timeout},
};

use crate::{dice::Dice, log::storage_trouble};
use dead_letter::DeadLetters;
use delivery::Delivery;
use event::{Change, Source};
use memory::Memory;
pub use subscription::EventSubscription;

/// How a subscription delivers. [`Default`] has the defaults.
#[derive(Debug, Clone)]
pub struct EventGridOptions {
    /// The pause between two looks at the container. Default: 100 ms.
    pub scan_interval: Duration,
    /// The types of events that are delivered. Default: only `Microsoft.Storage.BlobCreated`; the
    /// only other type here is `Microsoft.Storage.BlobDeleted`.
    pub included_event_types: Vec<String>,
    /// The required beginning of an event's subject. Default: nothing beyond the container.
    pub subject_begins_with: String,
    /// The most events of one delivery. Default: 1, as on Azure.
    pub max_events_per_batch: usize,
    /// The pause before the second attempt of a delivery. It doubles with each further one, up to a
    /// minute. Default: 1 s, while Azure begins with 10 s.
    pub retry_delay: Duration,
    /// The number of attempts after which a delivery is given up. Default: 30, as on Azure.
    pub max_delivery_attempts: u32,
    /// The time after which a delivery is given up. Default: 24 hours, as on Azure.
    pub time_to_live: Duration,
    /// The container in the same account for events that are given up, in Azure's format. Default:
    /// none, and such events are dropped.
    pub dead_letter_container: Option<String>,
    /// Behaviour that Event Grid allows itself but rarely shows. Default: none.
    pub disorder: Option<Disorder>,
}

impl Default for EventGridOptions {
    fn default() -> Self {
        Self {
            scan_interval: Duration::from_millis(100),
            included_event_types: vec![event::CREATED.into()],
            subject_begins_with: String::new(),
            max_events_per_batch: 1,
            retry_delay: Duration::from_secs(1),
            max_delivery_attempts: 30,
            time_to_live: Duration::from_hours(24),
            dead_letter_container: None,
            disorder: None,
        }
    }
}

/// Duplicate deliveries and changed order.
#[derive(Debug, Clone)]
pub struct Disorder {
    /// The same seed makes the same choices, in the order in which changes are seen. It is logged,
    /// or printed if there is no log.
    pub seed: u64,
    /// The fraction of deliveries that is made twice, from 0 to 1.
    pub duplicates: f64,
    /// Each delivery is delayed by a time up to this, which changes the order.
    pub longest_delay: Duration,
}

/// The subscription of one webhook to the changes of one container. Dropping it ends it.
#[derive(Debug)]
pub struct SystemTopic(JoinHandle<()>);

impl Drop for SystemTopic {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl SystemTopic {
    /// Starts to watch a container, which need not exist yet, and to deliver to the webhook.
    ///
    /// `name` is the name of the subscription, under which the announced events are remembered, in
    /// the container `azure-webjobs-hosts` of the account.
    pub fn start(
        account: &StorageConnection,
        container: &str,
        name: &str,
        webhook: Url,
        options: EventGridOptions,
    ) -> Result<Self, ConnectionError> {
        let blobs = account.blobs()?;
        let source = Source::new(account, container);
        let dead_letters = options.dead_letter_container.as_ref().map(|letters| {
            let letters = blobs.blob_container_client(letters);
            DeadLetters::new(letters, name)
        });
        let subscription = Subscription {
            container: blobs.blob_container_client(container),
            memory: Memory::new(&blobs, name, container),
            source,
            delivery: Arc::new(Delivery::new(webhook, &options, dead_letters)),
            dice: options
                .disorder
                .as_ref()
                .map(|disorder| Dice::announced("Event Grid", disorder.seed)),
            options,
        };
        Ok(Self(tokio::spawn(subscription.run())))
    }
}

/// The longest pause between two looks, however long one takes. The options may set a longer one.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// A list that takes longer counts as lost.
const LONGEST_LIST: Duration = Duration::from_secs(10);

/// A running subscription.
struct Subscription {
    container: BlobContainerClient,
    memory: Memory,
    source: Source,
    delivery: Arc<Delivery>,
    dice: Option<Dice>,
    options: EventGridOptions,
}

impl Subscription {
    async fn run(mut self) {
        let mut deliveries = JoinSet::new();
        let mut reachable = true;
        loop {
            let begun = Instant::now();
            let result = self.look(&mut deliveries).await;
            // The next look comes soon, and one line about lasting trouble is enough.
            if result.is_ok() != reachable {
                reachable = result.is_ok();
                log_reachability(&self.source.container, result.err().as_ref());
            }
            // With many blobs a look takes long, and must not keep the storage from its work.
            let pause = (2 * begun.elapsed()).min(LONGEST_PAUSE);
            tokio::time::sleep(pause.max(self.options.scan_interval)).await;
        }
    }

    async fn look(&mut self, deliveries: &mut JoinSet<Vec<Change>>) -> azure_core::Result<()> {
        self.memory.load().await?;
        let listed = self.list().await?;
        for batch in self.memory.changes(&listed).chunks(self.batch()) {
            self.deliver(deliveries, batch);
        }
        while let Some(delivered) = deliveries.try_join_next() {
            // A delivery neither panics nor is cancelled while this task lives.
            self.memory.announced(delivered.unwrap_or_default());
        }
        self.memory.store(deliveries.is_empty()).await
    }

    fn batch(&self) -> usize {
        self.options.max_events_per_batch.max(1)
    }

    /// The list of blobs. A container that does not exist yet counts as empty.
    async fn list(&self) -> azure_core::Result<HashMap<String, BlobItem>> {
        let named = |item: BlobItem| {
            let name = item.name.clone();
            std::future::ready(Ok(name.map(|name| (name, item))))
        };
        let listed = self.container.list_blobs(None)?.try_filter_map(named);
        let listed = timeout(LONGEST_LIST, listed.try_collect()).await;
        match listed.unwrap_or_else(|_| Err(no_answer())) {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(HashMap::new()),
            other => other,
        }
    }

    /// Starts to deliver the changes that pass the filters, once or twice.
    fn deliver(&self, deliveries: &mut JoinSet<Vec<Change>>, batch: &[Change]) {
        let events: Vec<_> = batch
            .iter()
            .map(|change| self.source.event(change))
            .filter(|event| self.lets_through(event))
            .collect();
        let body = serde_json::Value::from(events);
        let times = match (&self.dice, &self.options.disorder) {
            (Some(dice), Some(disorder)) if dice.fraction() < disorder.duplicates => 2,
            _ => 1,
        };
        for time in 0..times {
            let pause = match (&self.dice, &self.options.disorder) {
                (Some(dice), Some(disorder)) => dice.time(disorder.longest_delay),
                _ => Duration::ZERO,
            };
            let (delivery, body) = (Arc::clone(&self.delivery), body.clone());
            // Only the first one is remembered.
            let announced = if time == 0 {
                batch.to_vec()
            } else {
                Vec::new()
            };
            deliveries.spawn(async move {
                tokio::time::sleep(pause).await;
                delivery.make(&body).await;
                announced
            });
        }
    }

    fn lets_through(&self, event: &serde_json::Value) -> bool {
        let text = |name: &str| event[name].as_str().unwrap_or_default();
        let types = &self.options.included_event_types;
        types.iter().any(|included| included == text("eventType"))
            && text("subject").starts_with(&self.options.subject_begins_with)
    }
}

fn no_answer() -> azure_core::Error {
    let message = format!("no answer for {} seconds", LONGEST_LIST.as_secs());
    azure_core::Error::with_message(ErrorKind::Io, message)
}

fn log_reachability(container: &str, error: Option<&azure_core::Error>) {
    match error {
        None => tracing::info!("Event Grid sees the container '{container}' again"),
        Some(error) => tracing::error!(
            "Event Grid cannot see the container '{container}': {}",
            storage_trouble(error)
        ),
    }
}
