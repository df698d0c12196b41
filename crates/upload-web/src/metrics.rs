//! Metrics for operators. docs/operations.md lists them. Without a collector they are not sent.

use std::sync::LazyLock;

use telemetry::metrics::{self, Counter, Histogram, KeyValue};

/// The instruments, created at first use, which is after logging was started.
static METRICS: LazyLock<Metrics> = LazyLock::new(|| {
    let meter = metrics::meter();
    Metrics {
        uploads: metrics::count(
            &meter,
            "darkroom.uploads",
            "{upload}",
            "Files that were accepted",
        ),
        size: metrics::bytes(
            &meter,
            "darkroom.upload.size",
            "Size of an accepted file in bytes",
        ),
    }
});

struct Metrics {
    uploads: Counter<u64>,
    size: Histogram<u64>,
}

/// Counts a file that was taken and handed to a flow.
pub(crate) fn taken(flow: &'static str, bytes: u64) {
    let flow = [KeyValue::new("darkroom.flow", flow)];
    METRICS.uploads.add(1, &flow);
    METRICS.size.record(bytes, &flow);
}
