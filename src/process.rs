//! Makes the record and the renditions of one original.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use bytes::Bytes;
use contract::{Milliseconds, Processing, Record, Rejection, Status};
use imaging::{Preset, Rendition};
use jiff::Timestamp;
use tokio::runtime::Handle;
use tracing::info_span;

use crate::{
    app::App,
    error::{Error, Retry, rejection},
    handlers::{metadata, resize},
    handling::milliseconds,
    original::Original,
    patience::Patience,
    stores::attempts::Attempt,
};

/// The result of processing an original.
#[derive(Debug)]
pub struct Processed {
    /// The record to store.
    pub record: Record,
    /// The renditions to store; none if the record says `rejected`.
    pub renditions: Vec<Rendition>,
}

/// Makes the record and the renditions of an original as soon as a worker is free. An attempt that
/// follows one that was cut off is made alone.
///
/// A permanent failure gives a record too, and so does a panic, because it would come again with
/// the same bytes.
///
/// # Errors
///
/// Passing trouble only.
pub async fn develop(
    app: &Arc<App>,
    original: Original,
    bytes: Bytes,
    attempt: &Attempt,
    patience: &Patience,
) -> Result<Processed, Retry> {
    let span = info_span!(
        "process",
        name = original.name,
        trace_id = original.event.trace_id()
    );
    if let Some(trace) = &original.event.trace {
        telemetry::continue_trace(&span, &trace.to_string());
    }
    let waiting = Instant::now();
    let (alone, in_run) = (attempt.is_repeated(), original.run.is_some());
    let worker = patience
        .wait_for("waiting for a worker", app.admission.worker(alone, in_run))
        .await?;
    if alone {
        tracing::warn!(
            name = original.name,
            cut_off = attempt.cut_off,
            "an earlier attempt was interrupted, so this one runs alone"
        );
        app.attempts
            .count(patience, attempt)
            .await
            .map_err(|error| match error {
                Error::Rejected(rejection) => Retry::new("marking an attempt", rejection),
                Error::Retry(retry) => retry,
            })?;
    }
    let waited = waiting.elapsed();
    let (app, runtime) = (Arc::clone(app), Handle::current());
    let work = move || {
        let mut processed = span.in_scope(|| {
            let admit = |memory| worker.wait_for_memory(&runtime, memory);
            catch_unwind(AssertUnwindSafe(|| {
                develop_here(&app, &original, &bytes, admit)
            }))
            .unwrap_or_else(|_| refuse(&app, &original, panicked()))
        });
        processed.record.processing.milliseconds.wait = Some(milliseconds(waited));
        processed
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Retry::new("processing", error))
}

/// Inspects, decodes, resizes and describes on the current thread.
///
/// Between the header and the pixels, `admit` is told how many bytes of memory the pixels will take
/// at most. Its return value is held until the work is done.
pub fn develop_here<M>(
    app: &App,
    original: &Original,
    bytes: &[u8],
    admit: impl FnOnce(u64) -> M,
) -> Processed {
    let presets = app.presets.for_path(&original.name);
    let mut record = blank_record(app, original);
    let renditions = match make_renditions(app, original, bytes, &presets, &mut record, admit) {
        Ok(renditions) => renditions,
        Err(rejection) => {
            reject(&mut record, rejection);
            Vec::new()
        }
    };
    record.renditions = metadata::describe_renditions(app, &original.name, &presets, &renditions);
    let arrived = original.event.arrived;
    record.processing.milliseconds.total = Some(milliseconds(arrived.elapsed()));
    Processed { record, renditions }
}

/// Runs the steps. What the record learns before a refusal stays in it.
fn make_renditions<M>(
    app: &App,
    original: &Original,
    bytes: &[u8],
    presets: &[&Preset],
    record: &mut Record,
    admit: impl FnOnce(u64) -> M,
) -> Result<Vec<Rendition>, Rejection> {
    metadata::describe_file(record, bytes);
    let started = Instant::now();
    let inspection = imaging::inspect(bytes, &app.limits).map_err(rejection)?;
    metadata::describe_header(record, &inspection, started.elapsed());
    let memory = imaging::estimate_memory(&inspection, presets);
    app.admission.check_memory(memory)?;
    let _memory = admit(memory);
    metadata::describe_embedded(record, &inspection, app.store_gps);
    let notices = metadata::notices(record);
    let rendered = resize::render(app, bytes, &inspection, presets, notices, original.focus)?;
    metadata::describe_pixels(record, &rendered);
    Ok(rendered.renditions)
}

/// The record of an original that is refused without being inspected.
#[must_use]
pub fn refuse(app: &App, original: &Original, rejection: Rejection) -> Processed {
    let presets = app.presets.for_path(&original.name);
    let mut record = blank_record(app, original);
    reject(&mut record, rejection);
    record.renditions = metadata::describe_renditions(app, &original.name, &presets, &[]);
    Processed {
        record,
        renditions: Vec::new(),
    }
}

fn reject(record: &mut Record, rejection: Rejection) {
    record.status = Status::Rejected;
    record.error = Some(rejection);
}

fn panicked() -> Rejection {
    Rejection {
        code: "processing-failed".to_owned(),
        message: "The handler failed while it processed this image. Its log says where.".to_owned(),
    }
}

/// The record with what is known before the first byte is read.
fn blank_record(app: &App, original: &Original) -> Record {
    Record {
        source: original.source.clone(),
        file: contract::File {
            name: original.file_name.clone(),
            bytes: original.length,
            declared_type: original.declared_type.clone(),
            ..Default::default()
        },
        user: original.user.clone(),
        processing: Processing {
            presets_version: Some(app.presets.version().to_owned()),
            handler_version: env!("CARGO_PKG_VERSION").to_owned(),
            invocation_id: Some(original.event.invocation_id.clone()).filter(|id| !id.is_empty()),
            trace_id: original.event.trace_id(),
            attempt: original.event.attempt,
            run: original.run.clone(),
            reprocessed_at: original.run.is_some().then(Timestamp::now),
            milliseconds: Milliseconds::default(),
            warnings: original.warnings.clone(),
        },
        ..Record::blank(&original.name, Timestamp::now())
    }
}
