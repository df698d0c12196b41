//! `darkroom reprocess`: predicts what a run would do, and starts it.

use std::{process::ExitCode, sync::Arc};

use contract::{Run, RunState, Selection, run::new_id};
use jiff::Timestamp;

use super::{arguments::Reprocess, bytes, failed, patience, runs::watch};
use crate::{
    app::App,
    original::Original,
    process::develop_here,
    runs::{
        condition::Condition,
        predict::{Calibration, FIELDS, Prediction, PredictionBasis},
        start,
    },
};

/// How many records or originals are looked at in one step.
const PAGE: u32 = 500;

/// What a run would do.
#[derive(Default)]
struct Outlook {
    prediction: Prediction,
    calibration: Calibration,
    /// How many originals have no record, and their bytes.
    missing: (u64, u64),
}

#[expect(clippy::print_stdout, reason = "a command that somebody typed")]
pub(super) async fn reprocess(app: &Arc<App>, options: &Reprocess) -> anyhow::Result<ExitCode> {
    let outlook = match &options.selection {
        Selection::Records { condition } => {
            let condition = Condition::parse(condition, app.presets.version())?;
            look_at_records(app, &condition, options.sample).await?
        }
        Selection::Missing { prefix } => look_at_originals(app, prefix).await?,
        Selection::Chosen => anyhow::bail!("single images can only be chosen on the web pages"),
    };
    print!("{outlook}");
    let expected = outlook.images();
    if options.dry_run || expected == 0 {
        return Ok(ExitCode::SUCCESS);
    }
    let now = Timestamp::now();
    let run = Run {
        id: new_id(now),
        created_at: now,
        selection: options.selection.clone(),
        presets_version: app.presets.version().to_owned(),
        per_minute: options.per_minute,
        expected,
        state: RunState::Running,
        queued: 0,
        after: None,
        before: None,
    };
    app.runs.put(&patience(), &run, None).await?;
    start(app, &patience(), &run).await?;
    println!(
        "The run {0} starts within a minute, with at most {1} images per minute.\n\
         `darkroom runs watch {0}` shows its progress, and `darkroom runs stop {0}` stops it.",
        run.id, run.per_minute
    );
    if options.watch {
        watch(app, &run.id).await?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn look_at_records(
    app: &Arc<App>,
    condition: &Condition,
    sample: usize,
) -> anyhow::Result<Outlook> {
    let mut outlook = Outlook::default();
    let mut chosen = Sample::new(sample);
    let mut after: Option<String> = None;
    loop {
        let page = app
            .records
            .select::<PredictionBasis>(&patience(), FIELDS, condition, after.as_deref(), PAGE)
            .await?;
        for basis in page.items {
            outlook.prediction.add(&basis, &app.presets);
            chosen.offer(basis);
        }
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    for basis in chosen.basis {
        let mut predicted = Prediction::default();
        predicted.add(&basis, &app.presets);
        if predicted.renditions > 0
            && let Some(made) = make_to_see(app, &basis.source.name).await?
        {
            outlook.calibration.learn(&predicted, &made);
        }
    }
    Ok(outlook)
}

async fn look_at_originals(app: &App, prefix: &str) -> anyhow::Result<Outlook> {
    let mut outlook = Outlook::default();
    let mut place: Option<String> = None;
    loop {
        let page = app
            .uploads
            .page(&patience(), prefix, place.as_deref(), PAGE)
            .await?;
        let lengths: std::collections::HashMap<_, _> = page
            .blobs
            .iter()
            .map(|blob| (blob.name.clone(), blob.bytes))
            .collect();
        let names = page.blobs.into_iter().map(|blob| blob.name).collect();
        for name in app.records.without(&patience(), names).await? {
            outlook.missing.0 += 1;
            outlook.missing.1 += lengths.get(&name).copied().unwrap_or_default();
        }
        place = page.next;
        if place.is_none() {
            return Ok(outlook);
        }
    }
}

/// Makes the renditions of an original by the current presets and returns the bytes of each. Writes
/// nothing.
async fn make_to_see(app: &Arc<App>, name: &str) -> anyhow::Result<Option<Vec<(String, u64)>>> {
    let Ok(Some(opened)) = app.uploads.open(&patience(), name).await.map_err(failed) else {
        return Ok(None);
    };
    let original = Original::unannounced(name, opened.facts.length);
    let Ok(read) = opened.read(&app.limits).await else {
        return Ok(None);
    };
    let app = Arc::clone(app);
    let made = tokio::task::spawn_blocking(move || {
        let processed = develop_here(&app, &original, &read, |_| ());
        let renditions = processed.renditions.into_iter();
        renditions
            .map(|rendition| (rendition.preset, rendition.bytes.len() as u64))
            .collect()
    });
    Ok(Some(made.await?))
}

/// A random sample of the images in which every image is equally likely.
struct Sample {
    size: usize,
    offered: u64,
    state: u64,
    basis: Vec<PredictionBasis>,
}

impl Sample {
    fn new(size: usize) -> Self {
        Self {
            size,
            offered: 0,
            // The seed is fixed, so that two dry runs give the same answer.
            state: 0x9E37_79B9_7F4A_7C15,
            basis: Vec::new(),
        }
    }

    fn offer(&mut self, basis: PredictionBasis) {
        self.offered += 1;
        if self.basis.len() < self.size {
            self.basis.push(basis);
            return;
        }
        // Xorshift: a sample needs no better generator.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let place = usize::try_from(self.state % self.offered).unwrap_or(usize::MAX);
        if let Some(chosen) = self.basis.get_mut(place) {
            *chosen = basis;
        }
    }
}

impl Outlook {
    fn images(&self) -> u64 {
        self.prediction.images + self.missing.0
    }
}

impl std::fmt::Display for Outlook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (missing, missing_bytes) = self.missing;
        if missing > 0 {
            return writeln!(
                f,
                "{missing} originals without a record, {}",
                bytes(missing_bytes as f64)
            );
        }
        let of = &self.prediction;
        writeln!(f, "{:>10}  images", of.images)?;
        if of.images == 0 {
            return Ok(());
        }
        if of.not_kept > 0 {
            writeln!(
                f,
                "{:>10}  of them stay unchanged, because their originals came in messages and are \
                 not kept",
                of.not_kept
            )?;
        }
        writeln!(f, "{:>10}  renditions to write", of.renditions)?;
        writeln!(
            f,
            "{:>10}  renditions of removed presets to delete",
            of.removed
        )?;
        writeln!(
            f,
            "{:>10}  of renditions afterwards ({} now)",
            bytes(of.bytes_after(&self.calibration)),
            bytes(of.bytes_before as f64)
        )?;
        writeln!(f, "{:>10.1}  seconds of processor time", of.cpu_seconds)?;
        writeln!(
            f,
            "{:>10.4}  US dollars at list prices for processor time and writes",
            of.dollars()
        )
    }
}
