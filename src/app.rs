//! What every invocation shares.

use std::sync::Arc;

use anyhow::Context as _;
use azure_core::http::Url;
use connections::StorageConnection;
use imaging::Presets;

use crate::{
    admission::Admission,
    delivery::{Delivery, Direct},
    originals::Originals,
    settings::{Settings, WayOut},
    wiring::Wiring,
};

/// Presets, places and clients, made once at start-up.
pub struct App {
    /// The recipes and the limits.
    pub presets: Presets,
    /// How much is worked on at once.
    pub admission: Admission,
    /// How many originals are decoded at once.
    pub workers: usize,
    /// Whether damaged pixels are good enough.
    pub accept_damaged: bool,
    /// Whether records may say where a picture was taken.
    pub store_gps: bool,
    /// The container of originals that come by blob trigger.
    pub uploads: Originals,
    /// The container of originals that messages refer to.
    pub incoming: Originals,
    /// The address of the container of renditions, without anything that gives access to it.
    pub renditions: Url,
    /// The way out of functions with output bindings.
    pub delivery: Delivery,
    /// The way out of functions without.
    pub direct: Arc<Direct>,
}

impl App {
    /// Makes everything from settings, the presets and the functions' bindings.
    pub fn new(
        settings: &Settings,
        presets: Presets,
        wiring: &Wiring,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Arc<Self>> {
        let uploads =
            Originals::new(&wiring.uploads, &lookup).context("the container of uploads")?;
        let incoming = Originals::new(&wiring.incoming, &lookup)
            .context("the container of incoming originals")?;
        let storage = StorageConnection::from_settings(&wiring.renditions.connection, &lookup)?;
        let direct = Arc::new(Direct::new(wiring, &presets, &lookup)?);
        Ok(Arc::new(Self {
            admission: Admission::new(settings),
            workers: settings.workers.get(),
            accept_damaged: settings.accept_damaged,
            presets,
            store_gps: settings.store_gps,
            uploads,
            incoming,
            renditions: wiring.renditions.address(&storage)?,
            delivery: match settings.delivery {
                WayOut::Bindings => Delivery::Bindings,
                WayOut::Direct => Delivery::Direct(Arc::clone(&direct)),
            },
            direct,
        }))
    }
}
