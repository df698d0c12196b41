//! The invocation and the distributed trace of a log line.

use std::{fmt, time::Instant};

use axum::{
    extract::Request,
    http::{HeaderMap, Method},
    middleware::Next,
    response::Response,
};
use tracing::{Instrument as _, info_span};

/// The id of one invocation, as in the host's own log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvocationId(String);

impl InvocationId {
    /// Reads `X-Azure-Functions-InvocationId`; empty if no host sent one. An id that is not
    /// printable ASCII cannot be the host's and counts as absent.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Self {
        let id = headers
            .get("x-azure-functions-invocationid")
            .and_then(|id| id.to_str().ok());
        Self(id.unwrap_or_default().to_owned())
    }

    /// The id as text; the host uses lower-case GUIDs.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InvocationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The trace that an event belongs to, from its `traceparent`
/// (<https://www.w3.org/TR/trace-context/#traceparent-header>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// 32 lower-case hexadecimal digits.
    pub trace_id: String,
    /// The caller's span: 16 lower-case hexadecimal digits.
    pub parent_id: String,
    /// Whether the caller records this trace.
    pub sampled: bool,
}

impl TraceContext {
    /// Reads the header `traceparent`.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        Self::parse(headers.get("traceparent")?.to_str().ok()?)
    }

    /// Reads the header's value; `None` for anything that the specification calls invalid.
    #[must_use]
    pub fn parse(traceparent: &str) -> Option<Self> {
        let mut fields = traceparent.trim().split('-');
        let (version, trace_id, parent_id, flags) = (
            fields.next()?,
            fields.next()?,
            fields.next()?,
            fields.next()?,
        );
        let valid = hex(version, 2)
            && version != "ff"
            && (version != "00" || fields.next().is_none())
            && hex(trace_id, 32)
            && hex(parent_id, 16)
            && hex(flags, 2)
            && trace_id.bytes().any(|digit| digit != b'0')
            && parent_id.bytes().any(|digit| digit != b'0');
        valid.then(|| Self {
            trace_id: trace_id.to_owned(),
            parent_id: parent_id.to_owned(),
            sampled: u8::from_str_radix(flags, 16).is_ok_and(|flags| flags & 1 == 1),
        })
    }
}

impl fmt::Display for TraceContext {
    /// The header's value, for passing the trace on.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = u8::from(self.sampled);
        write!(
            formatter,
            "00-{}-{}-{flags:02x}",
            self.trace_id, self.parent_id
        )
    }
}

fn hex(text: &str, digits: usize) -> bool {
    text.len() == digits
        && text
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// Puts every invocation into a span `invocation` with its function, id and trace, and logs how it
/// ended. For [`axum::middleware::from_fn`]. Other requests are not logged, because the host's
/// readiness checks come every 25 ms.
pub async fn trace(request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let span = info_span!(
        "invocation",
        function = request.uri().path().trim_start_matches('/'),
        invocation_id = %InvocationId::from_headers(request.headers()),
        trace_id = TraceContext::from_headers(request.headers()).map(|trace| trace.trace_id),
    );
    async move {
        let started = Instant::now();
        let response = next.run(request).await;
        tracing::info!(
            status = response.status().as_u16(),
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "invocation answered"
        );
        response
    }
    .instrument(span)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes_a_traceparent() {
        let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let trace = TraceContext::parse(text).unwrap();
        assert!(trace.sampled);
        assert_eq!(trace.to_string(), text);
    }

    #[test]
    fn a_later_version_may_say_more() {
        let text = "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more";
        assert!(!TraceContext::parse(text).unwrap().sampled);
    }

    #[test]
    fn refuses_what_the_specification_refuses() {
        for text in [
            "",
            "00-0-0-0",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        ] {
            assert_eq!(TraceContext::parse(text), None, "{text}");
        }
    }
}
