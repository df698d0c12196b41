//! One call of the handler, from the payload to the written outputs.

mod call;
mod forward;

use std::time::{Duration, Instant};

use axum::{extract::Request, http::StatusCode, response::Response};
use uuid::Uuid;

use crate::{
    answer::{Answer, AnswerError},
    expressions::BindingData,
    handler_process::Handler,
    inputs::{self, Input, InputError},
    outputs::{self, Context, HttpOutput, Output, OutputError},
    payload::Payload,
    script_root::HandingOn,
};
use call::{CallError, Caller};

/// Why an invocation failed. All failures are the same for the trigger: it tries again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvocationError {
    #[error("{0}")]
    Value(String),
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Answer(#[from] AnswerError),
    #[error(transparent)]
    Output(#[from] OutputError),
}

impl InvocationError {
    /// Whether there is no handler any more, which says nothing about the event.
    pub(crate) fn is_handler_gone(&self) -> bool {
        matches!(self, Self::Call(CallError::HandlerGone(_)))
    }

    /// The status with which the handler refused.
    pub(crate) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Call(CallError::Status { status, .. }) => Some(*status),
            _ => None,
        }
    }

    /// Whether the host is about to stop because the handler has failed too often.
    pub(crate) fn is_handler_given_up(&self) -> bool {
        matches!(self, Self::Call(CallError::HandlerGone(gone)) if gone.host_stops)
    }
}

/// The reason that the host logs for an invocation by HTTP.
pub(crate) const CALLED: &str = "This function was programmatically called via the host APIs.";

/// A function that this host runs.
pub(crate) struct RunnableFunction {
    pub(crate) name: String,
    pub(crate) inputs: Vec<Input>,
    pub(crate) outputs: Vec<Output>,
}

/// Calls functions.
#[derive(Debug)]
pub(crate) struct Invoker(Caller);

impl Invoker {
    /// `timeout` is the longest time a handler may take to answer; `None` means no limit.
    pub(crate) fn new(handler: Handler, timeout: Option<Duration>) -> reqwest::Result<Self> {
        Caller::new(handler, timeout).map(Self)
    }

    /// Calls the function once, writes its outputs, and returns the one that is an HTTP response.
    pub(crate) async fn invoke(
        &self,
        function: &RunnableFunction,
        reason: &str,
        payload: Payload,
        data: &BindingData,
    ) -> Result<Option<HttpOutput>, InvocationError> {
        self.invoke_as(Uuid::new_v4(), function, reason, payload, data)
            .await
    }

    /// The same with a given id, because all retries of a policy are one invocation.
    pub(crate) async fn invoke_as(
        &self,
        id: Uuid,
        function: &RunnableFunction,
        reason: &str,
        payload: Payload,
        data: &BindingData,
    ) -> Result<Option<HttpOutput>, InvocationError> {
        logged(function, reason, id, self.run(function, id, payload, data)).await
    }

    /// Fails an invocation for which the handler cannot be called.
    pub(crate) async fn refuse(&self, function: &RunnableFunction, reason: &str, problem: String) {
        let refused = async { Err::<(), _>(InvocationError::Value(problem)) };
        // It has been logged, and nobody waits for it.
        let _ = logged(function, reason, Uuid::new_v4(), refused).await;
    }

    /// Passes an HTTP request on to the handler, and its answer back.
    pub(crate) async fn hand_on(
        &self,
        function: &RunnableFunction,
        way: HandingOn,
        request: Request,
    ) -> Result<Response, InvocationError> {
        let id = Uuid::new_v4();
        let answered = async { Ok(self.0.hand_on(id, way, request).await?) };
        logged(function, CALLED, id, answered).await
    }

    async fn run(
        &self,
        function: &RunnableFunction,
        id: Uuid,
        mut payload: Payload,
        data: &BindingData,
    ) -> Result<Option<HttpOutput>, InvocationError> {
        for (name, value) in inputs::read(&function.inputs, data).await? {
            payload.add_input(name, &value);
        }
        let body = self.0.call(&function.name, id, payload).await?;
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
        let response = outputs::http_response(&function.outputs, &answer)?;
        outputs::write(&function.outputs, &answer, &Context { id, data }).await?;
        Ok(response)
    }
}

/// Logs the beginning and the end of an invocation.
async fn logged<T>(
    function: &RunnableFunction,
    reason: &str,
    id: Uuid,
    invocation: impl Future<Output = Result<T, InvocationError>>,
) -> Result<T, InvocationError> {
    let name = &function.name;
    tracing::info!("Executing 'Functions.{name}' (Reason='{reason}', Id={id})");
    let start = Instant::now();
    let result = invocation.await;
    let duration = start.elapsed().as_millis();
    match &result {
        Ok(_) => tracing::info!(
            "Executed 'Functions.{name}' (Succeeded, Id={id}, Duration={duration}ms)"
        ),
        Err(error) => tracing::error!(
            "Executed 'Functions.{name}' (Failed, Id={id}, Duration={duration}ms): {error}"
        ),
    }
    result
}
