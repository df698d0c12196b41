//! Log lines for the platform, and traces and metrics for an OpenTelemetry collector.
//!
//! Lines go to standard output, where App Service and the Functions host read them. The Functions host logs all of them
//! as information. It logs lines on standard error as warnings (if they contain the word "warn") or errors, so
//! [`Logging::split`] sends these there. Each event is one line, and so is a panic; none contains secrets
//! ([`redact`](mod@redact)). [`chain`](fn@chain) shows an error with all of its causes. Spans also go to a collector,
//! by OTLP over HTTP, if the standard settings name one (<https://opentelemetry.io/docs/languages/sdk-configuration/>):
//! `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`, with `OTEL_EXPORTER_OTLP_HEADERS`,
//! `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_SCHEDULE_DELAY` and the like.
//! Metrics go there in the same way ([`metrics`]). `OTEL_TRACES_EXPORTER=none` and `OTEL_METRICS_EXPORTER=none` turn
//! one of the two off, and `OTEL_SDK_DISABLED=true` both. If no collector is named, nothing is created and nothing is
//! sent.
//!
//! A trace that crosses processes is carried as a `traceparent` (<https://www.w3.org/TR/trace-context/>):
//! [`continue_trace`] continues it, and [`traceparent`] passes it on.

mod chain;
mod lines;
pub mod metrics;
mod panics;
pub mod redact;

use std::{collections::HashMap, str::FromStr};

pub use chain::{Chain, chain};

use anyhow::Context as _;
use opentelemetry::{
    propagation::TextMapPropagator as _,
    trace::{TraceContextExt as _, TracerProvider as _},
};
use opentelemetry_otlp::{SpanExporter, WithExportConfig as _};
use opentelemetry_sdk::{
    Resource,
    metrics::SdkMeterProvider,
    propagation::TraceContextPropagator,
    trace::{SdkTracerProvider, Tracer},
};
use tracing::Span;
use tracing_opentelemetry::{OpenTelemetryLayer, OpenTelemetrySpanExt as _};
use tracing_subscriber::{
    EnvFilter, Layer, Registry,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    registry::LookupSpan,
    util::SubscriberInitExt as _,
};

use lines::Lines;

/// The format of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object in each line.
    Json,
}

impl FromStr for LogFormat {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err("it must be text or json"),
        }
    }
}

/// How logging is set up.
#[derive(Clone, Copy, Debug)]
pub struct Logging<'a> {
    /// The name of the program among others; `OTEL_SERVICE_NAME` overrides it.
    pub service: &'static str,
    /// What is logged and traced, as a `tracing` filter.
    pub filter: &'a str,
    /// The format of a line.
    pub format: LogFormat,
    /// Whether lines begin with the time. The Functions host adds it itself.
    pub time: bool,
    /// Whether warnings and errors go to standard error, as the Functions host expects, instead of standard output.
    pub split: bool,
}

/// Sends spans and metrics to the collector, if there is one. When it is dropped, it sends what is left.
#[derive(Debug)]
#[must_use = "dropped, it sends nothing more"]
pub struct Exporter {
    traces: Option<SdkTracerProvider>,
    metrics: Option<SdkMeterProvider>,
}

impl Drop for Exporter {
    fn drop(&mut self) {
        // An unreachable collector must not keep the program from ending.
        if let Some(provider) = &self.traces {
            let _ = provider.shutdown();
        }
        if let Some(provider) = &self.metrics {
            let _ = provider.shutdown();
        }
    }
}

/// Starts the logging of events and panics. Starts tracing and metrics if the settings name a collector.
///
/// # Errors
///
/// A filter or a setting that cannot be parsed.
pub fn init(
    logging: &Logging<'_>,
    lookup: impl Fn(&str) -> Option<String>,
) -> anyhow::Result<Exporter> {
    let filter = EnvFilter::try_new(logging.filter)?;
    let provider = wanted("TRACES", &lookup)
        .then(|| provider(logging.service, &lookup))
        .transpose()
        .context("the OpenTelemetry exporter")?;
    let metrics = wanted("METRICS", &lookup)
        .then(|| metrics::start(resource(logging.service, &lookup)))
        .transpose()
        .context("the OpenTelemetry exporter of metrics")?;
    let traces = provider
        .as_ref()
        .map(|provider| OpenTelemetryLayer::new(provider.tracer("darkroom")));
    Registry::default()
        .with(traces as Option<OpenTelemetryLayer<Registry, Tracer>>)
        .with(lines(logging))
        .with(filter)
        .try_init()?;
    panics::log();
    Ok(Exporter {
        traces: provider,
        metrics,
    })
}

/// Makes the span continue the trace of a `traceparent`. An invalid one changes nothing. Call it before the span is
/// entered.
pub fn continue_trace(span: &Span, traceparent: &str) {
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let context = TraceContextPropagator::new().extract(&carrier);
    if context.span().span_context().is_valid() {
        // It fails if spans are not exported, or if the filter leaves this one out.
        let _ = span.set_parent(context);
    }
}

/// The `traceparent` of a span that is exported.
#[must_use]
pub fn traceparent(span: &Span) -> Option<String> {
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&span.context(), &mut carrier);
    carrier.remove("traceparent")
}

fn lines<S>(logging: &Logging<'_>) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
{
    write_lines(
        logging,
        Lines {
            split: logging.split,
        },
    )
}

fn write_lines<S, W>(logging: &Logging<'_>, to: W) -> Box<dyn Layer<S> + Send + Sync>
where
    S: tracing::Subscriber + for<'span> LookupSpan<'span>,
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let lines = fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .with_writer(to);
    if logging.format == LogFormat::Text {
        return if logging.time {
            lines.boxed()
        } else {
            lines.without_time().boxed()
        };
    }
    // The list of spans ends with the current one, so it need not be written twice.
    let lines = lines.json().flatten_event(true).with_current_span(false);
    if logging.time {
        lines.boxed()
    } else {
        lines.without_time().boxed()
    }
}

/// Whether a collector for a signal, `TRACES` or `METRICS`, is named, and the signal is not turned off.
fn wanted(signal: &str, lookup: &impl Fn(&str) -> Option<String>) -> bool {
    let named = |name: &str| lookup(name).is_some_and(|value| !value.is_empty());
    let is =
        |name: &str, off: &str| lookup(name).is_some_and(|value| value.eq_ignore_ascii_case(off));
    let disabled =
        is("OTEL_SDK_DISABLED", "true") || is(&format!("OTEL_{signal}_EXPORTER"), "none");
    !disabled
        && (named("OTEL_EXPORTER_OTLP_ENDPOINT")
            || named(&format!("OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")))
}

/// The sender's identity: the program, unless the settings name it differently.
fn resource(service: &'static str, lookup: &impl Fn(&str) -> Option<String>) -> Resource {
    let resource = Resource::builder();
    match lookup("OTEL_SERVICE_NAME") {
        Some(_) => resource,
        None => resource.with_service_name(service),
    }
    .build()
}

/// Sends spans in batches from its own thread. It reads the standard settings itself.
fn provider(
    service: &'static str,
    lookup: &impl Fn(&str) -> Option<String>,
) -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(opentelemetry_otlp::Protocol::HttpBinary)
        .build()?;
    Ok(SdkTracerProvider::builder()
        .with_resource(resource(service, lookup))
        .with_batch_exporter(exporter)
        .build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_exported_unless_a_collector_is_named() {
        let is_wanted = |settings: &[(&str, &str)]| {
            wanted("TRACES", &|name: &str| {
                let setting = settings.iter().find(|(key, _)| *key == name);
                setting.map(|(_, value)| (*value).to_owned())
            })
        };
        let endpoint = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        assert!(!is_wanted(&[]));
        assert!(!is_wanted(&[("OTEL_EXPORTER_OTLP_ENDPOINT", "")]));
        assert!(is_wanted(&[endpoint]));
        assert!(!is_wanted(&[endpoint, ("OTEL_SDK_DISABLED", "true")]));
        assert!(!is_wanted(&[endpoint, ("OTEL_TRACES_EXPORTER", "none")]));
        assert!(is_wanted(&[endpoint, ("OTEL_METRICS_EXPORTER", "none")]));
        assert!(is_wanted(&[(
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
            endpoint.1
        )]));
        assert!(!is_wanted(&[(
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            endpoint.1
        )]));
    }

    /// The lines that `work` logs.
    fn logged(format: LogFormat, work: impl FnOnce()) -> Vec<String> {
        let (to, from) = std::sync::mpsc::channel();
        let logging = Logging {
            service: "test",
            filter: "info",
            format,
            time: false,
            split: false,
        };
        let layer = write_lines(&logging, move || Sent(to.clone()));
        let subscriber = Registry::default().with(layer);
        tracing::subscriber::with_default(subscriber, work);
        from.try_iter().collect()
    }

    struct Sent(std::sync::mpsc::Sender<String>);

    impl std::io::Write for Sent {
        fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
            let text = String::from_utf8_lossy(event).into_owned();
            let _ = self.0.send(text);
            Ok(event.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_json_line_has_each_of_its_spans_once() {
        let lines = logged(LogFormat::Json, || {
            let _outer = tracing::info_span!("outer", id = "o-1").entered();
            let _inner = tracing::info_span!("inner", id = "i-1").entered();
            tracing::info!("work");
        });
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].matches("o-1").count(), 1, "{}", lines[0]);
        assert_eq!(lines[0].matches("i-1").count(), 1, "{}", lines[0]);
    }

    #[test]
    fn without_an_exporter_there_is_no_trace_to_hand_on() {
        let span = tracing::info_span!("request");
        continue_trace(
            &span,
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        );
        assert_eq!(traceparent(&span), None);
    }
}
