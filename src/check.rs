//! Holding originals, records and renditions against each other, and mending what does not fit.
//!
//! Three passes, each in bounded memory over any number of names: every record against its original and
//! its renditions; every original against the records; every rendition's folder against the records.

mod image;
mod orphans;
mod repair;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use contract::Record;
use futures::{StreamExt as _, stream};
use jiff::Timestamp;

use crate::{app::App, error::Retry, patience::Patience, runs::condition::Condition};

/// So many names are looked at in one go.
const PAGE: u32 = 200;
/// Images that are looked at once.
const AT_ONCE: usize = 16;
/// How long one image may take, its repair included.
const PATIENCE: Duration = Duration::from_mins(5);

/// What does not fit together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// An original without a record.
    Unprocessed,
    /// A record of an earlier version of its original.
    Outdated,
    /// A record of an original that is gone.
    OriginalGone,
    /// A rendition that the record speaks of is not there.
    RenditionMissing,
    /// A rendition is not the one that the record speaks of.
    RenditionWrong,
    /// A rendition that no record speaks of.
    RenditionExtra,
    /// A refused message whose dead letter is not there.
    DeadLetterMissing,
}

/// A problem and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The image's name.
    pub name: String,
    /// What is the matter.
    pub problem: Problem,
    /// The blob, where the problem is with one of several.
    pub blob: Option<String>,
}

/// How a check is done.
#[derive(Clone, Debug)]
pub struct Options {
    /// Mend what can be mended.
    pub repair: bool,
    /// Read every rendition and compare its SHA-256.
    pub deep: bool,
    /// What has come or changed since so long ago may be in work at this moment, and is left out.
    pub grace: Duration,
    /// How many names each pass looks at; all, where absent.
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

/// Where each pass goes on the next time; absent at the beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Place {
    records: Option<String>,
    originals: Option<String>,
    renditions: Option<String>,
}

/// What a check has found.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Records that were looked at.
    pub records: u64,
    /// How many of each problem were found.
    pub found: BTreeMap<Problem, u64>,
    /// How many of them were mended.
    pub mended: u64,
    /// Where to go on.
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
            Self::RenditionExtra => "rendition of no record",
            Self::DeadLetterMissing => "dead letter missing",
        }
    }
}

impl Report {
    /// How many problems were found.
    #[must_use]
    pub fn problems(&self) -> u64 {
        self.found.values().sum()
    }

    /// Whether nothing is amiss, or everything was mended.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.problems() == self.mended
    }

    fn add(&mut self, found: &[(Finding, bool)]) {
        for (finding, is_mended) in found {
            *self.found.entry(finding.problem).or_default() += 1;
            self.mended += u64::from(*is_mended);
        }
    }
}

/// Checks everything, or a sample from `place` on; `tell` hears of each finding, with whether it was
/// mended.
///
/// # Errors
///
/// Passing trouble that did not pass.
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

/// Every record against its original and its renditions. Gives where to go on.
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
        let page: Vec<Record> = app
            .records
            .select(&patience(), "*", &everything, after.as_deref(), limit)
            .await?;
        left -= page.len() as u64;
        let is_last = page.len() < limit as usize;
        after = page.last().map(|record| record.id.to_string());
        let looks = stream::iter(page).map(|record| image::look_and_mend(app, options, record));
        let mut looks = looks.buffer_unordered(AT_ONCE);
        while let Some(found) = looks.next().await {
            report.records += 1;
            hear(&found?, report, tell);
        }
        if is_last {
            return Ok(None);
        }
    }
    Ok(after)
}

fn hear(found: &[(Finding, bool)], report: &mut Report, tell: &mut impl FnMut(&Finding, bool)) {
    report.add(found);
    for (finding, is_mended) in found {
        tell(finding, *is_mended);
    }
}

fn patience() -> Patience {
    Patience::until(tokio::time::Instant::now() + PATIENCE)
}

/// Whether something that was changed then may be in work at this moment.
fn is_recent(changed: Option<Timestamp>, grace: Duration) -> bool {
    changed.is_some_and(|changed| {
        let age = Timestamp::now().duration_since(changed);
        age.is_negative() || age.unsigned_abs() < grace
    })
}
