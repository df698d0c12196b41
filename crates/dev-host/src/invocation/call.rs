//! One request to the handler, with the host's rules for the response.

use std::time::Duration;

use reqwest::{
    StatusCode,
    header::{self, HeaderMap, HeaderName, HeaderValue},
    redirect,
};
use uuid::Uuid;

use crate::{
    answer::{self, BodyError, is_missing},
    handler_process::{Handler, HandlerGone, Instance},
    log::root_cause,
    payload::Payload,
};

/// The host whose behaviour this one follows.
const HOST_VERSION: &str = "4.1037.0.0";
/// The most characters of a refusal's body in a log line.
const BODY_EXCERPT: usize = 500;
/// How many redirects are followed. Source: .NET's `HttpClientHandler.MaxAutomaticRedirections`.
const MOST_REDIRECTS: usize = 50;

/// Why there is no answer to process.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error(transparent)]
    HandlerGone(#[from] HandlerGone),
    #[error("the handler died before it answered")]
    HandlerDied,
    #[error("the handler cannot be reached: {}", root_cause(.0))]
    Connection(#[from] reqwest::Error),
    #[error("the handler answered {status}: {body}")]
    Status { status: StatusCode, body: String },
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("the request has a body in chunks, which the host cannot forward")]
    Chunked,
    #[error("the function time-out of {} s is over", .0.as_secs_f64())]
    TimedOut(Duration),
}

/// Sends requests to the handler.
#[derive(Debug)]
pub(super) struct Caller {
    pub(super) handler: Handler,
    /// The client that follows redirects.
    http: reqwest::Client,
    /// The client that returns redirects.
    pub(super) handing_on: reqwest::Client,
    /// The longest time a handler may take to answer; `None` means no limit.
    timeout: Option<Duration>,
}

impl Caller {
    pub(super) fn new(handler: Handler, timeout: Option<Duration>) -> reqwest::Result<Self> {
        let client = |redirects| {
            reqwest::Client::builder()
                .no_proxy()
                .redirect(redirects)
                .referer(false)
                // A body that is partly sent cannot be sent again, so a connection that the handler
                // is just closing would cost an attempt. New connections cost nothing on loopback.
                .pool_max_idle_per_host(0)
                .build()
        };
        let http = client(redirect::Policy::limited(MOST_REDIRECTS))?;
        let handing_on = client(redirect::Policy::none())?;
        Ok(Self {
            handler,
            http,
            handing_on,
            timeout,
        })
    }

    /// Calls a function and returns the body of a response that the host accepts.
    pub(super) async fn call(
        &self,
        function: &str,
        id: Uuid,
        payload: Payload,
    ) -> Result<String, CallError> {
        // Waiting for a handler that is restarting is not the function's fault.
        let instance = self.handler.ready().await?;
        let posted = self.post(instance.port, function, id, payload);
        self.within_limits(instance, posted).await
    }

    /// Waits for a request to be answered, while this run of the handler lives and the function
    /// time-out lasts.
    pub(super) async fn within_limits<T>(
        &self,
        instance: Instance,
        request: impl Future<Output = Result<T, CallError>>,
    ) -> Result<T, CallError> {
        let answered = async {
            tokio::select! {
                // The death is checked first, because it explains the broken connection.
                biased;
                () = self.handler.died(&instance) => Err(CallError::HandlerDied),
                result = request => result,
            }
        };
        let Some(limit) = self.timeout else {
            return answered.await;
        };
        if let Ok(result) = tokio::time::timeout(limit, answered).await {
            return result;
        }
        // An invocation cannot be cancelled, so the host ends the whole process.
        self.handler.restart(instance);
        Err(CallError::TimedOut(limit))
    }

    /// The headers about the host and the invocation.
    pub(super) fn host_headers(id: Uuid) -> HeaderMap {
        let text = |text: String| HeaderValue::try_from(text).ok();
        [
            ("x-azure-functions-hostversion", text(HOST_VERSION.into())),
            ("x-azure-functions-invocationid", text(id.to_string())),
            ("traceparent", text(trace_parent())),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((HeaderName::from_static(name), value?)))
        .collect()
    }

    async fn post(
        &self,
        port: u16,
        function: &str,
        id: Uuid,
        payload: Payload,
    ) -> Result<String, CallError> {
        let response = self
            .http
            .post(format!("http://127.0.0.1:{port}/{function}"))
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(header::USER_AGENT, user_agent())
            .headers(Self::host_headers(id))
            .body(reqwest::Body::wrap_stream(payload.into_chunks()))
            .send()
            .await?;
        let status = response.status();
        let content_type = response
            .headers()
            .get(header::CONTENT_TYPE)
            .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
            .unwrap_or_default();
        let body = response.bytes().await?;
        if !status.is_success() {
            let body = refusal(status, function, &body);
            return Err(CallError::Status { status, body });
        }
        if body.is_empty() {
            return wait_in_vain(function).await;
        }
        let text = answer::text(body, &content_type)?;
        if is_missing(&text) {
            return wait_in_vain(function).await;
        }
        Ok(text)
    }
}

/// The text of a refusal for the log. A router without the function's route says nothing.
fn refusal(status: StatusCode, function: &str, body: &[u8]) -> String {
    if body.is_empty() && status == StatusCode::NOT_FOUND {
        return format!("perhaps it has no route /{function} (routes are case-sensitive)");
    }
    String::from_utf8_lossy(body)
        .chars()
        .take(BODY_EXCERPT)
        .collect()
}

/// What the host does if a response has no answer.
async fn wait_in_vain<T>(function: &str) -> T {
    tracing::warn!(
        "'Functions.{function}' answered with an empty body, so the host waits until the function \
         time-out: answer at least {{}}"
    );
    std::future::pending().await
}

/// The host's user agent.
pub(super) fn user_agent() -> String {
    format!("Azure-Functions-Host/{HOST_VERSION}")
}

/// A new W3C trace context for each invocation. Source:
/// <https://www.w3.org/TR/trace-context/#traceparent-header>.
fn trace_parent() -> String {
    let (trace, span) = (Uuid::new_v4(), Uuid::new_v4().as_u64_pair().0);
    format!("00-{}-{span:016x}-01", trace.simple())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_route_is_suspected_only_where_nothing_is_said() {
        let missing = "perhaps it has no route /Greet (routes are case-sensitive)";
        for (status, body, expected) in [
            (StatusCode::NOT_FOUND, "", missing),
            (StatusCode::NOT_FOUND, "no such user", "no such user"),
            (StatusCode::INTERNAL_SERVER_ERROR, "", ""),
        ] {
            assert_eq!(refusal(status, "Greet", body.as_bytes()), expected);
        }
    }
}
