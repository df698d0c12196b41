//! The queue trigger: one invocation for each message of a storage queue.

mod binding_data;
mod listener;

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::{
    Pace, Runtime, required,
    retries::{self, Tries},
    storage,
};
use crate::{
    expressions::BindingData,
    invocation::{CALLED, InvocationError, RunnableFunction},
    payload::Payload,
    script_root::{Function, RetryPolicy, ScriptRoot},
    storage_queue::{Message, StorageQueue},
};
pub(crate) use listener::QueueWakes;
pub(super) use listener::{Listener, Outcome, Rules, Work};

/// The queue trigger of one function.
pub(crate) struct QueueTrigger {
    listener: Listener<Arc<QueueFunction>>,
    most_in_hand: usize,
}

/// What to do with each message.
pub(crate) struct QueueFunction {
    pub(super) function: RunnableFunction,
    binding: String,
    /// Whether the handler gets bytes.
    is_binary: bool,
    retry: Option<RetryPolicy>,
    queue: String,
    poison: StorageQueue,
}

impl QueueTrigger {
    pub(super) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
        pace: Pace,
    ) -> Result<Self, String> {
        let binding = &function.trigger;
        let name = required(binding, "queueName")?;
        let account = storage(binding.connection("AzureWebJobsStorage"), root)?;
        let queues = &root.host.queues;
        Ok(Self {
            listener: Listener {
                queue: StorageQueue::new(&account, name)?,
                rules: Rules {
                    batch: queues.batch_size,
                    tries: queues.max_dequeue_count,
                    pause_after_failure: queues.visibility_timeout,
                    longest_pause: queues.max_polling_interval,
                    lease: pace.message_lease,
                },
                work: Arc::new(QueueFunction {
                    function: runnable,
                    binding: binding.name.clone(),
                    is_binary: binding
                        .text("dataType")
                        .is_some_and(|kind| kind.eq_ignore_ascii_case("binary")),
                    retry: function.retry.clone(),
                    queue: name.to_owned(),
                    poison: StorageQueue::new(&account, &format!("{name}-poison"))?,
                }),
            },
            most_in_hand: queues.batch_size + queues.new_batch_threshold,
        })
    }

    pub(super) fn function(&self) -> &RunnableFunction {
        &self.listener.work.function
    }

    pub(super) fn shared(&self) -> Arc<QueueFunction> {
        Arc::clone(&self.listener.work)
    }

    /// Listens until it is dropped.
    pub(super) async fn run(self, runtime: Runtime) {
        let slots = Arc::new(Semaphore::new(self.most_in_hand));
        self.listener.run(runtime, slots).await;
    }
}

impl Work for Arc<QueueFunction> {
    /// One attempt, and the retries of the policy. They do not change the message's own count.
    async fn attempt(&self, runtime: &Runtime, message: &Message) -> Outcome {
        let mut tries = Tries::new(self.retry.as_ref(), &self.function.name);
        let reason = format!("New queue message detected on '{}'.", self.queue);
        loop {
            let data = binding_data::of(message, &self.function.name);
            let invocation = self.invoke(runtime, message, data, &tries, &reason).await;
            let outcome = Outcome::of(&invocation);
            let pause = invocation.err().and_then(|error| tries.failed(&error));
            match pause {
                Some(pause) if outcome == Outcome::Failed => tokio::time::sleep(pause).await,
                _ => return outcome,
            }
        }
    }

    fn poison_queue(&self, _: &Message) -> &StorageQueue {
        &self.poison
    }
}

impl QueueFunction {
    /// Calls the function with a text that is not a message of the queue.
    pub(super) async fn call_by_hand(&self, runtime: &Runtime, input: &str) {
        let message = Message {
            text: input.to_owned(),
            ..Message::default()
        };
        let data = binding_data::by_hand(&message, &self.binding, &self.function.name);
        let payload = |data: &_| self.payload(&message, data);
        let policy = self.retry.as_ref();
        // A failure has been logged, and nobody waits for it.
        let _ = retries::call(runtime, &self.function, policy, CALLED, &data, payload).await;
    }

    async fn invoke(
        &self,
        runtime: &Runtime,
        message: &Message,
        mut data: BindingData,
        tries: &Tries<'_>,
        reason: &str,
    ) -> Result<(), InvocationError> {
        tries.describe(&mut data);
        let payload = self.payload(message, &data);
        runtime
            .invoker
            .invoke_as(tries.id, &self.function, reason, payload, &data)
            .await
            .map(drop)
    }

    fn payload(&self, message: &Message, data: &BindingData) -> Payload {
        if self.is_binary {
            Payload::slice(&self.binding, message.bytes(), data)
        } else {
            Payload::text(&self.binding, &message.text, data)
        }
    }
}
