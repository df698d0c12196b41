//! State that all invocations share.

use std::sync::Arc;

use anyhow::Context as _;
use azure_core::http::Url;
use contract::{BlobName, Record, SourceKind, names};
use imaging::{Limits, Presets};

use crate::{
    admission::Admission,
    delivery::{Bindings, Delivery, DeliveryMode, Direct},
    error::Retry,
    functions::retry_upload,
    patience::Patience,
    settings::Settings,
    sinks::Sink,
    stores::{
        accounts::Accounts, attempts::Attempts, container::Container, dead_letters::DeadLetters,
        originals::Originals, queue::Queue, records::Records, renditions::Renditions, runs::Runs,
    },
    turns::Turns,
    wiring::{self, Wiring},
};

/// Presets, limits and clients, created once at start-up.
pub struct App {
    /// The presets with their limits.
    pub presets: Presets,
    /// Limits on concurrent work.
    pub admission: Admission,
    /// How many originals are decoded at once.
    pub workers: usize,
    /// The limits of originals, and which formats the settings allow.
    pub limits: Limits,
    /// Whether originals with damaged pixels are processed.
    pub accept_damaged: bool,
    /// Whether records may hold the place where a picture was taken.
    pub store_gps: bool,
    /// The largest size of a record in bytes.
    pub max_record_bytes: usize,
    /// How functions with output bindings deliver their results.
    pub mode: DeliveryMode,
    /// The images being processed in this process.
    pub turns: Turns,
    /// The container of originals that come through the blob trigger.
    pub uploads: Arc<Originals>,
    /// The container of originals that messages refer to.
    pub incoming: Originals,
    /// The records of all images.
    pub records: Arc<Records>,
    /// The marks of attempts.
    pub attempts: Arc<Attempts>,
    /// Messages and events that can never succeed.
    pub dead_letters: DeadLetters,
    /// Options of the nightly check.
    pub nightly: Nightly,
    /// The documents of runs.
    pub runs: Runs,
    /// The queue with the work of runs.
    pub work: Queue,
    /// The poison queue with uploads that the host gave up.
    pub parked: Queue,
    /// Where events about images go.
    pub sink: Option<Sink>,
    /// Delivery through the SDKs.
    pub direct: Direct,
}

/// Options of the nightly check.
#[derive(Clone, Copy, Debug)]
pub struct Nightly {
    /// How many images it checks each night.
    pub sample: u64,
    /// Whether it repairs what it finds.
    pub repair: bool,
}

impl App {
    /// Builds everything from the settings, the presets and the functions' bindings.
    pub fn new(
        settings: &Settings,
        presets: Presets,
        wiring: &Wiring,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Arc<Self>> {
        let accounts = Accounts::new(&lookup);
        let originals = |container: &wiring::Container| {
            Originals::new(container, &accounts.get(&container.connection)?)
        };
        let uploads = originals(&wiring.uploads).context("the container of uploads")?;
        let incoming =
            originals(&wiring.incoming).context("the container of incoming originals")?;
        let images = accounts.get(&wiring.uploads.connection)?;
        let queue = |name: &str| Queue::new(&images, name);
        let storage = accounts.get(&wiring.renditions.connection)?;
        let container = |name: &str| {
            let container = wiring::Container {
                connection: wiring.renditions.connection.clone(),
                name: name.to_owned(),
            };
            Container::new(&container, &storage)
        };
        let (uploads, records, attempts) = (
            Arc::new(uploads),
            Arc::new(Records::new(&wiring.records, &lookup)?),
            Arc::new(Attempts::new(container(names::ATTEMPTS)?)),
        );
        let renditions = Renditions::new(
            container(&wiring.renditions.name)?,
            wiring.renditions.address(&storage)?,
            &presets,
        );
        Ok(Arc::new(Self {
            admission: Admission::new(settings),
            workers: settings.workers.get(),
            accept_damaged: settings.accept_damaged,
            limits: Limits {
                accept_heic: settings.heic,
                ..*presets.limits()
            },
            presets,
            store_gps: settings.store_gps,
            max_record_bytes: settings.max_record_kib * 1024,
            mode: settings.delivery,
            turns: Turns::default(),
            nightly: Nightly {
                sample: settings.check_sample,
                repair: settings.check_repair,
            },
            runs: Runs::new(container(names::RUNS)?),
            work: queue(names::RUNS_QUEUE)?,
            parked: queue(retry_upload::QUEUE)?,
            dead_letters: DeadLetters::new(container(&settings.dead_letters)?),
            incoming,
            sink: Sink::from_settings(settings.events, &lookup)?,
            direct: Direct {
                uploads: Arc::clone(&uploads),
                renditions,
                records: Arc::clone(&records),
                attempts: Arc::clone(&attempts),
                late_writes: settings.late_writes,
            },
            uploads,
            records,
            attempts,
        }))
    }

    /// The delivery for a mode.
    #[must_use]
    pub fn delivery(&self, mode: DeliveryMode) -> Delivery<'_> {
        match mode {
            DeliveryMode::Bindings => Delivery::Bindings(Bindings(&self.direct)),
            DeliveryMode::Direct => Delivery::Direct(&self.direct),
        }
    }

    /// The name of the blob that the message of a record may have referred to. The sink connector
    /// passes no headers on, so its messages name the blob by their key.
    #[must_use]
    pub fn incoming_blob(&self, record: &Record) -> Option<String> {
        let source = &record.source;
        let name = match &source.url {
            Some(url) => self.incoming.name_at(&Url::parse(url).ok()?)?,
            None if source.kind == SourceKind::Sink => source.name.clone(),
            None => return None,
        };
        Some(BlobName::parse(name).ok()?.into_string())
    }

    /// Whether everything that a record names has been delivered. The handler writes a record last,
    /// so its record is proof. Of what the host writes, any part may have failed.
    pub async fn is_delivered(
        &self,
        mode: DeliveryMode,
        patience: &Patience,
        record: Option<&Record>,
    ) -> Result<bool, Retry> {
        match (mode, record) {
            (DeliveryMode::Bindings, Some(record)) => {
                Bindings(&self.direct).is_complete(patience, record).await
            }
            _ => Ok(true),
        }
    }
}
