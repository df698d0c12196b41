//! The trace of a request: its caller's if it names one, otherwise a new one.
//!
//! It continues in the blob's metadata, or the message's headers, and from there in the handler's
//! log lines and the record.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument as _, Span, field::Empty, info_span};
use uuid::Uuid;

/// The response header by which a caller, or a person with a question, finds the log lines of a
/// request.
const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// A span within a trace (<https://www.w3.org/TR/trace-context/#traceparent-header>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// 32 lowercase hexadecimal digits.
    pub trace_id: String,
    /// 16 lowercase hexadecimal digits: this request's span.
    span_id: String,
    sampled: bool,
}

impl Trace {
    /// Continues the caller's trace, or starts one.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let caller = callers(headers).and_then(parse);
        let mut span_id = random_hex();
        span_id.truncate(16);
        match caller {
            Some(caller) => Self { span_id, ..caller },
            None => Self {
                trace_id: random_hex(),
                span_id,
                sampled: true,
            },
        }
    }

    /// The trace that a span is exported under, if it is exported.
    fn of_exported(span: &Span) -> Option<Self> {
        parse(&telemetry::traceparent(span)?)
    }

    /// The header's value for the next service.
    #[must_use]
    pub fn traceparent(&self) -> String {
        let flags = if self.sampled { "01" } else { "00" };
        format!("00-{}-{}-{flags}", self.trace_id, self.span_id)
    }
}

fn callers(headers: &HeaderMap) -> Option<&str> {
    headers.get("traceparent")?.to_str().ok()
}

/// Reads the header's value; `None` for anything that the specification calls invalid.
fn parse(value: &str) -> Option<Trace> {
    let mut parts = value.split('-');
    let (version, trace, span, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let zero = |text: &str| text.bytes().all(|byte| byte == b'0');
    let valid = hex(version, 2)
        && version != "ff"
        && (version != "00" || parts.next().is_none())
        && hex(trace, 32)
        && !zero(trace)
        && hex(span, 16)
        && !zero(span)
        && hex(flags, 2);
    let sampled = u8::from_str_radix(flags, 16).ok()? & 1 == 1;
    valid.then(|| Trace {
        trace_id: trace.to_owned(),
        span_id: span.to_owned(),
        sampled,
    })
}

fn random_hex() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Runs every request in a span with its trace's id, and logs how it ended.
pub async fn layer(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let path = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("none", MatchedPath::as_str)
        .to_owned();
    let span = info_span!("request", method = %request.method(), path, trace_id = Empty);
    if let Some(caller) = callers(request.headers()) {
        telemetry::continue_trace(&span, caller);
    }
    let trace = Trace::of_exported(&span).unwrap_or_else(|| Trace::of(request.headers()));
    span.record("trace_id", &trace.trace_id);
    let id = HeaderValue::try_from(&trace.trace_id).ok();
    request.extensions_mut().insert(trace);
    async move {
        let mut response = next.run(request).await;
        let status = response.status().as_u16();
        let duration_ms = started.elapsed().as_millis();
        // Requests for pictures and styles are many and say little.
        if status < 400 && (path.starts_with("/assets") || path.starts_with("/renditions")) {
            tracing::debug!(status, duration_ms, "answered");
        } else {
            tracing::info!(status, duration_ms, "answered");
        }
        if let Some(id) = id {
            response.headers_mut().insert(TRACE_ID, id);
        }
        response
    }
    .instrument(span)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goes_on_with_the_callers_trace_under_a_span_of_its_own() {
        let mut headers = HeaderMap::new();
        let value = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
        headers.insert("traceparent", HeaderValue::from_static(value));
        let trace = Trace::of(&headers);
        assert_eq!(trace.trace_id, "0af7651916cd43dd8448eb211c80319c");
        assert_ne!(trace.span_id, "b7ad6b7169203331");
        assert!(trace.traceparent().ends_with("-00"));
        assert_eq!(parse(&trace.traceparent()), Some(trace));
    }

    #[test]
    fn begins_a_trace_where_the_header_is_no_good() {
        for value in [
            "",
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        ] {
            assert_eq!(parse(value), None, "{value}");
        }
    }
}
