//! The blob trigger: scan, receipt, attempts, poison queue.
//!
//! A receipt is written only after the function has succeeded or the blob has been parked in the
//! poison queue. A host that is killed at any moment therefore finds every unfinished blob again.

mod binding_data;
mod found;
mod poison;
mod progress;
mod receipts;

use std::sync::Arc;

use azure_core::http::{Etag, StatusCode, Url};
use azure_storage_blob::{
    BlobContainerClient,
    models::{
        BlobClientDownloadOptions, BlobClientGetPropertiesOptions,
        BlobContainerClientListBlobsOptions, ListBlobsIncludeItem,
    },
};
use connections::StorageConnection;
use futures::TryStreamExt as _;
use tokio::task::JoinSet;

use super::{Pace, Runtime, in_property, required};
use crate::{
    expressions::BindingData,
    invocation::RunnableFunction,
    log::root_cause,
    path_pattern::PathPattern,
    payload::Payload,
    script_root::{Function, ScriptRoot},
};
use found::Found;
use poison::PoisonQueue;
use progress::{Listed, Progress};
use receipts::Receipts;

/// The blob trigger of one function.
pub(crate) struct BlobTrigger {
    function: RunnableFunction,
    binding: String,
    /// The setting that names the account; part of what a deferred value says.
    connection: String,
    deferred: bool,
    pattern: PathPattern,
    container: BlobContainerClient,
    container_url: Url,
    receipts: Receipts,
    poison: PoisonQueue,
    attempts: u32,
    pace: Pace,
    progress: Progress,
}

/// How one attempt ended.
enum Attempt {
    Succeeded,
    Failed,
    /// The blob, or this version of it, is not there any more.
    Superseded,
}

impl BlobTrigger {
    pub(super) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
        pace: Pace,
    ) -> Result<Self, String> {
        let binding = &function.trigger;
        let pattern =
            PathPattern::parse(required(binding, "path")?).map_err(in_property("path"))?;
        if pattern.container.is_empty() || pattern.container.contains('{') {
            return Err("path must begin with the name of a container".into());
        }
        let connection = binding.connection("AzureWebJobsStorage");
        let account = storage(connection, root)?;
        let blobs = account.blobs().map_err(|error| error.to_string())?;
        let endpoint = account
            .blob_endpoint()
            .ok_or_else(|| format!("the connection {connection} names no blob endpoint"))?;
        let host_account = storage("AzureWebJobsStorage", root)?;
        Ok(Self {
            binding: binding.name.clone(),
            connection: connection.to_owned(),
            deferred: is_deferred(function),
            container: blobs.blob_container_client(&pattern.container),
            container_url: binding_data::append(&endpoint, &pattern.container),
            receipts: Receipts::new(&host_account, root, &function.name, &pattern.container)?,
            poison: PoisonQueue::new(&account, &function.name, &pattern.container)?,
            attempts: root.host.blobs.poison_blob_threshold,
            pace,
            progress: Progress::default(),
            pattern,
            function: runnable,
        })
    }

    pub(super) fn function(&self) -> &RunnableFunction {
        &self.function
    }

    /// Scans until it is dropped, which ends the attempts in flight, too.
    pub(super) async fn run(self, runtime: Runtime) {
        let trigger = Arc::new(self);
        let mut tasks = JoinSet::new();
        let mut reachable = true;
        loop {
            let result = trigger.scan(&runtime, &mut tasks).await;
            // The next scan comes soon, and one line about a lasting trouble is enough.
            if result.is_ok() != reachable {
                reachable = result.is_ok();
                trigger.log_reachability(&result);
            }
            tokio::time::sleep(trigger.pace.scan_interval).await;
        }
    }

    fn log_reachability(&self, result: &azure_core::Result<()>) {
        let container = &self.pattern.container;
        match result {
            Ok(()) => tracing::info!("The container '{container}' can be scanned again"),
            Err(error) => tracing::error!(
                "The container '{container}' cannot be scanned: {}",
                root_cause(error)
            ),
        }
    }

    async fn scan(
        self: &Arc<Self>,
        runtime: &Runtime,
        tasks: &mut JoinSet<()>,
    ) -> azure_core::Result<()> {
        self.receipts.load().await?;
        let options = BlobContainerClientListBlobsOptions {
            // Only the list keeps the case of the metadata's names; in headers it is lost.
            include: Some(vec![ListBlobsIncludeItem::Metadata]),
            ..Default::default()
        };
        let mut listed = Listed::default();
        let mut blobs = self.container.list_blobs(Some(options))?;
        loop {
            let item = match blobs.try_next().await {
                Ok(Some(item)) => item,
                Ok(None) => break,
                // A container that nobody has created yet is an empty one.
                Err(error) if error.http_status() == Some(StatusCode::NotFound) => break,
                Err(error) => return Err(error),
            };
            let Some(found) = Found::new(item) else {
                continue;
            };
            listed.add(&found.name);
            let Some(placeholders) = self.pattern.matches(&found.name) else {
                continue;
            };
            if self.receipts.has(&found) {
                self.progress.settle(&found);
            }
            if !self.progress.begin(&found) {
                continue;
            }
            // Waiting here, and not in the task, keeps the number of tasks at that of the permits.
            let Ok(permit) = Arc::clone(&runtime.blob_permits).acquire_owned().await else {
                return Ok(());
            };
            let (trigger, runtime) = (Arc::clone(self), runtime.clone());
            tasks.spawn(async move {
                trigger.process(&runtime, &found, &placeholders).await;
                drop(permit);
            });
        }
        self.progress.finish_scan(&listed);
        self.receipts.forget();
        while tasks.try_join_next().is_some() {}
        Ok(())
    }

    /// Brings one version of a blob to its end, whatever that is.
    async fn process(&self, runtime: &Runtime, found: &Found, placeholders: &BindingData) {
        for attempt in 1..=self.attempts {
            match self.attempt(runtime, found, placeholders).await {
                Attempt::Succeeded => return self.settle(found).await,
                Attempt::Superseded => return self.progress.release(found),
                Attempt::Failed if attempt < self.attempts => {
                    let doublings = (attempt - 1).min(16);
                    tokio::time::sleep(self.pace.retry_delay * 2_u32.pow(doublings)).await;
                }
                Attempt::Failed => {}
            }
        }
        let path = self.path(found);
        match self.poison.send(found).await {
            Ok(()) => {
                tracing::error!(
                    "'Functions.{}' has failed {} times for '{path}', which goes to the queue '{}'",
                    self.function.name,
                    self.attempts,
                    poison::QUEUE
                );
                self.settle(found).await;
            }
            Err(error) => {
                tracing::error!(
                    "'{path}' cannot be put into '{}': {}",
                    poison::QUEUE,
                    root_cause(&error)
                );
                self.progress.release(found);
            }
        }
    }

    /// Remembers that this version of the blob is done with, in storage and in memory.
    async fn settle(&self, found: &Found) {
        if let Err(error) = self.receipts.write(found).await {
            // In memory it counts as done all the same: the function has been run, and to run it
            // with every scan would help nobody. After a restart it is run once more.
            let path = self.path(found);
            tracing::error!(
                "The receipt of '{path}' cannot be written: {}",
                root_cause(&error)
            );
        }
        self.progress.settle(found);
        self.progress.release(found);
    }

    async fn attempt(
        &self,
        runtime: &Runtime,
        found: &Found,
        placeholders: &BindingData,
    ) -> Attempt {
        let path = self.path(found);
        let mut data = placeholders.clone();
        data.extend(binding_data::of(
            found,
            &path,
            &self.container_url,
            &self.function.name,
        ));
        let payload = match self.payload(found, &data).await {
            Ok(payload) => payload,
            Err(error) if is_superseded(&error) => {
                tracing::info!("'{path}' was deleted or replaced before it was processed");
                return Attempt::Superseded;
            }
            Err(error) => {
                tracing::error!("'{path}' cannot be read: {}", root_cause(&error));
                return Attempt::Failed;
            }
        };
        let reason = format!("New blob detected: {path}");
        let invocation = runtime
            .invoker
            .invoke(&self.function, &reason, payload, &data);
        match invocation.await {
            Ok(()) => Attempt::Succeeded,
            // It has been logged by the invoker.
            Err(_) => Attempt::Failed,
        }
    }

    /// The invocation's body. Fails when the version that was found is not the current one.
    async fn payload(&self, found: &Found, data: &BindingData) -> azure_core::Result<Payload> {
        let blob = self.container.blob_client(&found.name);
        let if_match = Some(Etag::from(found.quoted_etag()));
        if self.deferred {
            let options = BlobClientGetPropertiesOptions {
                if_match,
                ..Default::default()
            };
            blob.get_properties(Some(options)).await?;
            let value =
                binding_data::deferred(&self.connection, &self.pattern.container, &found.name);
            return Ok(Payload::object(&self.binding, &value, data));
        }
        let options = BlobClientDownloadOptions {
            if_match,
            ..Default::default()
        };
        let download = blob.download(Some(options)).await?;
        Payload::bytes(&self.binding, found.length, download.body, data).await
    }

    fn path(&self, found: &Found) -> String {
        format!("{}/{}", self.pattern.container, found.name)
    }
}

fn storage(connection: &str, root: &ScriptRoot) -> Result<StorageConnection, String> {
    StorageConnection::from_settings(connection, root.settings.lookup())
        .map_err(|error| error.to_string())
}

/// Whether the handler gets a reference in place of the bytes.
///
/// The host turns this off when the first of the other bindings holds an expression. It looks at
/// that one only, so the order of the bindings decides.
fn is_deferred(function: &Function) -> bool {
    let wanted = function
        .trigger
        .property("properties")
        .and_then(|properties| properties.get("supportsDeferredBinding"))
        .is_some_and(|flag| match flag {
            serde_json::Value::Bool(flag) => *flag,
            serde_json::Value::String(text) => text.eq_ignore_ascii_case("true"),
            _ => false,
        });
    wanted
        && !function
            .outputs
            .first()
            .is_some_and(crate::script_root::Binding::has_expression)
}

/// Whether a read failed because the blob, or this version of it, is gone.
fn is_superseded(error: &azure_core::Error) -> bool {
    matches!(
        error.http_status(),
        Some(StatusCode::NotFound | StatusCode::PreconditionFailed)
    )
}
