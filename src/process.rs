//! The heart: one original → its record and its renditions.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use contract::{
    Milliseconds, Processing, Record, RecordId, Rejection, Source, Status, UserFields, Warning,
};
use custom_handler::{Invocation, TraceContext};
use imaging::{Preset, Rendition};
use jiff::Timestamp;
use tracing::{Instrument as _, Span, info_span};

use crate::{
    app::App,
    error::Retry,
    handlers::{metadata, resize},
};

/// One original, wherever it came from.
#[derive(Debug)]
pub struct Original {
    /// What it is called; renditions and record are named after it.
    pub name: String,
    /// Its bytes, or why they were not even read.
    pub content: Result<Bytes, Rejection>,
    /// Its length in bytes, as its source states it.
    pub length: u64,
    /// Where it came from.
    pub source: Source,
    /// The file's name on the uploader's machine.
    pub file_name: Option<String>,
    /// The media type that the uploader declared.
    pub declared_type: Option<String>,
    /// The user's own fields.
    pub user: UserFields,
    /// What was noticed on the way here.
    pub warnings: Vec<Warning>,
    /// How it got here.
    pub event: Event,
}

/// The event that brought an original.
#[derive(Clone, Debug)]
pub struct Event {
    /// When the handler took it up.
    pub arrived: Instant,
    /// How long reading the original took, where the handler did that.
    pub read: Option<Duration>,
    /// The host's id of the invocation.
    pub invocation_id: String,
    /// The distributed trace it belongs to: the uploader's where that is known, else the host's.
    pub trace: Option<TraceContext>,
    /// Which try this is, from 1.
    pub attempt: Option<u32>,
}

impl Event {
    /// The event that an invocation carries.
    #[must_use]
    pub fn of<T>(invocation: &Invocation<T>, arrived: Instant) -> Self {
        Self {
            arrived,
            read: None,
            invocation_id: invocation.id.to_string(),
            trace: invocation.trace.clone(),
            attempt: invocation.retry.map(|retry| retry.retry_count + 1),
        }
    }
}

impl Event {
    /// The trace's id.
    #[must_use]
    pub fn trace_id(&self) -> Option<String> {
        self.trace.as_ref().map(|trace| trace.trace_id.clone())
    }
}

/// What an original became.
#[derive(Debug)]
pub struct Processed {
    /// The record to store.
    pub record: Record,
    /// The renditions to store; none where the record says `rejected`.
    pub renditions: Vec<Rendition>,
}

/// Makes the record and the renditions of an original, once there is room for the work.
///
/// A permanent failure is a record too.
///
/// # Errors
///
/// Passing trouble only.
pub async fn process(app: &Arc<App>, original: Original) -> Result<Processed, Retry> {
    let span = info_span!(
        "process",
        name = original.name,
        trace_id = original.event.trace_id()
    );
    if let Some(trace) = &original.event.trace {
        telemetry::continue_trace(&span, &trace.to_string());
    }
    develop_when_there_is_room(app, original)
        .instrument(span)
        .await
}

async fn develop_when_there_is_room(
    app: &Arc<App>,
    original: Original,
) -> Result<Processed, Retry> {
    let waiting = Instant::now();
    let place = app.admission.enter(memory_needed(app, &original)).await;
    let waited = waiting.elapsed();
    let worker = Arc::clone(app);
    let name = original.name.clone();
    let span = Span::current();
    tokio::task::spawn_blocking(move || {
        let mut processed = span.in_scope(|| develop(&worker, &original));
        processed.record.processing.milliseconds.wait = Some(metadata::milliseconds(waited));
        drop(place);
        processed
    })
    .await
    // A panic says nothing about the next try, and the host keeps what fails every time.
    .map_err(|panic| Retry::defect(format!("processing {name}"), panic))
}

/// What decoding will take at most, judged by the header alone. What has no readable header takes
/// next to nothing to reject.
fn memory_needed(app: &App, original: &Original) -> u64 {
    let Ok(bytes) = &original.content else {
        return 0;
    };
    match imaging::inspect(bytes, app.presets.limits()) {
        Ok(inspection) => {
            imaging::estimate_memory(&inspection, &app.presets.for_path(&original.name))
        }
        Err(_) => 0,
    }
}

/// Decodes, resizes and describes on the current thread.
fn develop(app: &App, original: &Original) -> Processed {
    let presets = app.presets.for_path(&original.name);
    let arrived = original.event.arrived;
    let mut record = blank_record(app, original);
    let renditions = match make_renditions(app, original, &presets, &mut record) {
        Ok(renditions) => renditions,
        Err(rejection) => {
            record.status = Status::Rejected;
            record.error = Some(rejection);
            Vec::new()
        }
    };
    record.renditions = metadata::describe_renditions(app, &original.name, &presets, &renditions);
    record.processing.milliseconds.total = Some(metadata::milliseconds(arrived.elapsed()));
    Processed { record, renditions }
}

/// The steps. Whatever the record learns before a refusal stays in it.
fn make_renditions(
    app: &App,
    original: &Original,
    presets: &[&Preset],
    record: &mut Record,
) -> Result<Vec<Rendition>, Rejection> {
    let bytes = original.content.as_ref().map_err(Clone::clone)?;
    metadata::describe_file(record, bytes);
    let inspection = metadata::describe_header(record, bytes, app.presets.limits())?;
    metadata::describe_embedded(record, &inspection, app.store_gps);
    let rendered = resize::render(app, bytes, &inspection, presets)?;
    metadata::describe_pixels(record, &rendered);
    Ok(rendered.renditions)
}

/// What is known before the first byte is looked at.
fn blank_record(app: &App, original: &Original) -> Record {
    let created_at = Timestamp::now();
    Record {
        id: RecordId::from_name(&original.name),
        status: Status::Processed,
        error: None,
        source: original.source.clone(),
        file: contract::File {
            name: original.file_name.clone(),
            bytes: original.length,
            declared_type: original.declared_type.clone(),
            ..Default::default()
        },
        image: None,
        exif: None,
        gps: None,
        descriptive: None,
        derived: None,
        renditions: Vec::new(),
        user: original.user.clone(),
        processing: Processing {
            presets_version: Some(app.presets.version().to_owned()),
            handler_version: env!("CARGO_PKG_VERSION").to_owned(),
            invocation_id: Some(original.event.invocation_id.clone()).filter(|id| !id.is_empty()),
            trace_id: original.event.trace_id(),
            attempt: original.event.attempt,
            milliseconds: Milliseconds {
                read: original.event.read.map(metadata::milliseconds),
                ..Default::default()
            },
            warnings: original.warnings.clone(),
        },
        created_at,
        created_day: created_at.strftime("%F").to_string(),
        ttl: None,
    }
}
