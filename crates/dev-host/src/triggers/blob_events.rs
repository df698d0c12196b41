//! The blob trigger whose blobs Event Grid announces (`"source": "EventGrid"`).
//!
//! Event Grid posts to a webhook of the host. The events go into a queue in the host's own account
//! before the webhook answers, so that nothing is lost when the host ends. The queue's listener
//! calls the function. The host checks neither the type of an event, nor its account, container or
//! entity tag; only the subscription's filters decide which events arrive. So a function is called
//! for the newest version of a blob, once for each event, and for several events of one name at the
//! same time.

mod event;
mod webhook;

use std::{collections::HashMap, sync::Arc, time::Duration};

use connections::StorageConnection;

use super::{
    Pace, Runtime,
    blob::{BlobFunction, BlobMessage, POISON_QUEUE},
    queue::{Listener, Outcome, Rules, Work},
    storage,
};
use crate::{
    invocation::RunnableFunction,
    log::root_cause,
    script_root::{Binding, Function, ScriptRoot},
    storage_queue::{LARGEST_BATCH, Message, StorageQueue},
};

pub(crate) use webhook::Webhook;

/// Whether a blobTrigger gets its blobs from Event Grid.
pub(super) fn is_source(trigger: &Binding) -> bool {
    trigger
        .text("source")
        .is_some_and(|source| source.eq_ignore_ascii_case("EventGrid"))
}

/// A function that is called for announced blobs.
pub(crate) struct EventFunction {
    blob: BlobFunction,
    poison: StorageQueue,
}

impl EventFunction {
    pub(super) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
    ) -> Result<Self, String> {
        let blob = BlobFunction::new(function, runnable, root)?;
        Ok(Self {
            poison: StorageQueue::new(&blob.account, POISON_QUEUE)?,
            blob,
        })
    }

    pub(crate) fn function(&self) -> &RunnableFunction {
        &self.blob.function
    }

    pub(super) fn blob(&self) -> &BlobFunction {
        &self.blob
    }

    /// The account and the container of the blobs that the function is meant for.
    pub(crate) fn source(&self) -> (&StorageConnection, &str) {
        (&self.blob.account, &self.blob.pattern.container)
    }

    /// Calls the function for the newest version of a blob.
    async fn attempt(&self, runtime: &Runtime, message: &BlobMessage) -> Outcome {
        let (container, blob) = (&message.container_name, &message.blob_name);
        let path = format!("{container}/{blob}");
        let found = match self.blob.find(container, blob).await {
            Ok(Some(found)) => found,
            Ok(None) => {
                tracing::info!("'{path}' was deleted before it was processed");
                return Outcome::Done;
            }
            Err(error) => return unreadable(&path, &error),
        };
        // A blob of another container calls the function nevertheless, but matches no placeholder.
        let placeholders = Some(&self.blob.pattern)
            .filter(|pattern| pattern.container == *container)
            .and_then(|pattern| pattern.matches(blob))
            .unwrap_or_default();
        let data = self.blob.binding_data(container, &found, placeholders);
        let payload = match self.blob.payload(container, &found, None, &data).await {
            Ok(payload) => payload,
            Err(error) => return unreadable(&path, &error),
        };
        let reason = format!("New blob detected(EventGrid): {path}");
        let invocation = runtime
            .invoker
            .invoke(self.function(), &reason, payload, &data);
        Outcome::of(&invocation.await)
    }
}

fn unreadable(path: &str, error: &azure_core::Error) -> Outcome {
    tracing::error!("'{path}' cannot be read: {}", root_cause(error));
    Outcome::Failed
}

/// The functions of a host to which Event Grid announces blobs, and their shared queue.
pub(crate) struct BlobEvents {
    pub(crate) webhook: Arc<Webhook>,
    listener: Listener<Functions>,
}

/// The functions by their ids.
struct Functions {
    by_id: HashMap<String, Arc<EventFunction>>,
    /// The queue for messages that name none of them.
    poison: StorageQueue,
}

impl BlobEvents {
    pub(crate) fn new(
        functions: impl Iterator<Item = Arc<EventFunction>>,
        root: &ScriptRoot,
        pace: Pace,
    ) -> Result<Self, String> {
        let by_id: HashMap<_, _> = functions
            .map(|function| (function.blob.id(), function))
            .collect();
        let account = storage("AzureWebJobsStorage", root)?;
        let name = format!("azure-webjobs-blobtrigger-{}", root.host_id());
        let queue = || StorageQueue::new(&account, &name);
        Ok(Self {
            webhook: Arc::new(Webhook::new(queue()?, by_id.keys().cloned().collect())),
            listener: Listener {
                queue: queue()?,
                rules: Rules {
                    batch: LARGEST_BATCH,
                    tries: root.host.blobs.poison_blob_threshold,
                    // Neither this nor the threshold is the same as for other queues.
                    pause_after_failure: Duration::ZERO,
                    longest_pause: root.host.queues.max_polling_interval,
                    lease: pace.message_lease,
                },
                work: Functions {
                    by_id,
                    poison: StorageQueue::new(&account, POISON_QUEUE)?,
                },
            },
        })
    }

    /// Listens until it is dropped.
    pub(crate) async fn run(self, runtime: Runtime) {
        let permits = Arc::clone(&runtime.blob_permits);
        self.listener.run(runtime, permits).await;
    }
}

impl Work for Functions {
    async fn attempt(&self, runtime: &Runtime, message: &Message) -> Outcome {
        let blob: BlobMessage = match serde_json::from_str(&message.text) {
            Ok(blob) => blob,
            Err(error) => {
                tracing::error!("The message {} is not about a blob: {error}", message.id);
                return Outcome::Failed;
            }
        };
        match self.by_id.get(&blob.function_id) {
            Some(function) => function.attempt(runtime, &blob).await,
            // The function no longer exists, and nobody handles its blobs.
            None => Outcome::Done,
        }
    }

    fn poison_queue(&self, message: &Message) -> &StorageQueue {
        serde_json::from_str::<BlobMessage>(&message.text)
            .ok()
            .and_then(|blob| self.by_id.get(&blob.function_id))
            .map_or(&self.poison, |function| &function.poison)
    }
}
