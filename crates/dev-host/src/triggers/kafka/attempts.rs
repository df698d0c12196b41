//! What is done with the messages of one invocation.

use std::sync::Arc;

use super::{Work, batch::Batch};
use crate::{
    invocation::InvocationError,
    triggers::{Runtime, retries::Tries},
};

/// Messages that are not in hand any more.
pub(super) struct Finished {
    pub(super) batch: Batch,
    pub(super) end: End,
}

/// What became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// They are done with, for good or ill, and their offsets may be committed.
    Settled,
    /// They were given up because their partitions went to another host, which gets them again.
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
    /// Brings messages to their end, whatever that is.
    pub(super) async fn process(self: Arc<Self>, runtime: Runtime, batch: Batch) -> Finished {
        let end = self.rounds(&runtime, &batch).await;
        Finished { batch, end }
    }

    /// The retry policy comes first; what it cannot mend is tried again at once, each time with
    /// the whole policy, and then left behind.
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

    /// One try, and the retries of the policy.
    async fn round(&self, runtime: &Runtime, batch: &Batch) -> Round {
        let mut tries = Tries::new(self.retry.as_ref(), &self.function.name);
        loop {
            // A running invocation cannot be called back, but no other is begun for messages that
            // are another host's by now.
            if batch.is_revoked() {
                return Round::Ended(End::Revoked);
            }
            let error = match self.attempt(runtime, batch, &tries).await {
                Ok(()) => return Round::Succeeded,
                Err(error) if error.is_handler_gone() => return Round::Ended(End::HandlerGone),
                // It has been logged by the invoker.
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
