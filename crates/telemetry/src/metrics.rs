//! Metrics for an OpenTelemetry collector: counters and histograms, which cost nothing if no collector is named.
//!
//! Create instruments with [`meter`] after [`init`](crate::init). An instrument that is created before sends nothing.

pub use opentelemetry::{
    KeyValue,
    metrics::{Counter, Histogram, Meter, UpDownCounter},
};

use opentelemetry_otlp::{MetricExporter, WithExportConfig as _};
use opentelemetry_sdk::{Resource, metrics::SdkMeterProvider};

/// Upper bounds of the buckets for durations in seconds: those of OpenTelemetry's HTTP durations, and longer ones.
/// Source: <https://opentelemetry.io/docs/specs/semconv/http/http-metrics/>.
const SECONDS: [f64; 18] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0,
    300.0, 3_600.0,
];
/// Upper bounds of the buckets for lengths in bytes: 1 KiB to 64 MiB.
const BYTES: [f64; 9] = [
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// Creates instruments.
#[must_use]
pub fn meter() -> Meter {
    opentelemetry::global::meter("darkroom")
}

/// A histogram of durations in seconds.
#[must_use]
pub fn seconds(meter: &Meter, name: &'static str, description: &'static str) -> Histogram<f64> {
    meter
        .f64_histogram(name)
        .with_unit("s")
        .with_description(description)
        .with_boundaries(SECONDS.to_vec())
        .build()
}

/// A histogram of lengths in bytes.
#[must_use]
pub fn bytes(meter: &Meter, name: &'static str, description: &'static str) -> Histogram<u64> {
    meter
        .u64_histogram(name)
        .with_unit("By")
        .with_description(description)
        .with_boundaries(BYTES.to_vec())
        .build()
}

/// A count of things: images, events.
#[must_use]
pub fn count(
    meter: &Meter,
    name: &'static str,
    unit: &'static str,
    description: &'static str,
) -> Counter<u64> {
    meter
        .u64_counter(name)
        .with_unit(unit)
        .with_description(description)
        .build()
}

/// Sends metrics every minute, or as often as `OTEL_METRIC_EXPORT_INTERVAL` says, from its own thread.
pub(crate) fn start(resource: Resource) -> anyhow::Result<SdkMeterProvider> {
    let exporter = MetricExporter::builder()
        .with_http()
        .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
        .build()?;
    let provider = SdkMeterProvider::builder()
        .with_resource(resource)
        .with_periodic_exporter(exporter)
        .build();
    opentelemetry::global::set_meter_provider(provider.clone());
    Ok(provider)
}
