//! Mending what does not fit together, by the same ways that events go.

use std::{sync::Arc, time::Instant};

use azure_functions_custom_handler::BlobContent;
use contract::{Record, run::new_id};
use jiff::Timestamp;

use super::{Finding, PATIENCE, Problem};
use crate::{
    app::App,
    delivery::Way,
    error::Retry,
    functions::process_upload,
    handling::{handle, remove},
    original::{Event, Original},
    patience::Patience,
    runs,
};

/// Mends what was found of one image, as far as that can be done.
pub(super) async fn mend(
    app: &Arc<App>,
    patience: &Patience,
    record: &Record,
    found: &[Finding],
) -> Result<(), Retry> {
    let name = &record.source.name;
    let has = |problem| found.iter().any(|finding| finding.problem == problem);
    if has(Problem::OriginalGone) {
        remove(app, name, patience).await?;
    }
    if has(Problem::Outdated) {
        process(app, patience, name, false).await?;
    }
    delete(app, patience, name, found).await?;
    if has(Problem::RenditionMissing) || has(Problem::RenditionWrong) {
        if record.source.kind.is_message() {
            again(app, record.clone()).await?;
        } else {
            process(app, patience, name, true).await?;
        }
    }
    Ok(())
}

/// Deletes the renditions that are wrong or nobody's.
async fn delete(
    app: &App,
    patience: &Patience,
    name: &str,
    found: &[Finding],
) -> Result<(), Retry> {
    let is_bad = |path: &str| {
        found.iter().any(|finding| {
            finding.blob.as_deref() == Some(path) && finding.problem != Problem::RenditionMissing
        })
    };
    let stored = app.renditions(patience, name).await?;
    let bad: Vec<_> = stored
        .into_iter()
        .filter(|there| is_bad(&there.blob.name))
        .collect();
    app.direct.renditions.delete(patience, &bad).await
}

/// Handles an upload as its event would; `anew`, even where that has been done.
pub(super) async fn process(
    app: &Arc<App>,
    patience: &Patience,
    name: &str,
    anew: bool,
) -> Result<(), Retry> {
    let content = BlobContent::Deferred;
    if let Ok(original) =
        process_upload::original(app, name.to_owned(), content, event(), patience).await?
    {
        let run = anew.then(|| new_id(Timestamp::now()));
        Box::pin(handle(app, Way::Direct, Original { run, ..original })).await?;
    }
    Ok(())
}

/// Handles what a message referred to once more. What was in a message itself is not kept.
async fn again(app: &Arc<App>, record: Record) -> Result<(), Retry> {
    if let Ok(original) = runs::of_message(app, record, event()) {
        let run = Some(new_id(Timestamp::now()));
        Box::pin(handle(app, Way::Direct, Original { run, ..original })).await?;
    }
    Ok(())
}

/// No host has called.
fn event() -> Event {
    Event {
        arrived: Instant::now(),
        deadline: tokio::time::Instant::now() + PATIENCE,
        invocation_id: String::new(),
        trace: None,
        attempt: None,
    }
}
