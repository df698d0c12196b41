//! One call of the handler, from the payload to the written outputs.

use std::time::{Duration, Instant};

use bytes::Bytes;
use reqwest::{StatusCode, header};
use uuid::Uuid;

use crate::{
    answer::{Answer, AnswerError, is_missing},
    expressions::BindingData,
    handler_process::{Handler, HandlerGone, Instance},
    log,
    outputs::{self, Context, Output, OutputError},
    payload::Payload,
};

/// The host whose behaviour this one follows.
const HOST_VERSION: &str = "4.1048.200";
/// How much of a refusal's body is worth a log line.
const BODY_EXCERPT: usize = 500;

/// Why an invocation failed. Every failure is the same to the trigger: it tries again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvocationError {
    #[error(transparent)]
    HandlerGone(#[from] HandlerGone),
    #[error("the handler died before it answered")]
    HandlerDied,
    #[error("the handler cannot be reached: {}", log::root_cause(.0))]
    Connection(#[from] reqwest::Error),
    #[error("the handler answered {status}: {body}")]
    Status { status: StatusCode, body: String },
    #[error("the handler answered with the content type {0} instead of application/json")]
    ContentType(String),
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error("the function time-out of {} s is over", .0.as_secs_f64())]
    TimedOut(Duration),
    #[error(transparent)]
    Output(#[from] OutputError),
}

/// A function that this host runs.
pub(crate) struct RunnableFunction {
    pub(crate) name: String,
    pub(crate) outputs: Vec<Output>,
}

/// Calls functions.
#[derive(Debug)]
pub(crate) struct Invoker {
    handler: Handler,
    http: reqwest::Client,
    /// The longest time a handler may take to answer; `None` is no limit.
    timeout: Option<Duration>,
}

impl Invoker {
    pub(crate) fn new(handler: Handler, timeout: Option<Duration>) -> reqwest::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            // A body that has begun to flow cannot be sent again, so a connection that the handler
            // is just closing would cost an attempt. New ones cost nothing on loopback.
            .pool_max_idle_per_host(0)
            .build()?;
        Ok(Self {
            handler,
            http,
            timeout,
        })
    }

    /// Calls the function once and writes its outputs.
    pub(crate) async fn invoke(
        &self,
        function: &RunnableFunction,
        reason: &str,
        payload: Payload,
        data: &BindingData,
    ) -> Result<(), InvocationError> {
        let id = Uuid::new_v4();
        let name = &function.name;
        tracing::info!("Executing 'Functions.{name}' (Reason='{reason}', Id={id})");
        let start = Instant::now();
        let result = self.run(function, id, payload, data).await;
        let duration = start.elapsed().as_millis();
        match &result {
            Ok(()) => tracing::info!(
                "Executed 'Functions.{name}' (Succeeded, Id={id}, Duration={duration}ms)"
            ),
            Err(error) => tracing::error!(
                "Executed 'Functions.{name}' (Failed, Id={id}, Duration={duration}ms): {error}"
            ),
        }
        result
    }

    async fn run(
        &self,
        function: &RunnableFunction,
        id: Uuid,
        payload: Payload,
        data: &BindingData,
    ) -> Result<(), InvocationError> {
        // The wait for a handler that is starting again is not the function's fault.
        let instance = self.handler.ready().await?;
        let body = self.call(&instance, &function.name, id, payload).await?;
        let answer = Answer::parse(&body)?;
        for line in &answer.logs {
            tracing::info!("{line}");
        }
        for name in answer.output_names() {
            if !function.outputs.iter().any(|output| output.name == name) {
                tracing::warn!(
                    "The output {name} is dropped: 'Functions.{}' has no binding of that name",
                    function.name
                );
            }
        }
        Ok(outputs::write(&function.outputs, &answer, &Context { id, data }).await?)
    }

    async fn call(
        &self,
        instance: &Instance,
        function: &str,
        id: Uuid,
        payload: Payload,
    ) -> Result<Bytes, InvocationError> {
        let call = self.call_without_limit(instance, function, id, payload);
        let Some(limit) = self.timeout else {
            return call.await;
        };
        if let Ok(result) = tokio::time::timeout(limit, call).await {
            return result;
        }
        // There is no way to call an invocation back, so the host ends the whole process.
        self.handler.restart(instance.clone());
        Err(InvocationError::TimedOut(limit))
    }

    async fn call_without_limit(
        &self,
        instance: &Instance,
        function: &str,
        id: Uuid,
        payload: Payload,
    ) -> Result<Bytes, InvocationError> {
        tokio::select! {
            // The death is looked at first: it explains the broken connection.
            biased;
            () = self.handler.died(instance) => Err(InvocationError::HandlerDied),
            result = self.post(instance.port, function, id, payload) => result,
        }
    }

    async fn post(
        &self,
        port: u16,
        function: &str,
        id: Uuid,
        payload: Payload,
    ) -> Result<Bytes, InvocationError> {
        let response = self
            .http
            .post(format!("http://127.0.0.1:{port}/{function}"))
            .header(header::CONTENT_TYPE, "application/json; charset=utf-8")
            .header(
                header::USER_AGENT,
                format!("Azure-Functions-Host/{HOST_VERSION}"),
            )
            .header("X-Azure-Functions-HostVersion", HOST_VERSION)
            .header("X-Azure-Functions-InvocationId", id.to_string())
            .header("traceparent", trace_parent())
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
            let body = String::from_utf8_lossy(&body)
                .chars()
                .take(BODY_EXCERPT)
                .collect();
            return Err(InvocationError::Status { status, body });
        }
        if is_missing(&body) {
            tracing::warn!(
                "'Functions.{function}' answered with an empty body, on which the host waits until the function time-out: answer at least {{}}"
            );
            return std::future::pending().await;
        }
        if !is_json(&content_type) {
            return Err(InvocationError::ContentType(content_type));
        }
        Ok(body)
    }
}

fn is_json(content_type: &str) -> bool {
    let media_type = content_type.split(';').next().unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

/// A W3C trace context of its own for each invocation.
/// Source: <https://www.w3.org/TR/trace-context/#traceparent-header>.
fn trace_parent() -> String {
    let (trace, span) = (Uuid::new_v4(), Uuid::new_v4().as_u64_pair().0);
    format!("00-{}-{span:016x}-01", trace.simple())
}
