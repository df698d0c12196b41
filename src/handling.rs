//! One event, from its arrival to its end.
//!
//! Every event ends in a record, in a retry or in a dead letter. An event may bring its version
//! late, twice or beside other events; the newest version always remains.

mod end;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use contract::{Record, RecordId, RefusedEvent, Rejection};
use imaging::Limits;
use telemetry::chain;

pub use end::{End, Handled};

use crate::{
    app::App,
    delivery::{Delivered, DeliveryMode},
    error::{Error, Retry},
    metrics,
    original::{Content, Original},
    patience::Patience,
    process::{Processed, develop, refuse},
    recovery::clear_up_later,
    runs,
    standing::{Standing, standing},
    stores::{
        attempts::Attempt,
        originals::{Opened, Originals, ReadError, check_length},
        records::StoredRecord,
    },
};

/// Handles an original: looks up its record, makes what is missing and delivers it.
///
/// # Errors
///
/// Passing trouble only, after it was waited out for as long as there was time.
pub async fn handle(
    app: &Arc<App>,
    mode: DeliveryMode,
    original: Original,
) -> Result<Handled, Retry> {
    let outcome = Box::pin(look_up_and_make(app, mode, original)).await;
    metrics::handled(&outcome);
    outcome
}

async fn look_up_and_make(
    app: &Arc<App>,
    mode: DeliveryMode,
    original: Original,
) -> Result<Handled, Retry> {
    let patience = original.event.patience();
    let name = original.name.clone();
    // Two versions of one original, or two deliveries of one version, are handled one after the
    // other.
    let _turn = patience
        .wait_for("waiting for the same image", app.turns.of(&name))
        .await?;
    let id = RecordId::from_name(&name);
    let known = app.records.find(&patience, &id).await?;
    let record = known.as_ref().and_then(|known| known.record.as_ref());
    let standing = match standing(record, &original.source) {
        Standing::Done if original.run.is_some() => Standing::New,
        standing => standing,
    };
    let end = match standing {
        Standing::New => return make(app, mode, original, known, &patience).await,
        Standing::Done if !app.is_delivered(mode, &patience, record).await? => {
            return make(app, mode, original, known, &patience).await;
        }
        Standing::Taken => take_nothing_over(app, original, &patience).await?,
        unchanged => {
            app.direct.clear_up(&patience, &id, record).await?;
            End::Unchanged(unchanged)
        }
    };
    Ok(Handled::without_outputs(&name, end))
}

/// Removes everything that was made of the blob `name`, which is gone.
///
/// # Errors
///
/// Passing trouble only.
pub async fn remove(app: &App, name: &str, patience: &Patience) -> Result<Handled, Retry> {
    let _turn = patience
        .wait_for("waiting for the same image", app.turns.of(name))
        .await?;
    match app.direct.remove_with_late_writes(patience, name).await {
        Ok(()) => Ok(Handled::without_outputs(name, End::Gone)),
        Err(Error::Rejected(rejection)) => Err(Retry::new("removing what is left", rejection)),
        Err(Error::Retry(retry)) => Err(retry),
    }
}

/// Keeps an original as a dead letter whose name belongs to another image.
async fn take_nothing_over(
    app: &App,
    original: Original,
    patience: &Patience,
) -> Result<End, Retry> {
    let Original {
        name,
        source,
        message,
        event,
        ..
    } = original;
    let error = Rejection {
        code: "name-taken".to_owned(),
        message: "An image from another source already has this name.".to_owned(),
    };
    tracing::warn!(name, "refused: an image from another source has this name");
    if let Some(message) = message {
        let letter = message.dead_letter(error, &event.invocation_id);
        app.dead_letters.keep(patience, &letter).await?;
        return Ok(End::Taken);
    }
    let id = RecordId::from_name(&name);
    let refused = RefusedEvent {
        error,
        function: "ProcessUpload".to_owned(),
        invocation_id: Some(event.invocation_id),
        container: source.container,
        name: Some(name),
        body: None,
    };
    app.dead_letters
        .keep_event(patience, &refused, id.as_str())
        .await?;
    Ok(End::Taken)
}

/// Makes record and renditions and delivers them, while a mark in storage says that the attempt
/// runs.
async fn make(
    app: &Arc<App>,
    mode: DeliveryMode,
    original: Original,
    known: Option<StoredRecord>,
    patience: &Patience,
) -> Result<Handled, Retry> {
    let attempt = match app
        .attempts
        .begin(patience, &original.source, original.run.is_some())
        .await
    {
        Ok(attempt) => attempt,
        Err(error) => return Err(Retry::new("marking an attempt", error)),
    };
    // A record is large, and so is every future that holds one.
    let made = Box::pin(develop_and_deliver(
        app, mode, original, known, &attempt, patience,
    ))
    .await;
    if patience.was_left_unanswered() {
        clear_up_later(Arc::clone(app), attempt);
    } else {
        app.attempts.end(patience, &attempt).await;
    }
    made
}

async fn develop_and_deliver(
    app: &Arc<App>,
    mode: DeliveryMode,
    mut original: Original,
    known: Option<StoredRecord>,
    attempt: &Attempt,
    patience: &Patience,
) -> Result<Handled, Retry> {
    let name = original.name.clone();
    let reading = Instant::now();
    let bytes = match read(app, &mut original, patience).await {
        Ok(bytes) => Ok(bytes),
        Err(ReadError::Rejected(rejection)) => Err(rejection),
        // Whoever changed it sent an event of its own.
        Err(ReadError::Changed) => {
            let end = End::Unchanged(Standing::Superseded);
            return Ok(Handled::without_outputs(&name, end));
        }
        Err(ReadError::Retry(retry)) => return Err(retry),
    };
    let read = reading.elapsed();
    let (message, md5) = (original.message.take(), original.md5.take());
    let invocation_id = original.event.invocation_id.clone();
    let mut processed = match bytes {
        Err(rejection) => refuse(app, &original, rejection),
        Ok(_) if attempt.is_given_up() => refuse(app, &original, given_up()),
        Ok(bytes) => {
            let processed = develop(app, original, bytes, attempt, patience).await?;
            app.attempts.discount(patience, attempt).await;
            processed
        }
    };
    // The host read an earlier version than the one that storage described. The newer one has an
    // event of its own.
    if md5.is_some()
        && processed
            .record
            .file
            .md5
            .as_ref()
            .is_some_and(|own| Some(own) != md5.as_ref())
    {
        let end = End::Unchanged(Standing::Superseded);
        return Ok(Handled::without_outputs(&name, end));
    }
    processed.record.processing.milliseconds.read = Some(milliseconds(read));
    runs::keep_creation(&mut processed.record, known.as_ref());
    processed.record.fit(app.max_record_bytes);
    if let (Some(error), Some(message)) = (&processed.record.error, message) {
        // The dead letter is written before the record, because the record says that the message is
        // finished.
        let letter = message.dead_letter(error.clone(), &invocation_id);
        app.dead_letters.keep(patience, &letter).await?;
    }
    if let Some(refused) = runs::refuse(app, &processed.record, known.as_ref(), patience).await? {
        return Ok(refused);
    }
    deliver(app, mode, processed, known, attempt, patience).await
}

async fn deliver(
    app: &App,
    mode: DeliveryMode,
    processed: Processed,
    known: Option<StoredRecord>,
    attempt: &Attempt,
    patience: &Patience,
) -> Result<Handled, Retry> {
    let blank = refused_by_service(&processed.record);
    let name = blank.source.name.clone();
    let end = End::of(&processed.record);
    metrics::delivered(&processed.record);
    let delivered = match app
        .delivery(mode)
        .deliver(processed, known.clone(), attempt, patience)
        .await
    {
        // The record holds only the identity and the reason, so it cannot contain what was refused.
        Err(Error::Rejected(rejection)) => {
            tracing::error!(
                name, %rejection,
                "the renditions or the record of an image were refused"
            );
            let record = Record {
                error: Some(rejection),
                ..blank
            };
            let refused = Processed {
                record,
                renditions: Vec::new(),
            };
            Box::pin(app.direct.deliver(refused, known, attempt, patience)).await
        }
        delivered => delivered,
    };
    match delivered {
        Ok(Delivered::Written(outputs)) => Ok(Handled {
            outputs: outputs.log(format!("{name} {end}")),
            end,
        }),
        Ok(Delivered::Unchanged(standing)) => {
            Ok(Handled::without_outputs(&name, End::Unchanged(standing)))
        }
        Ok(Delivered::Gone) => Ok(Handled::without_outputs(&name, End::Gone)),
        Err(Error::Rejected(rejection)) => Err(Retry::new("delivering a refusal", rejection)),
        Err(Error::Retry(retry)) => Err(retry),
    }
}

/// A rejected record without anything that a service could refuse.
fn refused_by_service(record: &Record) -> Record {
    Record {
        status: contract::Status::Rejected,
        source: record.source.clone(),
        ..Record::blank(&record.source.name, record.created_at)
    }
}

/// Reads the original's bytes, wherever they are.
async fn read(app: &App, original: &mut Original, patience: &Patience) -> Result<Bytes, ReadError> {
    let limits = app.presets.limits();
    let content = std::mem::replace(&mut original.content, Content::Here(Bytes::new()));
    match content {
        Content::Refused(rejection) => Err(ReadError::Rejected(rejection)),
        Content::Here(bytes) => {
            check_length(bytes.len() as u64, limits).map_err(ReadError::Rejected)?;
            Ok(bytes)
        }
        Content::Upload(opened) => {
            read_patiently(&app.uploads, &original.name, *opened, limits, patience).await
        }
        Content::Incoming { blob, is_named } => match app.incoming.open(patience, &blob).await? {
            Some(opened) => {
                original.length = opened.facts.length;
                read_patiently(&app.incoming, &blob, opened, limits, patience).await
            }
            None if is_named => Err(ReadError::Rejected(Rejection {
                code: "blob-missing".to_owned(),
                message: format!("The message refers to the blob {blob}, which does not exist."),
            })),
            None => Ok(Bytes::new()),
        },
    }
}

/// Reads a blob that has been opened. If the connection breaks, it starts again from the beginning.
async fn read_patiently(
    from: &Originals,
    name: &str,
    mut opened: Opened,
    limits: &Limits,
    patience: &Patience,
) -> Result<Bytes, ReadError> {
    loop {
        let etag = opened.facts.etag.clone();
        match opened.read(limits).await {
            Err(ReadError::Retry(retry)) if patience.is_left() => {
                tracing::warn!(error = %chain(&retry), name, "reading the original again");
                patience.pause(Duration::from_millis(500)).await;
            }
            outcome => return outcome,
        }
        opened = match from.open(patience, name).await? {
            Some(again) if again.facts.etag == etag => again,
            _ => return Err(ReadError::Changed),
        };
    }
}

fn given_up() -> Rejection {
    Rejection {
        code: "processing-crashed".to_owned(),
        message: "The handler stopped twice while it processed this image, so the image is not \
                  tried again."
            .to_owned(),
    }
}

/// A duration in milliseconds, rounded to microseconds.
#[must_use]
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
