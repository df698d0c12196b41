//! The blob trigger: scan, receipt, attempts, poison queue.
//!
//! A receipt is written only after the function has succeeded or the blob has been put into the
//! poison queue. So a host that is killed at any moment finds every unfinished blob again.

mod attempts;
mod binding_data;
mod found;
mod function;
mod message;
mod progress;
mod receipts;
mod scan;

use std::sync::Arc;

use azure_storage_blob::BlobContainerClient;

use super::{Pace, storage};
use crate::{
    invocation::RunnableFunction,
    script_root::{Function, ScriptRoot},
    storage_queue::StorageQueue,
};
pub(crate) use binding_data::append as append_name;
use found::Found;
pub(super) use function::BlobFunction;
pub(super) use message::{BlobMessage, POISON_QUEUE};
use progress::Progress;
use receipts::Receipts;

/// The blob trigger of one function.
pub(crate) struct BlobTrigger {
    function: Arc<BlobFunction>,
    container: BlobContainerClient,
    receipts: Receipts,
    poison: StorageQueue,
    attempts: u32,
    pace: Pace,
    progress: Progress,
}

impl BlobTrigger {
    pub(super) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
        pace: Pace,
    ) -> Result<Self, String> {
        let function = BlobFunction::new(function, runnable, root)?;
        let container = &function.pattern.container;
        let host_account = storage("AzureWebJobsStorage", root)?;
        Ok(Self {
            container: function.container(container),
            receipts: Receipts::new(&host_account, root, &function.id(), container)?,
            poison: StorageQueue::new(&function.account, POISON_QUEUE)?,
            attempts: root.host.blobs.poison_blob_threshold,
            pace,
            progress: Progress::default(),
            function: Arc::new(function),
        })
    }

    pub(super) fn function(&self) -> &RunnableFunction {
        &self.function.function
    }

    pub(super) fn shared(&self) -> Arc<BlobFunction> {
        Arc::clone(&self.function)
    }

    fn container_name(&self) -> &str {
        &self.function.pattern.container
    }

    fn path(&self, found: &Found) -> String {
        format!("{}/{}", self.container_name(), found.name)
    }
}
