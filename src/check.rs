//! Compares originals, records and renditions, and repairs what does not fit together.
//!
//! There are three passes, each in bounded memory over any number of names: every record against its original and its
//! renditions, every original against the records, and every rendition's folder against the records.

mod image;
mod orphans;
mod repair;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use contract::RecordId;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;
use telemetry::chain;

use crate::{app::App, error::Retry, patience::Patience, runs::condition::Condition};

/// How many names are looked at in one step.
const PAGE: u32 = 200;
/// How many images are checked at once.
const AT_ONCE: usize = 16;
/// How long one image may take, repair included.
const PATIENCE: Duration = Duration::from_mins(5);

/// A way in which originals, records and renditions disagree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// An original without a record.
    Unprocessed,
    /// A record of an earlier version of its original.
    Outdated,
    /// A record whose original is gone.
    OriginalGone,
    /// A rendition that the record names does not exist.
    RenditionMissing,
    /// A rendition differs from what the record says.
    RenditionWrong,
    /// A rendition that no record names.
    RenditionExtra,
    /// A refused message whose dead letter does not exist.
    DeadLetterMissing,
}

/// A problem and where it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The image's name.
    pub name: String,
    /// The kind of problem.
    pub problem: Problem,
    /// The blob, if the problem concerns one of several.
    pub blob: Option<String>,
}

/// Options of a check.
#[derive(Clone, Debug)]
pub struct Options {
    /// Repair what can be repaired.
    pub repair: bool,
    /// Read every rendition and compare its SHA-256.
    pub deep: bool,
    /// Leave out what was created or changed within this time, because an event may still be working on it.
    pub grace: Duration,
    /// How many names each pass looks at; all, if absent.
    pub sample: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            repair: false,
            deep: false,
            grace: Duration::from_mins(10),
            sample: None,
        }
    }
}

/// Where each pass continues the next time; absent means at the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    records: Option<String>,
    originals: Option<String>,
    renditions: Option<String>,
}

/// The result of a check.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// How many records were checked.
    pub records: u64,
    /// How many of them could not be checked or repaired because of passing trouble.
    pub failed: u64,
    /// How many of each problem were found.
    pub found: BTreeMap<Problem, u64>,
    /// How many of them were repaired.
    pub repaired: u64,
    /// Where to continue the next time.
    pub place: Place,
}

impl Problem {
    /// The problem in a few words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unprocessed => "original without a record",
            Self::Outdated => "record of an earlier version",
            Self::OriginalGone => "record without its original",
            Self::RenditionMissing => "rendition missing",
            Self::RenditionWrong => "rendition wrong",
            Self::RenditionExtra => "rendition without a record",
            Self::DeadLetterMissing => "missing dead letter",
        }
    }
}

impl Report {
    /// Whether so many images would be removed that a mistake in the settings, or a store that is being restored, is
    /// more likely. The limit is more than one image in twenty, and more than twenty images.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        let count = |problem| self.found.get(&problem).copied().unwrap_or_default();
        let removed = count(Problem::OriginalGone) + count(Problem::RenditionExtra);
        removed > 20 && removed * 20 > self.records
    }

    /// How many problems were found.
    #[must_use]
    pub fn problems(&self) -> u64 {
        self.found.values().sum()
    }

    /// Whether no problem was found, or every problem was repaired.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.failed == 0 && self.problems() == self.repaired
    }

    fn add(&mut self, found: &[(Finding, bool)]) {
        for (finding, is_repaired) in found {
            *self.found.entry(finding.problem).or_default() += 1;
            self.repaired += u64::from(*is_repaired);
        }
    }
}

/// Checks everything, or a sample that starts at `place`. Calls `tell` with each finding and whether it was repaired.
///
/// # Errors
///
/// Passing trouble that outlasted the patience.
pub async fn check(
    app: &Arc<App>,
    options: &Options,
    place: Place,
    mut tell: impl FnMut(&Finding, bool),
) -> Result<Report, Retry> {
    let mut report = Report::default();
    report.place.records = records(app, options, place.records, &mut report, &mut tell).await?;
    report.place.originals =
        orphans::originals(app, options, place.originals, &mut report, &mut tell).await?;
    report.place.renditions =
        orphans::renditions(app, options, place.renditions, &mut report, &mut tell).await?;
    Ok(report)
}

/// Compares every record with its original and its renditions. Returns where to continue.
async fn records(
    app: &Arc<App>,
    options: &Options,
    mut after: Option<String>,
    report: &mut Report,
    tell: &mut impl FnMut(&Finding, bool),
) -> Result<Option<String>, Retry> {
    let everything = Condition {
        text: "IS_DEFINED(c.status)".to_owned(),
        parameters: Vec::new(),
    };
    let mut left = options.sample.unwrap_or(u64::MAX);
    while left > 0 {
        let limit = left.min(PAGE.into()).try_into().unwrap_or(PAGE);
        let page = app
            .records
            .select::<Named>(&patience(), "c.id", &everything, after.as_deref(), limit)
            .await?;
        left = left.saturating_sub(limit.into());
        let looks = stream::iter(page.items).map(|one| async move {
            let looked = image::look_and_mend(app, options, &one.id).await;
            (one.id, looked)
        });
        let mut looks = looks.buffer_unordered(AT_ONCE);
        while let Some((id, looked)) = looks.next().await {
            report.records += 1;
            match looked {
                Ok(found) => hear(&found, report, tell),
                // One failing image must not stop the check of the others.
                Err(error) => {
                    report.failed += 1;
                    tracing::error!(%id, error = %chain(&error), "an image cannot be checked");
                }
            }
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    Ok(after)
}

#[derive(serde::Deserialize)]
struct Named {
    id: RecordId,
}

fn hear(found: &[(Finding, bool)], report: &mut Report, tell: &mut impl FnMut(&Finding, bool)) {
    report.add(found);
    for (finding, is_repaired) in found {
        tell(finding, *is_repaired);
    }
}

fn patience() -> Patience {
    Patience::until(tokio::time::Instant::now() + PATIENCE)
}

/// Whether something changed so recently that an event may still be working on it.
fn is_recent(changed: Option<Timestamp>, grace: Duration) -> bool {
    changed.is_some_and(|changed| {
        let age = Timestamp::now().duration_since(changed);
        age.is_negative() || age.unsigned_abs() < grace
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(records: u64, gone: u64) -> Report {
        Report {
            records,
            found: BTreeMap::from([(Problem::OriginalGone, gone)]),
            ..Report::default()
        }
    }

    #[test]
    fn a_store_that_seems_to_be_empty_is_suspicious() {
        assert!(report(1000, 1000).is_suspicious());
        assert!(report(400, 21).is_suspicious());
        assert!(!report(1000, 21).is_suspicious());
        // A person can look through a few images.
        assert!(!report(20, 20).is_suspicious());
    }

    #[test]
    fn all_is_well_where_everything_is_repaired_and_nothing_failed() {
        let repaired = Report {
            repaired: 2,
            ..report(9, 2)
        };
        assert!(repaired.is_well());
        assert!(!report(9, 2).is_well());
        assert!(
            !Report {
                failed: 1,
                ..repaired
            }
            .is_well()
        );
    }
}
