//! What the images of each uploader take.

use std::collections::BTreeMap;

use contract::cost;
use serde::Serialize;
use utoipa::ToSchema;

use super::Figures;

/// The most uploaders in an answer.
const MOST_UPLOADERS: usize = 100;

/// What the images of one uploader take, rejected ones included.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Uploader {
    /// The uploader's id as records have it; absent for images that came by another tool and name none.
    pub uploader: Option<String>,
    /// How many images there are.
    pub images: u64,
    /// Bytes of the originals.
    pub original_bytes: u64,
    /// Renditions that were written.
    pub renditions: u64,
    /// Bytes of the renditions.
    pub rendition_bytes: u64,
    /// Seconds of processor time, estimated from the stages of processing.
    pub cpu_seconds: f64,
    /// US dollars at list prices, for processor time and writes, without storage.
    pub dollars: f64,
}

impl Uploader {
    pub(super) fn add(&mut self, figures: &Figures) {
        let bytes = || figures.renditions.iter().filter_map(|one| one.bytes);
        self.images += 1;
        self.original_bytes += figures.bytes.unwrap_or_default();
        self.renditions += bytes().count() as u64;
        self.rendition_bytes += bytes().sum::<u64>();
        self.cpu_seconds += figures.milliseconds.cpu_seconds();
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.images += other.images;
        self.original_bytes += other.original_bytes;
        self.renditions += other.renditions;
        self.rendition_bytes += other.rendition_bytes;
        self.cpu_seconds += other.cpu_seconds;
    }

    fn priced(self, uploader: Option<String>) -> Self {
        Self {
            uploader,
            dollars: cost::dollars(self.cpu_seconds, self.images, self.renditions),
            ..self
        }
    }
}

/// The uploaders with their prices, the most expensive first.
pub(super) fn most_expensive(uploaders: BTreeMap<&Option<String>, Uploader>) -> Vec<Uploader> {
    let priced = uploaders.into_iter();
    let mut priced: Vec<_> = priced
        .map(|(uploader, sum)| sum.priced(uploader.clone()))
        .collect();
    priced.sort_by(|one, other| other.dollars.total_cmp(&one.dollars));
    priced.truncate(MOST_UPLOADERS);
    priced
}
