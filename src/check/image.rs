//! One record, its original and its renditions.

use std::sync::Arc;

use contract::{Outcome, Record, RenditionRecord, Status, dead_letter_path};

use super::{Finding, Options, Problem, is_recent, patience, repair::mend};
use crate::{
    app::App,
    error::Retry,
    patience::Patience,
    stores::{originals::BlobFacts, renditions::Stored},
};

/// What does not fit, each with whether it was mended.
pub(super) async fn look_and_mend(
    app: &Arc<App>,
    options: &Options,
    record: Record,
) -> Result<Vec<(Finding, bool)>, Retry> {
    let patience = patience();
    if is_recent(Some(record.created_at), options.grace) {
        return Ok(Vec::new());
    }
    let found = look(app, options, &patience, &record).await?;
    if !options.repair || found.is_empty() {
        return Ok(found.into_iter().map(|finding| (finding, false)).collect());
    }
    mend(app, &patience, &record, &found).await?;
    // Nothing counts as mended that does not look so afterwards.
    let known = app.records.find(&patience, &record.id).await?;
    let left = match known.and_then(|known| known.record) {
        Some(record) => look(app, options, &patience, &record).await?,
        None => Vec::new(),
    };
    let is_mended = |finding: &Finding| !left.contains(finding);
    Ok(found
        .into_iter()
        .map(|finding| {
            let is_mended = is_mended(&finding);
            (finding, is_mended)
        })
        .collect())
}

async fn look(
    app: &App,
    options: &Options,
    patience: &Patience,
    record: &Record,
) -> Result<Vec<Finding>, Retry> {
    let name = &record.source.name;
    let finding = |problem, blob: Option<&str>| Finding {
        name: name.clone(),
        problem,
        blob: blob.map(str::to_owned),
    };
    let mut found = Vec::new();
    if record.source.kind.is_message() {
        if !has_dead_letter(app, patience, record).await? {
            found.push(finding(Problem::DeadLetterMissing, None));
        }
    } else if let Some(problem) = original(app, options, patience, record).await? {
        // Its renditions are made anew or go with it.
        return Ok(vec![finding(problem, None)]);
    }
    let stored = app.renditions(patience, name).await?;
    for rendition in &record.renditions {
        if let Some(problem) = wrong(app, options, patience, record, rendition, &stored).await? {
            found.push(finding(problem, rendition.path.as_deref()));
        }
    }
    let spoken_of = |path: &str| {
        record
            .renditions
            .iter()
            .any(|one| one.path.as_deref() == Some(path))
    };
    found.extend(
        stored
            .iter()
            .filter(|there| !spoken_of(&there.blob.name))
            .map(|there| finding(Problem::RenditionExtra, Some(&there.blob.name))),
    );
    Ok(found)
}

/// What is the matter with the original of a record.
async fn original(
    app: &App,
    options: &Options,
    patience: &Patience,
    record: &Record,
) -> Result<Option<Problem>, Retry> {
    let blob = app.uploads.find(patience, &record.source.name).await?;
    let is_recent = |blob: &BlobFacts| is_recent(blob.last_modified, options.grace);
    Ok(match (blob, record.status) {
        (None, Status::Deleted) => None,
        (None, _) => Some(Problem::OriginalGone),
        (Some(blob), _) if is_recent(&blob) => None,
        (Some(_), Status::Deleted) => Some(Problem::Outdated),
        (Some(blob), _) => {
            let is_same = record.source.etag.as_deref() == Some(&blob.etag);
            (!is_same).then_some(Problem::Outdated)
        }
    })
}

async fn wrong(
    app: &App,
    options: &Options,
    patience: &Patience,
    record: &Record,
    rendition: &RenditionRecord,
    stored: &[Stored],
) -> Result<Option<Problem>, Retry> {
    let Some(path) = rendition
        .path
        .as_deref()
        .filter(|_| rendition.outcome == Outcome::Written)
    else {
        return Ok(None);
    };
    let Some(there) = stored.iter().find(|there| there.blob.name == path) else {
        return Ok(Some(Problem::RenditionMissing));
    };
    // What the host's bindings write carries no version.
    let is_of_version = there.version.is_none() || there.version == record.source.version();
    let is_as_long = rendition
        .bytes
        .is_none_or(|bytes| bytes == there.blob.bytes);
    let mut is_right = is_of_version && is_as_long;
    if options.deep && is_right {
        let sha256 = app.direct.renditions.sha256(patience, path).await?;
        is_right = sha256 == rendition.sha256;
    }
    Ok((!is_right).then_some(Problem::RenditionWrong))
}

/// A message that was refused is kept whole.
async fn has_dead_letter(app: &App, patience: &Patience, record: &Record) -> Result<bool, Retry> {
    let source = &record.source;
    let (Status::Rejected, Some(topic), Some(partition), Some(offset)) = (
        record.status,
        &source.topic,
        source.partition,
        source.offset,
    ) else {
        return Ok(true);
    };
    let path = dead_letter_path(topic, partition, offset);
    app.dead_letters.has(patience, &path).await
}

impl App {
    /// The renditions that are stored under an image's name.
    pub(super) async fn renditions(
        &self,
        patience: &Patience,
        name: &str,
    ) -> Result<Vec<Stored>, Retry> {
        self.direct.renditions.of(patience, name).await
    }
}
