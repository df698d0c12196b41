//! Clears up after attempts whose event does not come again.
//!
//! An attempt that was cut off is made again when its event is delivered again. But if the blob is gone by then, the
//! host drops the event without calling the handler, and what the attempt had written would stay forever. A message may
//! have got its record from a later attempt before an image is deleted, and then a request of the earlier one arrives.
//! The marks of attempts show this. Each process looks through the marks that no attempt holds when it starts and twice a minute. A
//! look is one listing of a container that is nearly empty.

use std::{sync::Arc, time::Duration};

use contract::{RecordId, Source, Status};
use telemetry::chain;
use tokio::time::{Instant, sleep};

use crate::{
    app::App,
    error::Error,
    patience::Patience,
    standing::{Standing, standing},
    stores::attempts::{Abandoned, Attempt},
};

/// The pause between two looks. The instances that are alive clear up after one that is lost.
const EVERY: Duration = Duration::from_secs(30);
/// How long one look may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// Looks again and again until this future is dropped.
pub async fn recover(app: Arc<App>) {
    loop {
        // Requests that an earlier process sent have arrived by then.
        sleep(app.direct.late_writes).await;
        if let Err(error) = clear_up(&app).await {
            tracing::warn!(
                error = %chain(&error),
                "the remains of interrupted attempts could not be removed yet"
            );
        }
        sleep(EVERY).await;
    }
}

/// Clears up after an attempt with an unanswered request, once that request has reached its service or never will. The
/// attempt's mark stays until then, in case this process ends first.
pub fn clear_up_later(app: Arc<App>, attempt: Attempt) {
    tokio::spawn(async move {
        sleep(app.direct.late_writes).await;
        let patience = Patience::until(Instant::now() + PATIENCE);
        let mark = attempt.abandon();
        if let Err(error) = clear_up_one(&app, &patience, &mark).await {
            tracing::warn!(
                name = mark.image,
                error = %chain(&error),
                "files that may have been written late could not be removed yet"
            );
        }
    });
}

/// Removes what was made of each blob that is gone and whose attempt was cut off, and the marks of what has been
/// handled since.
async fn clear_up(app: &App) -> Result<(), Error> {
    let patience = Patience::until(Instant::now() + PATIENCE);
    let oldest = app.direct.late_writes;
    for mark in app.attempts.abandoned(&patience, oldest).await? {
        // One image that cannot be cleared up must not stop the others.
        if let Err(error) = clear_up_one(app, &patience, &mark).await {
            tracing::warn!(
                name = mark.image,
                error = %chain(&error),
                "the remains of an interrupted attempt could not be removed yet"
            );
        }
    }
    Ok(())
}

async fn clear_up_one(app: &App, patience: &Patience, mark: &Abandoned) -> Result<(), Error> {
    let name = &mark.image;
    let _turn = app.turns.of(name).await;
    let is_cleared_up = if mark.is_message {
        clear_up_message(app, patience, mark).await?
    } else {
        clear_up_blob(app, patience, name).await?
    };
    if is_cleared_up {
        app.attempts.remove(patience, &mark.path).await?;
        tracing::info!(
            name,
            "removed the remains of an attempt that was interrupted or got no answer"
        );
    }
    Ok(())
}

/// Whether nothing is left of attempts at a blob. Otherwise its event comes again.
async fn clear_up_blob(app: &App, patience: &Patience, name: &str) -> Result<bool, Error> {
    let Some(blob) = app.uploads.find(patience, name).await? else {
        app.direct.remove(patience, name).await?;
        return Ok(true);
    };
    let id = RecordId::from_name(name);
    let known = app.records.find(patience, &id).await?;
    let record = known.as_ref().and_then(|known| known.record.as_ref());
    let source = Source {
        etag: Some(blob.etag),
        ..Source::default()
    };
    if standing(record, &source) != Standing::Done {
        return Ok(false);
    }
    // What an attempt at this version or an earlier one left is removed.
    app.direct.clear_up(patience, &id, record).await?;
    Ok(true)
}

/// Whether nothing is left of an attempt at a message. Otherwise the message comes again: nobody
/// can delete it, so either it has a record or it has not been committed.
async fn clear_up_message(app: &App, patience: &Patience, mark: &Abandoned) -> Result<bool, Error> {
    let id = RecordId::from_name(&mark.image);
    let known = app.records.find(patience, &id).await?;
    let Some(record) = known.and_then(|known| known.record) else {
        return Ok(false);
    };
    // The record may be about an earlier message, and this one is still to come.
    if record.status == Status::Processed && !mark.is_at(&record.source) && !mark.is_forgotten {
        return Ok(false);
    }
    app.direct.clear_up(patience, &id, Some(&record)).await?;
    Ok(true)
}
