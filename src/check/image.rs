//! Checks one record with its original and its renditions.

use std::sync::Arc;

use contract::{Outcome, Record, RecordId, RenditionRecord, Status, dead_letter_path};

use super::{Finding, Options, Problem, is_recent, patience, repair::mend};
use crate::{
    app::App,
    error::Retry,
    patience::Patience,
    stores::{originals::BlobFacts, renditions::Stored},
};

/// What was found about one image.
#[derive(Default)]
pub(super) struct Looked {
    pub(super) found: Vec<Finding>,
    /// The renditions that no record names, as they were listed.
    pub(super) extra: Vec<Stored>,
}

/// The state of a record's original.
enum Original {
    /// It fits, or the record has no original to ask for.
    Fits,
    /// It was created or deleted a moment ago, so an event is working on it.
    InWork,
    /// It does not fit.
    Problem(Problem),
}

/// Finds the problems of one image, and says of each whether it was repaired.
pub(super) async fn look_and_mend(
    app: &Arc<App>,
    options: &Options,
    id: &RecordId,
) -> Result<Vec<(Finding, bool)>, Retry> {
    let patience = patience();
    let Some((record, looked)) = look(app, options, &patience, id).await? else {
        return Ok(Vec::new());
    };
    if !options.repair || looked.found.is_empty() {
        let found = looked.found.into_iter();
        return Ok(found.map(|finding| (finding, false)).collect());
    }
    mend(app, &patience, &record, &looked).await?;
    // A problem counts as repaired only if a second look does not find it again.
    let left = look(app, options, &patience, id).await?;
    let left = left.map(|(_, looked)| looked.found).unwrap_or_default();
    let new = left
        .iter()
        .filter(|finding| !looked.found.contains(finding));
    let all = looked.found.iter().chain(new);
    Ok(all
        .map(|finding| (finding.clone(), !left.contains(finding)))
        .collect())
}

/// Looks at everything that belongs to a record. Finds nothing if the record changes meanwhile, because then an event
/// is working on the image.
async fn look(
    app: &App,
    options: &Options,
    patience: &Patience,
    id: &RecordId,
) -> Result<Option<(Record, Looked)>, Retry> {
    let Some(known) = app.records.find(patience, id).await? else {
        return Ok(None);
    };
    let Some(record) = known.record else {
        return Ok(None);
    };
    let made = record
        .processing
        .reprocessed_at
        .unwrap_or(record.created_at);
    if is_recent(Some(made), options.grace) {
        return Ok(None);
    }
    let looked = look_at(app, options, patience, &record).await?;
    let now = app.records.find(patience, id).await?;
    let is_same = now.is_some_and(|now| now.etag == known.etag);
    Ok(looked.filter(|_| is_same).map(|looked| (record, looked)))
}

/// Finds nothing if an event is working on the image.
async fn look_at(
    app: &App,
    options: &Options,
    patience: &Patience,
    record: &Record,
) -> Result<Option<Looked>, Retry> {
    let name = &record.source.name;
    let finding = |problem, blob: Option<&str>| Finding {
        name: name.clone(),
        problem,
        blob: blob.map(str::to_owned),
    };
    let mut looked = Looked::default();
    match original(app, options, patience, record).await? {
        Original::Fits => {}
        Original::InWork => return Ok(None),
        Original::Problem(problem) => {
            // Repair makes the renditions again or removes them with the record.
            looked.found.push(finding(problem, None));
            return Ok(Some(looked));
        }
    }
    if !has_dead_letter(app, patience, record).await? {
        looked.found.push(finding(Problem::DeadLetterMissing, None));
    }
    let stored = app.direct.renditions.of(patience, name).await?;
    if stored
        .iter()
        .any(|there| is_recent(there.blob.last_modified, options.grace))
    {
        return Ok(None);
    }
    for rendition in &record.renditions {
        if let Some(problem) = wrong(app, options, patience, record, rendition, &stored).await? {
            let path = rendition.path.as_deref();
            looked.found.push(finding(problem, path));
        }
    }
    for there in stored {
        let path = there.blob.name.as_str();
        let spoken_of = |one: &RenditionRecord| one.path.as_deref() == Some(path);
        if !record.renditions.iter().any(spoken_of) {
            looked
                .found
                .push(finding(Problem::RenditionExtra, Some(path)));
            looked.extra.push(there);
        }
    }
    Ok(Some(looked))
}

async fn original(
    app: &App,
    options: &Options,
    patience: &Patience,
    record: &Record,
) -> Result<Original, Retry> {
    let source = &record.source;
    // A refused name may lead a URL library to another blob, and such a record has no entity tag.
    let is_blob = !source.kind.is_message() && source.etag.is_some();
    if !is_blob {
        return Ok(Original::Fits);
    }
    let blob = app.uploads.find(patience, &source.name).await?;
    let is_recent = |blob: &BlobFacts| is_recent(blob.last_modified, options.grace);
    Ok(match (blob, record.status) {
        (None, Status::Deleted) => Original::Fits,
        (None, _) => Original::Problem(Problem::OriginalGone),
        (Some(blob), _) if is_recent(&blob) => Original::InWork,
        (Some(blob), Status::Processed | Status::Rejected)
            if source.etag.as_deref() == Some(&blob.etag) =>
        {
            Original::Fits
        }
        (Some(_), _) => Original::Problem(Problem::Outdated),
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
    // Renditions written by the host's bindings carry no version.
    let is_of_version = there.version.is_none() || there.version == record.source.version();
    let is_by_preset =
        there.preset_version.is_none() || there.preset_version == rendition.preset_version;
    let is_as_long = rendition
        .bytes
        .is_none_or(|bytes| bytes == there.blob.bytes);
    let mut is_right = is_of_version && is_by_preset && is_as_long;
    if options.deep && is_right {
        let sha256 = app.direct.renditions.sha256(patience, path).await?;
        is_right = sha256 == rendition.sha256;
    }
    Ok((!is_right).then_some(Problem::RenditionWrong))
}

/// Whether the dead letter of a refused message exists.
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
