//! Metrics for operators. docs/operations.md lists them. Without a collector they are not sent.

use std::sync::LazyLock;

use contract::{ImageEvent, Record};
use jiff::Timestamp;
use telemetry::metrics::{self, Counter, Histogram, KeyValue, UpDownCounter};

use crate::{
    error::Retry,
    handling::{End, Handled},
};

/// The instruments, created at first use, which is after logging was started.
static METRICS: LazyLock<Metrics> = LazyLock::new(Metrics::new);

struct Metrics {
    images: Counter<u64>,
    duration: Histogram<f64>,
    stage: Histogram<f64>,
    lag: Histogram<f64>,
    original: Histogram<u64>,
    rendition: Histogram<u64>,
    waiting: UpDownCounter<i64>,
    events: Counter<u64>,
}

impl Metrics {
    fn new() -> Self {
        let meter = metrics::meter();
        Self {
            images: metrics::count(
                &meter,
                "darkroom.images",
                "{image}",
                "Events about originals, by result",
            ),
            duration: metrics::seconds(
                &meter,
                "darkroom.image.duration",
                "Time from the arrival of an event to its record",
            ),
            stage: metrics::seconds(
                &meter,
                "darkroom.image.stage.duration",
                "Time by stage of processing",
            ),
            lag: metrics::seconds(
                &meter,
                "darkroom.image.lag",
                "Time from the upload of an original to its record",
            ),
            original: metrics::bytes(
                &meter,
                "darkroom.original.size",
                "Size of an original in bytes",
            ),
            rendition: metrics::bytes(
                &meter,
                "darkroom.rendition.size",
                "Size of a written rendition in bytes",
            ),
            waiting: meter
                .i64_up_down_counter("darkroom.requests.waiting")
                .with_unit("{request}")
                .with_description("Requests of the host that wait to be started")
                .build(),
            events: metrics::count(
                &meter,
                "darkroom.events",
                "{event}",
                "Image events that were sent or refused permanently",
            ),
        }
    }
}

/// Counts an event about an original by its result.
pub fn handled(outcome: &Result<Handled, Retry>) {
    let (name, code) = match outcome {
        Ok(Handled {
            end: End::Processed { .. },
            ..
        }) => ("processed", None),
        Ok(Handled {
            end: End::Rejected(rejection),
            ..
        }) => ("rejected", Some(rejection.code.clone())),
        Ok(Handled {
            end: End::Kept(rejection),
            ..
        }) => ("kept", Some(rejection.code.clone())),
        Ok(Handled {
            end: End::Unchanged(_) | End::Gone,
            ..
        }) => ("unchanged", None),
        Ok(Handled {
            end: End::Taken, ..
        }) => ("refused", None),
        Err(_) => ("retry", None),
    };
    let mut attributes = vec![KeyValue::new("darkroom.outcome", name)];
    attributes.extend(code.map(|code| KeyValue::new("error.type", code)));
    METRICS.images.add(1, &attributes);
}

/// Records the lengths and times of a record that is delivered.
pub fn delivered(record: &Record) {
    let times = &record.processing.milliseconds;
    for (stage, time) in times.stages() {
        METRICS
            .stage
            .record(time / 1e3, &[KeyValue::new("darkroom.stage", stage)]);
    }
    if let Some(total) = times.total {
        METRICS.duration.record(total / 1e3, &[]);
    }
    // For an image that a run makes again, the lag would be the age of the image.
    if let (Some(uploaded), None) = (record.source.uploaded_at, &record.processing.run) {
        let lag = Timestamp::now().duration_since(uploaded).as_secs_f64();
        // Clocks differ, so the lag can be negative.
        METRICS.lag.record(lag.max(0.0), &[]);
    }
    METRICS.original.record(record.file.bytes, &[]);
    for rendition in &record.renditions {
        if let Some(bytes) = rendition.bytes {
            METRICS.rendition.record(
                bytes,
                &[KeyValue::new("darkroom.preset", rendition.preset.clone())],
            );
        }
    }
}

/// Counts a request as waiting for its turn while this value lives.
pub struct Waiting(());

impl Waiting {
    /// Begins to count.
    #[must_use]
    pub fn begin() -> Self {
        METRICS.waiting.add(1, &[]);
        Self(())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        METRICS.waiting.add(-1, &[]);
    }
}

/// Counts an image event that was sent, or refused for good.
pub fn sent(event: &ImageEvent, is_taken: bool) {
    let outcome = if is_taken { "sent" } else { "refused" };
    let kind = event.kind.as_str();
    METRICS.events.add(
        1,
        &[
            KeyValue::new("darkroom.event.type", kind),
            KeyValue::new("darkroom.outcome", outcome),
        ],
    );
}
