//! One call of the handler, from the payload to the written outputs.

mod call;

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::{
    answer::{Answer, AnswerError},
    expressions::BindingData,
    handler_process::Handler,
    outputs::{self, Context, Output, OutputError},
    payload::Payload,
};
use call::{CallError, Caller};

/// Why an invocation failed. Every failure is the same to the trigger: it tries again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvocationError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Answer(#[from] AnswerError),
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
pub(crate) struct Invoker(Caller);

impl Invoker {
    /// `timeout` is the longest time a handler may take to answer; `None` is no limit.
    pub(crate) fn new(handler: Handler, timeout: Option<Duration>) -> reqwest::Result<Self> {
        Caller::new(handler, timeout).map(Self)
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
        Ok(outputs::write(&function.outputs, &answer, &Context { id, data }).await?)
    }
}
