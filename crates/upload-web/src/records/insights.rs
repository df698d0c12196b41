//! Totals of the records of some days.
//!
//! The SDK cannot aggregate across partitions yet, so the required columns are read and added up here, into one sum for
//! each day. [`uploaders`] has the part about uploaders. [`days`] caches the sums, so that a view reads only what is
//! new.

pub mod days;
pub mod uploaders;

use std::collections::BTreeMap;

use contract::{Milliseconds, RenditionRecord, Status};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use uploaders::Uploader;

/// The totals of the records of some days.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Insights {
    /// How many records there are.
    pub images: u64,
    /// Records by the day they were created, `YYYY-MM-DD` in UTC.
    pub by_day: BTreeMap<String, Day>,
    /// Processed images by format.
    pub by_format: BTreeMap<String, u64>,
    /// Rejected images by the code of the rejection.
    pub by_error: BTreeMap<String, u64>,
    /// Bytes of the processed originals.
    pub original_bytes: u64,
    /// Bytes of each preset's renditions, and of the originals that they were made from.
    pub by_preset: BTreeMap<String, Saved>,
    /// What each uploader's images take, the most expensive first; at most 100 uploaders.
    #[schema(max_items = 100)]
    pub by_uploader: Vec<Uploader>,
    /// Milliseconds from the arrival of an event to its record.
    pub milliseconds: Percentiles,
    /// Days, as `YYYY-MM-DD` in UTC, of which not every record was read, because there are too many
    /// for one answer. A later answer may include more of them.
    pub incomplete: Vec<String>,
}

/// One day's records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Day {
    /// Images that were processed.
    pub processed: u64,
    /// Images that were rejected.
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

/// Percentiles of a list of times, in milliseconds with three digits. Absent if the list is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Percentiles {
    /// The median.
    pub p50: Option<f64>,
    /// The 90th percentile.
    pub p90: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
    /// The slowest.
    pub max: Option<f64>,
}

/// The totals of one day's records.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sum {
    day: Day,
    by_format: BTreeMap<String, u64>,
    by_error: BTreeMap<String, u64>,
    original_bytes: u64,
    by_preset: BTreeMap<String, Saved>,
    by_uploader: BTreeMap<Option<String>, Uploader>,
    times: Times,
}

/// How often each time occurred. Times are in microseconds, rounded to three digits, so there are
/// few distinct ones and they take little memory, however many records there are.
#[derive(Clone, Debug, Default, PartialEq)]
struct Times(BTreeMap<u64, u64>);

/// The columns of one record.
#[derive(Debug, Deserialize)]
struct Figures {
    /// RFC 3339 in UTC, as records write times. It begins with the day.
    at: String,
    status: Status,
    code: Option<String>,
    format: Option<String>,
    bytes: Option<u64>,
    uploader: Option<String>,
    #[serde(default)]
    milliseconds: Milliseconds,
    #[serde(default)]
    renditions: Vec<RenditionRecord>,
}

impl Figures {
    fn day(&self) -> Option<Date> {
        self.at.get(..10)?.parse().ok()
    }
}

impl Sum {
    fn add(&mut self, figures: Figures) {
        if let Some(ms) = figures.milliseconds.total {
            self.times.add(ms);
        }
        let uploader = self.by_uploader.entry(figures.uploader.clone());
        uploader.or_default().add(&figures);
        match figures.status {
            Status::Rejected => {
                self.day.rejected += 1;
                let code = figures.code.unwrap_or_else(|| "unknown".to_owned());
                *self.by_error.entry(code).or_default() += 1;
            }
            // The query leaves tombstones out.
            Status::Deleted => {}
            Status::Processed => {
                self.day.processed += 1;
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
}

impl Insights {
    /// Adds up the sums of days, and marks those that are incomplete.
    fn of<'a>(days: impl Iterator<Item = (Date, Option<&'a Sum>, bool)>) -> Self {
        let (mut all, mut times) = (Self::default(), Times::default());
        let mut by_uploader: BTreeMap<&Option<String>, Uploader> = BTreeMap::new();
        for (date, sum, complete) in days {
            if !complete {
                all.incomplete.push(date.to_string());
            }
            if let Some(sum) = sum {
                all.add(date, sum);
                times.merge(&sum.times);
                for (uploader, sum) in &sum.by_uploader {
                    by_uploader.entry(uploader).or_default().merge(sum);
                }
            }
        }
        all.by_uploader = uploaders::most_expensive(by_uploader);
        all.milliseconds = times.percentiles();
        all
    }

    fn add(&mut self, date: Date, sum: &Sum) {
        let images = sum.day.processed + sum.day.rejected;
        if images > 0 {
            self.by_day.insert(date.to_string(), sum.day);
        }
        self.images += images;
        self.original_bytes += sum.original_bytes;
        for (format, count) in &sum.by_format {
            *self.by_format.entry(format.clone()).or_default() += count;
        }
        for (code, count) in &sum.by_error {
            *self.by_error.entry(code.clone()).or_default() += count;
        }
        for (preset, saved) in &sum.by_preset {
            let all = self.by_preset.entry(preset.clone()).or_default();
            all.bytes += saved.bytes;
            all.original_bytes += saved.original_bytes;
        }
    }

    /// Every day from `first` to `last`, including days without records.
    #[must_use]
    pub fn days(&self, first: Date, last: Date) -> Vec<(Date, Day)> {
        series(first, last)
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

impl Times {
    fn add(&mut self, ms: f64) {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a time is not negative, and what is too long for it is the longest"
        )]
        let microseconds = (ms.max(0.0) * 1000.0).round() as u64;
        *self.0.entry(to_three_digits(microseconds)).or_default() += 1;
    }

    fn merge(&mut self, other: &Self) {
        for (&time, count) in &other.0 {
            *self.0.entry(time).or_default() += count;
        }
    }

    /// Percentiles by nearest rank, so each is a time that was measured.
    fn percentiles(&self) -> Percentiles {
        let all: u64 = self.0.values().sum();
        let rank = |percent: u64| {
            let rank = (all * percent).div_ceil(100);
            let mut seen = 0;
            let time = self.0.iter().find(|&(_, count)| {
                seen += count;
                seen >= rank
            });
            time.map(|(&microseconds, _)| microseconds as f64 / 1000.0)
        };
        Percentiles {
            p50: rank(50),
            p90: rank(90),
            p99: rank(99),
            max: rank(100),
        }
    }
}

fn to_three_digits(number: u64) -> u64 {
    let mut unit = 1;
    while number / unit >= 1000 {
        unit *= 10;
    }
    number.saturating_add(unit / 2) / unit * unit
}

/// Every day from `first` to `last`.
fn series(first: Date, last: Date) -> impl Iterator<Item = Date> {
    first
        .series(jiff::Span::new().days(1))
        .take_while(move |day| *day <= last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn percentiles_are_times_that_were_measured() {
        let percentiles = |times: &[f64]| {
            let mut all = Times::default();
            times.iter().for_each(|&ms| all.add(ms));
            all.percentiles()
        };
        assert_eq!(percentiles(&[]), Percentiles::default());
        let times: Vec<_> = (1..=200).rev().map(f64::from).collect();
        let times = percentiles(&times);
        let expected = [times.p50, times.p90, times.p99, times.max];
        assert_eq!(
            expected,
            [Some(100.0), Some(180.0), Some(198.0), Some(200.0)]
        );
        assert_eq!(percentiles(&[7.0]).p50, Some(7.0));
        assert_eq!(percentiles(&[264.14]).p50, Some(264.0));
    }

    #[test]
    fn numbers_keep_three_digits() {
        for (number, expected) in [
            (0, 0),
            (999, 999),
            (1004, 1000),
            (1005, 1010),
            (99_960, 100_000),
        ] {
            assert_eq!(to_three_digits(number), expected, "{number}");
        }
    }

    #[test]
    fn records_add_up_by_day() {
        let first = jiff::civil::date(2024, 5, 1);
        let mut sums = BTreeMap::<Date, Sum>::new();
        for figures in [
            json!({"at": "2024-05-01T23:59:59.999Z", "status": "processed", "format": "jpeg", "bytes": 100,
                   "uploader": "ana", "milliseconds": {"decode": 1500.0, "read": 10.0, "total": 5.0}, "renditions": [{"preset": "thumb", "outcome": "written", "bytes": 10},
                                             {"preset": "poster", "outcome": "skipped"}]}),
            json!({"at": "2024-05-03T00:00:00.000Z", "status": "rejected", "code": "not-an-image"}),
        ] {
            let figures: Figures = serde_json::from_value(figures).unwrap();
            sums.entry(figures.day().unwrap()).or_default().add(figures);
        }
        let last = jiff::civil::date(2024, 5, 3);
        let days = series(first, last).map(|day| (day, sums.get(&day), day != last));
        let all = Insights::of(days);
        assert_eq!(all.images, 2);
        assert_eq!(all.by_error["not-an-image"], 1);
        assert_eq!(all.incomplete, ["2024-05-03"]);
        let thumb = Saved {
            bytes: 10,
            original_bytes: 100,
        };
        assert_eq!(all.by_preset, BTreeMap::from([("thumb".to_owned(), thumb)]));
        let ana = Uploader {
            uploader: Some("ana".to_owned()),
            images: 1,
            original_bytes: 100,
            renditions: 1,
            rendition_bytes: 10,
            cpu_seconds: 1.5,
            dollars: contract::cost::dollars(1.5, 1, 1),
        };
        assert_eq!(all.by_uploader[0], ana);
        assert_eq!(all.by_uploader[1].uploader, None);
        let days = all.days(first, last);
        let counts: Vec<_> = days
            .iter()
            .map(|(_, day)| (day.processed, day.rejected))
            .collect();
        assert_eq!(counts, [(1, 0), (0, 0), (0, 1)]);
    }
}
