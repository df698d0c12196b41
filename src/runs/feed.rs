//! Puts the images that a run selects into the queue, one minute's images at a time.

use std::time::Duration;

use contract::{Run, RunMessage, RunState, Selection};
use futures::{StreamExt as _, TryStreamExt as _, stream};

use super::condition::Condition;
use crate::{
    app::App,
    error::Retry,
    patience::Patience,
    stores::{container::Written, runs::KnownRun},
};

const MINUTE: Duration = Duration::from_mins(1);
/// How many messages are sent at once.
const SENT_AT_ONCE: usize = 16;

/// Starts a run, or continues one that was stopped.
///
/// # Errors
///
/// Passing trouble.
pub async fn start(app: &App, patience: &Patience, run: &Run) -> Result<(), Retry> {
    ask_for_more(app, patience, run, Duration::ZERO).await
}

/// Puts the images of the next minute into the queue, and then the message that does the same for
/// the minute after.
///
/// If the process is killed in between, this step starts again. Then some images are in the queue
/// twice, and the second message changes nothing.
///
/// # Errors
///
/// Passing trouble; also if the app has other presets than those that the run is for.
pub async fn feed(
    app: &App,
    patience: &Patience,
    id: &str,
    after: Option<&str>,
) -> Result<(), Retry> {
    let Some(known) = app.runs.find(patience, id).await? else {
        tracing::warn!(run = id, "there is no such run");
        return Ok(());
    };
    let run = &known.run;
    if run.state != RunState::Running {
        return Ok(());
    }
    has_its_presets(app, run)?;
    if run.after.as_deref() != after {
        // This step was done already; only its last part may be missing.
        if run.before.as_deref() == after {
            // The message is delayed, because if it is not missing, an immediate one would double
            // the pace.
            ask_for_more(app, patience, run, MINUTE).await?;
        }
        return Ok(());
    }
    let batch = next(app, patience, run).await?;
    let pause = MINUTE / run.per_minute.max(1);
    stream::iter(batch.names.iter().zip(0_u32..))
        .map(Ok)
        .try_for_each_concurrent(SENT_AT_ONCE, |(name, place)| {
            let message = RunMessage::Image {
                run: id.to_owned(),
                name: name.clone(),
            };
            async move { app.work.send(patience, &message, pause * place).await }
        })
        .await?;
    advance(app, patience, &known, batch).await
}

/// Makes a run wait while the app has other presets than those that the run is for.
pub(super) fn has_its_presets(app: &App, run: &Run) -> Result<(), Retry> {
    let (wanted, there) = (run.presets_version.as_str(), app.presets.version());
    if wanted.is_empty() || wanted == there {
        return Ok(());
    }
    Err(Retry::new(
        format!("the run {}", run.id),
        format!(
            "it is for the presets {wanted}, but this app has {there}: deploy those presets, or \
             stop the run"
        ),
    ))
}

/// A minute's images.
struct Batch {
    names: Vec<String>,
    /// Where the next ones begin; absent if there are none.
    after: Option<String>,
}

/// Saves that a batch is in the queue, and only then asks for the next.
async fn advance(
    app: &App,
    patience: &Patience,
    known: &KnownRun,
    batch: Batch,
) -> Result<(), Retry> {
    let run = &known.run;
    let is_last = batch.after.is_none();
    let advanced = Run {
        state: if is_last { RunState::Queued } else { run.state },
        queued: run.queued + batch.names.len() as u64,
        before: run.after.clone(),
        after: batch.after,
        ..run.clone()
    };
    // A conflict means that somebody stopped the run, or did the same step.
    if app.runs.put(patience, &advanced, Some(known)).await? == Written::Conflict || is_last {
        return Ok(());
    }
    ask_for_more(app, patience, &advanced, MINUTE).await
}

/// Sends the message that queues the next images, to become visible after some time.
async fn ask_for_more(
    app: &App,
    patience: &Patience,
    run: &Run,
    after: Duration,
) -> Result<(), Retry> {
    let feed = RunMessage::Feed {
        run: run.id.clone(),
        after: run.after.clone(),
    };
    app.work.send(patience, &feed, after).await
}

async fn next(app: &App, patience: &Patience, run: &Run) -> Result<Batch, Retry> {
    match &run.selection {
        Selection::Records { condition } => {
            let condition = Condition::parse(condition, &run.presets_version)
                .map_err(|error| Retry::new(format!("reading the run {}", run.id), error))?;
            let found = app
                .records
                .select::<Selected>(
                    patience,
                    "c.id, c.source.name AS name",
                    &condition,
                    run.after.as_deref(),
                    run.per_minute.max(1),
                )
                .await?;
            Ok(Batch {
                names: found.items.into_iter().map(|one| one.name).collect(),
                after: found.next,
            })
        }
        Selection::Chosen => Ok(Batch {
            names: Vec::new(),
            after: None,
        }),
        Selection::Missing { prefix } => {
            let after = run.after.as_deref();
            let page = app
                .uploads
                .page(patience, prefix, after, run.per_minute)
                .await?;
            Ok(Batch {
                names: app
                    .records
                    .without(
                        patience,
                        page.blobs.into_iter().map(|blob| blob.name).collect(),
                    )
                    .await?,
                after: page.next,
            })
        }
    }
}

#[derive(serde::Deserialize)]
struct Selected {
    name: String,
}
