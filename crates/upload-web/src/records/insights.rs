//! What the records of some days add up to.
//!
//! The SDK cannot aggregate across partitions yet, so the few columns that matter are streamed and
//! added up here, a page of them at a time.

use std::collections::BTreeMap;

use azure_data_cosmos::feed::FeedScope;
use contract::{RenditionRecord, Status};
use futures::TryStreamExt as _;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Records, failed, filter::Filter, patiently};
use crate::error::Error;

/// What the records of some days add up to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Insights {
    /// How many records there are.
    pub images: u64,
    /// Records by the day they were made, `YYYY-MM-DD` in UTC.
    pub by_day: BTreeMap<String, Day>,
    /// Processed images by format.
    pub by_format: BTreeMap<String, u64>,
    /// Rejected images by the reason's code.
    pub by_error: BTreeMap<String, u64>,
    /// Bytes of the processed originals.
    pub original_bytes: u64,
    /// Bytes of each preset's renditions, and of the originals that they were made from.
    pub by_preset: BTreeMap<String, Saved>,
    /// Milliseconds from the arrival of an event to its record.
    pub milliseconds: Percentiles,
}

/// One day's records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Day {
    /// Images that were processed.
    pub processed: u64,
    /// Images that were refused.
    pub rejected: u64,
}

/// What one preset's renditions save.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Saved {
    /// Bytes of the renditions.
    pub bytes: u64,
    /// Bytes of their originals.
    pub original_bytes: u64,
}

/// Of a list of times, in milliseconds; absent where the list is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Percentiles {
    /// Half are quicker.
    pub p50: Option<f64>,
    /// Nine of ten are quicker.
    pub p90: Option<f64>,
    /// Ninety-nine of a hundred are quicker.
    pub p99: Option<f64>,
    /// The slowest.
    pub max: Option<f64>,
}

/// The columns of one record.
#[derive(Debug, Deserialize)]
struct Figures {
    /// RFC 3339 in UTC, as records write times: it begins with the day.
    at: String,
    status: Status,
    code: Option<String>,
    format: Option<String>,
    bytes: Option<u64>,
    ms: Option<f64>,
    #[serde(default)]
    renditions: Vec<RenditionRecord>,
}

impl Records {
    /// Adds up the records that the filter means.
    pub async fn insights(&self, filter: &Filter) -> Result<Insights, Error> {
        let container = self.open().await?;
        let query = filter.figures()?;
        let items = container.query_items::<Figures>(query, FeedScope::full_container(), None);
        let mut items = patiently(items).await?.map_err(failed)?;
        let mut sum = Insights::default();
        let mut times = Vec::new();
        while let Some(figures) = patiently(items.try_next()).await?.map_err(failed)? {
            times.extend(figures.ms);
            sum.add(figures);
        }
        sum.milliseconds = Percentiles::of(times);
        Ok(sum)
    }
}

impl Insights {
    fn add(&mut self, figures: Figures) {
        self.images += 1;
        let date = figures.at.get(..10).unwrap_or_default();
        let day = self.by_day.entry(date.to_owned()).or_default();
        match figures.status {
            Status::Rejected => {
                day.rejected += 1;
                let code = figures.code.unwrap_or_else(|| "unknown".to_owned());
                *self.by_error.entry(code).or_default() += 1;
            }
            // The query leaves tombstones out.
            Status::Deleted => self.images -= 1,
            Status::Processed => {
                day.processed += 1;
                let format = figures.format.unwrap_or_else(|| "unknown".to_owned());
                *self.by_format.entry(format).or_default() += 1;
                let original_bytes = figures.bytes.unwrap_or_default();
                self.original_bytes += original_bytes;
                for rendition in figures.renditions {
                    let Some(bytes) = rendition.bytes else {
                        continue;
                    };
                    let saved = self.by_preset.entry(rendition.preset).or_default();
                    saved.bytes += bytes;
                    saved.original_bytes += original_bytes;
                }
            }
        }
    }

    /// Every day from `first` to `last`, those without records too.
    #[must_use]
    pub fn days(&self, first: Date, last: Date) -> Vec<(Date, Day)> {
        first
            .series(jiff::Span::new().days(1))
            .take_while(|day| *day <= last)
            .map(|day| {
                (
                    day,
                    self.by_day
                        .get(&day.to_string())
                        .copied()
                        .unwrap_or_default(),
                )
            })
            .collect()
    }
}

impl Percentiles {
    /// By nearest rank: each is a time that was measured.
    fn of(mut times: Vec<f64>) -> Self {
        times.sort_unstable_by(f64::total_cmp);
        let rank = |percent: usize| {
            let rank = (times.len() * percent).div_ceil(100);
            times.get(rank.saturating_sub(1)).copied()
        };
        Self {
            p50: rank(50),
            p90: rank(90),
            p99: rank(99),
            max: times.last().copied(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        assert_eq!(Percentiles::of(Vec::new()), Percentiles::default());
        let times = Percentiles::of((1..=200).rev().map(f64::from).collect());
        let expected = [times.p50, times.p90, times.p99, times.max];
        assert_eq!(
            expected,
            [Some(100.0), Some(180.0), Some(198.0), Some(200.0)]
        );
        assert_eq!(Percentiles::of(vec![7.0]).p50, Some(7.0));
    }

    #[test]
    fn records_add_up() {
        let mut sum = Insights::default();
        for figures in [
            json!({"at": "2024-05-01T23:59:59.999Z", "status": "processed", "format": "jpeg", "bytes": 100,
                   "ms": 5.0, "renditions": [{"preset": "thumb", "outcome": "written", "bytes": 10},
                                             {"preset": "poster", "outcome": "skipped"}]}),
            json!({"at": "2024-05-03T00:00:00.000Z", "status": "rejected", "code": "not-an-image"}),
        ] {
            sum.add(serde_json::from_value(figures).unwrap());
        }
        assert_eq!(sum.images, 2);
        assert_eq!(sum.by_error["not-an-image"], 1);
        let thumb = Saved {
            bytes: 10,
            original_bytes: 100,
        };
        assert_eq!(sum.by_preset, BTreeMap::from([("thumb".to_owned(), thumb)]));
        let days = sum.days(jiff::civil::date(2024, 5, 1), jiff::civil::date(2024, 5, 3));
        let counts: Vec<_> = days
            .iter()
            .map(|(_, day)| (day.processed, day.rejected))
            .collect();
        assert_eq!(counts, [(1, 0), (0, 0), (0, 1)]);
    }
}
