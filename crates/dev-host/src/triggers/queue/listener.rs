//! Takes messages from a queue again and again, with the extension's rules for failures.
//!
//! Storage counts the attempts of each message, so the count outlives the host. While a message is being handled it is
//! hidden from others until its lease ends, and the lease is renewed half-way. So a host that is killed leaves nothing
//! behind except messages that appear again.
//!
//! Source: <https://learn.microsoft.com/azure/azure-functions/functions-bindings-storage-queue-trigger>.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore},
    task::JoinSet,
};
use tokio_util::sync::CancellationToken;

use crate::{
    invocation::InvocationError,
    log::{root_cause, storage_trouble},
    storage_queue::{LARGEST_BATCH, Message, StorageQueue},
    triggers::Runtime,
};

/// The pause after a look at an empty queue. It doubles with each further one.
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);

/// The result of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::triggers) enum Outcome {
    /// The message is finished.
    Done,
    Failed,
    /// The host is about to stop. The message is left unchanged and appears again later.
    HostStops,
}

impl Outcome {
    /// The outcome for the message of an invocation.
    pub(in crate::triggers) fn of<T>(invocation: &Result<T, InvocationError>) -> Self {
        match invocation {
            Ok(_) => Self::Done,
            Err(error) if error.is_handler_given_up() => Self::HostStops,
            // The invoker has logged it.
            Err(_) => Self::Failed,
        }
    }
}

/// What to do with the messages of a queue.
pub(in crate::triggers) trait Work: Send + Sync + 'static {
    /// Tries a message once.
    fn attempt(&self, runtime: &Runtime, message: &Message)
    -> impl Future<Output = Outcome> + Send;

    /// The queue for a message that has failed too often.
    fn poison_queue(&self, message: &Message) -> &StorageQueue;
}

/// The rules of a queue.
#[derive(Debug, Clone, Copy)]
pub(in crate::triggers) struct Rules {
    /// How many messages are taken at once, if there are enough.
    pub(in crate::triggers) batch: usize,
    /// How often a message is tried.
    pub(in crate::triggers) tries: u32,
    /// How long a failed message stays hidden before it is tried again.
    pub(in crate::triggers) pause_after_failure: Duration,
    /// The longest pause between two looks at an empty queue.
    pub(in crate::triggers) longest_pause: Duration,
    /// How long a message being handled stays hidden, unless that is renewed.
    pub(in crate::triggers) lease: Duration,
}

/// A queue that is watched.
pub(in crate::triggers) struct Listener<W> {
    pub(in crate::triggers) queue: StorageQueue,
    pub(in crate::triggers) rules: Rules,
    pub(in crate::triggers) work: W,
}

/// The queues of this host, by name. Putting a message into one of them wakes its listener, which would otherwise sleep
/// for up to a minute.
#[derive(Debug, Default)]
pub(crate) struct QueueWakes(Mutex<HashMap<String, Arc<Notify>>>);

impl QueueWakes {
    /// Makes the listener of this queue look at once, if there is one.
    pub(in crate::triggers) fn wake(&self, queue: &str) {
        self.of(queue).notify_one();
    }

    fn of(&self, queue: &str) -> Arc<Notify> {
        // No code that holds the lock can panic in the middle of a change.
        let mut wakes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(wakes.entry(queue.to_owned()).or_default())
    }
}

impl<W: Work> Listener<W> {
    /// Listens until it is dropped, which also ends the messages being handled. There are never more of them than
    /// `slots` has permits.
    pub(in crate::triggers) async fn run(self, runtime: Runtime, slots: Arc<Semaphore>) {
        let listener = Arc::new(self);
        let wake = runtime.queues.of(listener.queue.name());
        let mut tasks = JoinSet::new();
        let mut pause = SHORTEST_PAUSE;
        let mut reachable = true;
        loop {
            let permits = listener.free_slots(&slots).await;
            let received = listener
                .queue
                .receive(permits.len(), listener.rules.lease)
                .await;
            if received.is_ok() != reachable {
                reachable = received.is_ok();
                log_reachability(listener.queue.name(), received.as_ref().err());
            }
            let messages = received.unwrap_or_default();
            if messages.is_empty() {
                drop(permits);
                tokio::select! {
                    () = wake.notified() => pause = SHORTEST_PAUSE,
                    () = tokio::time::sleep(pause) => {
                        pause = (pause * 2).min(listener.rules.longest_pause);
                    }
                }
                continue;
            }
            pause = SHORTEST_PAUSE;
            for (message, permit) in messages.into_iter().zip(permits) {
                let (listener, runtime) = (Arc::clone(&listener), runtime.clone());
                tasks.spawn(async move {
                    listener.process(&runtime, message).await;
                    drop(permit);
                });
            }
            while tasks.try_join_next().is_some() {}
        }
    }

    /// Waits for one slot and takes the others that are free, up to a batch.
    async fn free_slots(&self, slots: &Arc<Semaphore>) -> Vec<OwnedSemaphorePermit> {
        let Ok(first) = Arc::clone(slots).acquire_owned().await else {
            // The semaphore is never closed.
            return std::future::pending().await;
        };
        let more = std::iter::from_fn(|| Arc::clone(slots).try_acquire_owned().ok());
        let batch = self.rules.batch.clamp(1, LARGEST_BATCH);
        std::iter::once(first).chain(more).take(batch).collect()
    }

    /// Tries a message once and applies the rules to the outcome.
    async fn process(&self, runtime: &Runtime, mut message: Message) {
        let tries = i64::from(self.rules.tries);
        // One attempt more than allowed means that an earlier host was killed during the last one.
        if message.dequeue_count > tries {
            return self.poison(runtime, &message).await;
        }
        match self.attempt(runtime, &mut message).await {
            Outcome::Done => self.delete(&message).await,
            Outcome::HostStops => {}
            Outcome::Failed if message.dequeue_count >= tries => {
                self.poison(runtime, &message).await;
            }
            Outcome::Failed => {
                let pause = self.rules.pause_after_failure;
                let released = self.queue.hide(&mut message, pause).await;
                self.log(&message, "be given back", released.err());
                if pause.is_zero() {
                    runtime.queues.wake(self.queue.name());
                }
            }
        }
    }

    /// One attempt, during which the lease is renewed.
    async fn attempt(&self, runtime: &Runtime, message: &mut Message) -> Outcome {
        let mut leased = message.lease();
        let done = CancellationToken::new();
        let attempt = async {
            let outcome = self.work.attempt(runtime, message).await;
            done.cancel();
            outcome
        };
        // A renewal that has begun is waited for, because its answer contains the only valid receipt.
        let renewals = async {
            let half = self.rules.lease / 2;
            while tokio::time::timeout(half, done.cancelled()).await.is_err() {
                let renewed = self.queue.hide(&mut leased, self.rules.lease).await;
                self.log(&leased, "be kept", renewed.err());
            }
        };
        let (outcome, ()) = tokio::join!(attempt, renewals);
        message.pop_receipt = leased.pop_receipt;
        outcome
    }

    async fn poison(&self, runtime: &Runtime, message: &Message) {
        let poison = self.work.poison_queue(message);
        tracing::warn!(
            "Message has reached MaxDequeueCount of {}. Moving message to queue '{}'.",
            self.rules.tries,
            poison.name()
        );
        match poison.send(&message.text).await {
            Ok(()) => {
                runtime.queues.wake(poison.name());
                self.delete(message).await;
            }
            // It appears again when its lease is over, and then the move is tried again.
            Err(error) => self.log(message, "be moved", Some(error)),
        }
    }

    async fn delete(&self, message: &Message) {
        let deleted = self.queue.delete(message).await;
        self.log(message, "be deleted", deleted.err());
    }

    fn log(&self, message: &Message, what: &str, error: Option<azure_core::Error>) {
        if let Some(error) = error {
            tracing::error!(
                "The message {} of '{}' cannot {what}: {}",
                message.id,
                self.queue.name(),
                root_cause(&error)
            );
        }
    }
}

fn log_reachability(queue: &str, error: Option<&azure_core::Error>) {
    match error {
        None => tracing::info!("The queue '{queue}' can be read again"),
        Some(error) => {
            tracing::error!(
                "The queue '{queue}' cannot be read: {}",
                storage_trouble(error)
            );
        }
    }
}
