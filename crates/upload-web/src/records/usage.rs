//! How many images a user has, and how many bytes they take.

use azure_data_cosmos::{
    feed::FeedScope,
    options::{MaxItemCountHint, QueryOptions},
};
use contract::{RecordId, RenditionRecord};
use futures::TryStreamExt as _;
use serde::Deserialize;
use tokio::time::{Duration, Instant};

use super::{Records, failed, filter::Filter, insights::days::PAGE, patiently};
use crate::{auth::User, error::Error};

/// How long the records are read. What was read by then is the answer.
const LONGEST: Duration = Duration::from_secs(10);

/// What the records of one user add up to, rejected images included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many images there are.
    pub images: u64,
    /// Bytes of the originals.
    pub original_bytes: u64,
    /// Bytes of the renditions.
    pub rendition_bytes: u64,
    /// Whether there are more records than were read.
    pub incomplete: bool,
}

/// The columns of one record.
#[derive(Debug, Deserialize)]
struct Row {
    id: RecordId,
    bytes: Option<u64>,
    #[serde(default)]
    renditions: Vec<RenditionRecord>,
}

impl Records {
    /// Adds up the records of a user's own images, `most` of them at most. `seen` is called with the id of each.
    pub async fn usage(
        &self,
        user: &User,
        most: u64,
        mut seen: impl FnMut(&RecordId),
    ) -> Result<Usage, Error> {
        let options = QueryOptions::default().with_max_item_count(MaxItemCountHint::Limit(PAGE));
        let query = Filter::own(user).sizes()?;
        let container = self.open().await?;
        let rows = container.query_items::<Row>(query, FeedScope::full_container(), Some(options));
        let mut rows = patiently(rows).await?.map_err(failed)?;
        let mut usage = Usage::default();
        let end = Instant::now() + LONGEST;
        while let Some(row) = patiently(rows.try_next()).await?.map_err(failed)? {
            if usage.images == most || Instant::now() > end {
                usage.incomplete = true;
                break;
            }
            seen(&row.id);
            usage.add(&row);
        }
        Ok(usage)
    }
}

impl Usage {
    fn add(&mut self, row: &Row) {
        self.images += 1;
        self.original_bytes += row.bytes.unwrap_or_default();
        let renditions = row.renditions.iter().filter_map(|one| one.bytes);
        self.rendition_bytes += renditions.sum::<u64>();
    }

    /// Bytes of originals and renditions.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.original_bytes + self.rendition_bytes
    }
}
