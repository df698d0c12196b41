//! What every invocation shares.

use std::sync::Arc;

use anyhow::Context as _;
use imaging::Presets;

use crate::{
    admission::Admission,
    originals::Originals,
    settings::Settings,
    wiring::{RenditionStore, Wiring},
};

/// Presets, places and clients, made once at start-up.
pub struct App {
    /// The recipes and the limits.
    pub presets: Presets,
    /// How much is worked on at once.
    pub admission: Admission,
    /// Whether damaged pixels are good enough.
    pub accept_damaged: bool,
    /// Whether records may say where a picture was taken.
    pub store_gps: bool,
    /// The container of originals that come by blob trigger.
    pub uploads: Originals,
    /// Where renditions go.
    pub renditions: RenditionStore,
}

impl App {
    /// Makes everything from settings, the presets and the functions' bindings.
    pub fn new(
        settings: &Settings,
        presets: Presets,
        wiring: Wiring,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Arc<Self>> {
        let uploads = Originals::new(&wiring.uploads, &lookup).context("ProcessUpload")?;
        Ok(Arc::new(Self {
            admission: Admission::new(settings),
            accept_damaged: settings.accept_damaged,
            presets,
            store_gps: settings.store_gps,
            uploads,
            renditions: wiring.renditions,
        }))
    }
}
