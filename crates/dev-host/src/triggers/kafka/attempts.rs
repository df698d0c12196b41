//! Handles the messages of one invocation.

use std::sync::Arc;

use super::{Work, batch::Batch};
use crate::{
    invocation::InvocationError,
    triggers::{Runtime, retries::Tries},
};

/// Messages that are no longer being handled.
pub(super) struct Finished {
    pub(super) batch: Batch,
    pub(super) end: End,
}

/// Their result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// They are finished, successfully or not, and their offsets may be committed.
    Settled,
    /// They were given up because their partitions moved to another host, which gets them again.
    Revoked,
    /// There is no handler any more.
    HandlerGone,
}

/// How one round of attempts ended.
enum Round {
    Succeeded,
    Failed,
    Ended(End),
}

impl Work {
    /// Handles messages to their end.
    pub(super) async fn process(self: Arc<Self>, runtime: Runtime, batch: Batch) -> Finished {
        let end = self.rounds(&runtime, &batch).await;
        Finished { batch, end }
    }

    /// Applies the retry policy first. What still fails is tried again at once, each time with the
    /// whole policy, and then left behind.
    async fn rounds(&self, runtime: &Runtime, batch: &Batch) -> End {
        let mut retries = 0;
        loop {
            match self.round(runtime, batch).await {
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
            batch.place()
        );
        End::Settled
    }

    /// One attempt, and the retries of the policy.
    async fn round(&self, runtime: &Runtime, batch: &Batch) -> Round {
        let mut tries = Tries::new(self.retry.as_ref(), &self.function.name);
        loop {
            // A running invocation cannot be cancelled, but no new one starts for messages that
            // belong to another host by now.
            if batch.is_revoked() {
                return Round::Ended(End::Revoked);
            }
            let error = match self.attempt(runtime, batch, &tries).await {
                Ok(()) => return Round::Succeeded,
                Err(error) if error.is_handler_gone() => return Round::Ended(End::HandlerGone),
                // The invoker has logged it.
                Err(error) => error,
            };
            let Some(pause) = tries.failed(&error) else {
                return Round::Failed;
            };
            tokio::select! {
                () = batch.revoked() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn attempt(
        &self,
        runtime: &Runtime,
        batch: &Batch,
        tries: &Tries<'_>,
    ) -> Result<(), InvocationError> {
        let mut data = self.form.data(batch, &self.function.name);
        tries.describe(&mut data);
        let payload = self.form.payload(&self.binding, batch, &data);
        let reason = format!("New message: {}", batch.place());
        runtime
            .invoker
            .invoke_as(tries.id, &self.function, &reason, payload, &data)
            .await
            .map(drop)
    }
}
