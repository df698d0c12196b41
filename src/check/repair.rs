//! Repairs problems by the same functions that handle events.

use std::{sync::Arc, time::Instant};

use azure_functions_custom_handler::BlobContent;
use contract::Record;

use super::{PATIENCE, Problem, image::Looked};
use crate::{
    app::App,
    delivery::DeliveryMode,
    error::Retry,
    functions::process_upload,
    handling::{handle, remove},
    original::{Event, Original},
    patience::Patience,
    runs::{self, REPAIR},
};

/// Repairs what was found about one image, as far as possible. Nothing that a record names is
/// deleted; it is overwritten.
pub(super) async fn mend(
    app: &Arc<App>,
    patience: &Patience,
    record: &Record,
    looked: &Looked,
) -> Result<(), Retry> {
    let name = &record.source.name;
    let has = |problem| {
        looked
            .found
            .iter()
            .any(|finding| finding.problem == problem)
    };
    if has(Problem::OriginalGone) {
        remove(app, name, patience).await?;
    }
    if has(Problem::Outdated) {
        process(app, patience, name, None).await?;
    }
    if has(Problem::RenditionMissing) || has(Problem::RenditionWrong) {
        if record.source.kind.is_message() {
            again(app, record.clone()).await?;
        } else {
            process(app, patience, name, Some(REPAIR)).await?;
        }
    }
    // Each is deleted only if nobody has written it since it was listed.
    app.direct.renditions.delete(patience, &looked.extra).await
}

/// Handles an upload as its event would. In a run, handles it even if that was done before.
pub(super) async fn process(
    app: &Arc<App>,
    patience: &Patience,
    name: &str,
    run: Option<&str>,
) -> Result<(), Retry> {
    let content = BlobContent::Deferred;
    if let Ok(original) =
        process_upload::original(app, name.to_owned(), content, event(), patience).await?
    {
        let run = run.map(str::to_owned);
        Box::pin(handle(
            app,
            DeliveryMode::Direct,
            Original { run, ..original },
        ))
        .await?;
    }
    Ok(())
}

/// Handles again the blob that a message referred to. Originals inside messages are not kept.
async fn again(app: &Arc<App>, record: Record) -> Result<(), Retry> {
    if let Ok(original) = runs::of_message(app, record, event()) {
        let run = Some(REPAIR.to_owned());
        Box::pin(handle(
            app,
            DeliveryMode::Direct,
            Original { run, ..original },
        ))
        .await?;
    }
    Ok(())
}

/// An event that stands for a call that no host has made.
fn event() -> Event {
    Event {
        arrived: Instant::now(),
        deadline: tokio::time::Instant::now() + PATIENCE,
        invocation_id: String::new(),
        trace: None,
        attempt: None,
    }
}
