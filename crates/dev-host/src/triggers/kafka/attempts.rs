//! What is done with one message.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::{Received, Work, binding_data};
use crate::{
    invocation::InvocationError,
    outputs::HttpOutput,
    payload::Payload,
    triggers::{Runtime, retry_context},
};

/// A message that is not in hand any more.
pub(super) struct Finished {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) lease: CancellationToken,
    pub(super) end: End,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It is done with, for good or ill, and its offset may be committed.
    Settled,
    /// It was given up because its partition went to another host, which gets it again.
    Revoked,
    /// There is no handler any more.
    HandlerGone,
}

/// How one round of tries ended.
enum Round {
    Succeeded,
    Failed,
    Ended(End),
}

impl Work {
    /// Brings a message to its end, whatever that is.
    pub(super) async fn process(
        self: Arc<Self>,
        runtime: Runtime,
        message: Received,
        lease: CancellationToken,
    ) -> Finished {
        Finished {
            partition: message.partition,
            offset: message.offset,
            end: self.rounds(&runtime, &message, &lease).await,
            lease,
        }
    }

    /// The retry policy comes first; what it cannot mend is tried again at once, each time with
    /// the whole policy, and then left behind.
    async fn rounds(
        &self,
        runtime: &Runtime,
        message: &Received,
        lease: &CancellationToken,
    ) -> End {
        let mut retries = 0;
        loop {
            match self.round(runtime, message, lease).await {
                Round::Succeeded => return End::Settled,
                Round::Failed if self.retries_in_place.is_none_or(|most| retries < most) => {
                    retries += 1;
                }
                Round::Failed => break,
                Round::Ended(end) => return end,
            }
        }
        tracing::error!(
            "'Functions.{}' has failed for the message {}. Offset will be force-committed and the message will be skipped.",
            self.function.name,
            message.place()
        );
        End::Settled
    }

    /// One try, and the retries of the policy.
    async fn round(
        &self,
        runtime: &Runtime,
        message: &Received,
        lease: &CancellationToken,
    ) -> Round {
        for retry in 0.. {
            // A running invocation cannot be called back, but no other is begun for a message that
            // is another host's by now.
            if lease.is_cancelled() {
                return Round::Ended(End::Revoked);
            }
            match self.attempt(runtime, message, retry).await {
                Ok(_) => return Round::Succeeded,
                Err(error) if error.is_handler_gone() => return Round::Ended(End::HandlerGone),
                // It has been logged by the invoker.
                Err(_) => {}
            }
            let pause = self
                .retry
                .as_ref()
                .and_then(|policy| policy.pause_before(retry + 1));
            let Some(pause) = pause else {
                return Round::Failed;
            };
            tokio::select! {
                () = lease.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
        Round::Failed
    }

    async fn attempt(
        &self,
        runtime: &Runtime,
        message: &Received,
        retry: u32,
    ) -> Result<Option<HttpOutput>, InvocationError> {
        let mut data = binding_data::of(message, &self.function.name);
        if let Some(policy) = &self.retry {
            let context = retry_context(retry, policy, &self.function.name);
            data.insert("RetryContext".into(), context);
        }
        let payload = Payload::slice(&self.binding, &message.value, &data);
        let reason = format!("New message: {}", message.place());
        runtime
            .invoker
            .invoke(&self.function, &reason, payload, &data)
            .await
    }
}
