//! One event of a known trigger.

use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::{
    Data, Deadline, InvalidInvocation, Invocation, InvocationId, RetryContext, TraceContext,
};

/// The payload of a trigger.
///
/// Implement it for a trigger that this crate does not know. The binding's name in function.json
/// does not matter, because the host sends the trigger's value first.
pub trait Trigger: Sized {
    /// The required part of the request's `Metadata`; [`IgnoredAny`](serde::de::IgnoredAny) if none
    /// is required.
    type Metadata: DeserializeOwned;

    /// Builds the payload from the metadata and the trigger's value.
    fn read(metadata: Self::Metadata, data: Data) -> Result<Self, InvalidInvocation>;
}

/// One event, as an axum extractor: `Event<QueueMessage>` for a function with a queue trigger.
#[derive(Debug)]
pub struct Event<T> {
    /// The payload of the trigger.
    pub payload: T,
    /// The id that the host's own log lines carry.
    pub id: InvocationId,
    /// The function's name: the folder of its function.json.
    pub function: String,
    /// The distributed trace of the event, if the host sent one.
    pub trace: Option<TraceContext>,
    /// Which attempt this is, if the function has a retry policy.
    pub retry: Option<RetryContext>,
    /// The time by which it must be answered, if [`deadline`](crate::deadline) is among the layers.
    pub deadline: Option<Deadline>,
    inputs: Invocation<()>,
}

impl<S: Send + Sync, T: Trigger> FromRequest<S> for Event<T> {
    type Rejection = InvalidInvocation;

    async fn from_request(request: Request, state: &S) -> Result<Self, InvalidInvocation> {
        let invocation = Invocation::<T::Metadata>::from_request(request, state).await?;
        let (metadata, mut inputs) = invocation.split();
        Ok(Self {
            payload: T::read(metadata, inputs.take_trigger()?)?,
            id: inputs.id.clone(),
            function: inputs.function.clone(),
            trace: inputs.trace.clone(),
            retry: inputs.retry,
            deadline: inputs.deadline,
            inputs,
        })
    }
}

impl<T> Event<T> {
    /// Creates an event for tests of handlers, without a trace, a deadline or inputs.
    ///
    /// ```
    /// use azure_functions_custom_handler::Event;
    ///
    /// async fn length(text: Event<String>) -> usize {
    ///     text.payload.len()
    /// }
    ///
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// assert_eq!(length(Event::new("text".to_owned())).await, 4);
    /// # });
    /// ```
    pub fn new(payload: T) -> Self {
        let inputs = Invocation::default();
        Self {
            payload,
            id: inputs.id.clone(),
            function: String::new(),
            trace: None,
            retry: None,
            deadline: None,
            inputs,
        }
    }

    /// Takes the value of an input binding, for example a blob, as text; nothing if the blob or
    /// document is missing. The host damages bytes that are not UTF-8.
    pub fn input_text(&mut self, binding: &str) -> Result<Option<String>, InvalidInvocation> {
        self.inputs.take(binding)?.text()
    }

    /// Takes the document of an input binding; nothing if it is missing.
    pub fn input_json<D: DeserializeOwned>(
        &mut self,
        binding: &str,
    ) -> Result<Option<D>, InvalidInvocation> {
        self.inputs.take(binding)?.nested_json()
    }
}
