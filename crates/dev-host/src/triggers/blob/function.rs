//! What every blob-triggered function needs, however its blobs are found.

use azure_core::http::StatusCode;
use azure_core::http::{Etag, Url};
use azure_storage_blob::{
    BlobClient, BlobContainerClient, BlobServiceClient,
    models::{
        BlobClientDownloadOptions, BlobClientGetPropertiesOptions,
        BlobContainerClientListBlobsOptions, ListBlobsIncludeItem,
    },
};
use connections::StorageConnection;
use futures::TryStreamExt as _;

use super::{binding_data, found::Found};
use crate::{
    expressions::BindingData,
    invocation::{CALLED, RunnableFunction},
    log::root_cause,
    path_pattern::PathPattern,
    payload::Payload,
    script_root::{Binding, Function, ScriptRoot},
    triggers::{Runtime, in_property, required, storage},
};

/// A blob-triggered function and the account of its blobs.
pub(crate) struct BlobFunction {
    pub(in crate::triggers) function: RunnableFunction,
    pub(in crate::triggers) pattern: PathPattern,
    pub(in crate::triggers) account: StorageConnection,
    binding: String,
    /// The setting that names the account. A deferred value contains it.
    connection: String,
    deferred: bool,
    blobs: BlobServiceClient,
    endpoint: Url,
}

impl BlobFunction {
    pub(in crate::triggers) fn new(
        function: &Function,
        runnable: RunnableFunction,
        root: &ScriptRoot,
    ) -> Result<Self, String> {
        let binding = &function.trigger;
        let pattern =
            PathPattern::parse(required(binding, "path")?).map_err(in_property("path"))?;
        if pattern.container.is_empty() || pattern.container.contains('{') {
            return Err("path must begin with the name of a container".into());
        }
        let connection = binding.connection("AzureWebJobsStorage");
        let account = storage(connection, root)?;
        let endpoint = account
            .blob_endpoint()
            .ok_or_else(|| format!("the connection {connection} has no blob endpoint"))?;
        Ok(Self {
            binding: binding.name.clone(),
            connection: connection.to_owned(),
            deferred: is_deferred(function),
            blobs: account.blobs().map_err(|error| error.to_string())?,
            endpoint,
            account,
            pattern,
            function: runnable,
        })
    }

    /// The function's id in queues and receipts.
    pub(in crate::triggers) fn id(&self) -> String {
        format!("Host.Functions.{}", self.function.name)
    }

    pub(in crate::triggers) fn container(&self, name: &str) -> BlobContainerClient {
        self.blobs.blob_container_client(name)
    }

    /// The newest version of a blob; `None` if there is none.
    pub(in crate::triggers) async fn find(
        &self,
        container: &str,
        blob: &str,
    ) -> azure_core::Result<Option<Found>> {
        let options = BlobContainerClientListBlobsOptions {
            // A name sorts before every name that it is a prefix of. Only the list keeps the case
            // of metadata names; headers lose it.
            prefix: Some(blob.to_owned()),
            maxresults: Some(1),
            include: Some(vec![ListBlobsIncludeItem::Metadata]),
            ..Default::default()
        };
        let mut listed = self.container(container).list_blobs(Some(options))?;
        match listed.try_next().await {
            Err(error) if error.http_status() == Some(StatusCode::NotFound) => Ok(None),
            Err(error) => Err(error),
            Ok(item) => Ok(item.and_then(Found::new).filter(|found| found.name == blob)),
        }
    }

    /// The binding data for a blob. `placeholders` are the values of the path's placeholders.
    pub(in crate::triggers) fn binding_data(
        &self,
        container: &str,
        found: &Found,
        placeholders: BindingData,
    ) -> BindingData {
        let mut data = placeholders;
        data.extend(binding_data::of(
            found,
            &format!("{container}/{}", found.name),
            &binding_data::append(&self.endpoint, container),
            &self.function.name,
        ));
        data
    }

    /// The invocation's body. Fails if the requested version is not the current one.
    pub(in crate::triggers) async fn payload(
        &self,
        container: &str,
        found: &Found,
        version: Option<Etag>,
        data: &BindingData,
    ) -> azure_core::Result<Payload> {
        let blob = blob_client(&self.account, &self.container(container), &found.name)?;
        if !self.deferred {
            return self.inline(&blob, found, version, data).await;
        }
        if version.is_some() {
            let options = BlobClientGetPropertiesOptions {
                if_match: version,
                ..Default::default()
            };
            blob.get_properties(Some(options)).await?;
        }
        let value = binding_data::deferred(&self.connection, container, &found.name);
        Ok(Payload::json(&self.binding, &value, data))
    }

    /// Calls the function for a blob that somebody has named.
    pub(in crate::triggers) async fn call_by_hand(&self, runtime: &Runtime, path: &str) {
        if let Err(problem) = self.call_for(runtime, path).await {
            runtime
                .invoker
                .refuse(&self.function, CALLED, problem)
                .await;
        }
    }

    /// The error says why the function cannot be called.
    async fn call_for(&self, runtime: &Runtime, path: &str) -> Result<(), String> {
        let (container, blob) = path
            .split_once('/')
            .ok_or_else(|| format!("{path} is not container/blob"))?;
        let text = |error: azure_core::Error| root_cause(&error).to_string();
        let found = self.find(container, blob).await.map_err(text)?;
        let found = found.ok_or_else(|| format!("there is no blob {path}"))?;
        let placeholders = self.pattern.matches(blob).unwrap_or_default();
        let mut data = self.binding_data(container, &found, placeholders);
        data.insert(self.binding.clone(), path.into());
        let payload = self.payload(container, &found, None, &data).await;
        let payload = payload.map_err(text)?;
        // The invoker has logged a failure.
        let _ = runtime
            .invoker
            .invoke(&self.function, CALLED, payload, &data)
            .await;
        Ok(())
    }

    async fn inline(
        &self,
        blob: &BlobClient,
        found: &Found,
        version: Option<Etag>,
        data: &BindingData,
    ) -> azure_core::Result<Payload> {
        let options = BlobClientDownloadOptions {
            if_match: version,
            ..Default::default()
        };
        let download = blob.download(Some(options)).await?;
        Payload::bytes(&self.binding, found.length, download.body, data).await
    }
}

/// A client for a blob, whatever its name.
pub(in crate::triggers) fn blob_client(
    account: &StorageConnection,
    container: &BlobContainerClient,
    name: &str,
) -> azure_core::Result<BlobClient> {
    account
        .blob(container, name)
        .map_err(|error| azure_core::Error::new(azure_core::error::ErrorKind::Other, error))
}

/// Whether the handler gets a reference instead of the bytes.
///
/// The host turns this off if the first of the other bindings, inputs before outputs, contains an
/// expression. It checks only that one, so the order of the bindings decides.
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
            .inputs
            .iter()
            .chain(&function.outputs)
            .next()
            .is_some_and(Binding::has_expression)
}
