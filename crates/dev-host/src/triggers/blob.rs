//! The blob trigger: scan, receipt, attempts, poison queue.
//!
//! A receipt is written only after the function has succeeded or the blob has been parked in the
//! poison queue. A host that is killed at any moment therefore finds every unfinished blob again.

mod attempts;
mod binding_data;
mod found;
mod poison;
mod progress;
mod receipts;
mod scan;

use azure_core::http::Url;
use azure_storage_blob::BlobContainerClient;
use connections::StorageConnection;

use super::{Pace, in_property, required};
use crate::{
    invocation::RunnableFunction,
    path_pattern::PathPattern,
    script_root::{Binding, Function, ScriptRoot},
};
use found::Found;
use poison::PoisonQueue;
use progress::Progress;
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
            .is_some_and(Binding::has_expression)
}
