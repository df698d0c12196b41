//! The cosmosDB output: an object is upserted, and an array item by item.

mod partition_key;

use std::{borrow::Cow, sync::Arc};

use azure_data_cosmos::{
    CosmosClient,
    clients::ContainerClient,
    models::{ContainerProperties, PartitionKeyDefinition, TimeToLive},
};
use connections::CosmosConnection;
use serde_json::Value;
use tokio::sync::Mutex;

use super::{WriteError, entries};
use crate::{
    json_net::{DEFAULT_DEPTH, Json, Object},
    script_root::{Binding, Settings},
};

/// A cosmosDB output binding.
pub(crate) struct CosmosOutput {
    connection: CosmosConnection,
    database: String,
    container: String,
    /// The partition key of a container that this host creates.
    partition_key: String,
    /// Opened at the first write, or at start-up if the account is local.
    opened: Mutex<Option<Arc<Opened>>>,
}

struct Opened {
    client: ContainerClient,
    partition_key: PartitionKeyDefinition,
}

impl CosmosOutput {
    pub(super) fn new(binding: &Binding, settings: &Settings) -> Result<Self, String> {
        let text = |property: &str| {
            binding
                .text(property)
                .filter(|text| !text.is_empty())
                .map(str::to_owned)
                .ok_or_else(|| format!("{property} is missing"))
        };
        let connection =
            CosmosConnection::from_settings(binding.connection("CosmosDB"), settings.lookup())
                .map_err(|error| error.to_string())?;
        Ok(Self {
            connection,
            database: text("databaseName")?,
            container: text("containerName")?,
            partition_key: binding
                .text("partitionKey")
                .filter(|path| !path.is_empty())
                .unwrap_or("/id")
                .to_owned(),
            opened: Mutex::new(None),
        })
    }

    pub(crate) fn connection(&self) -> &CosmosConnection {
        &self.connection
    }

    /// Connects, and creates the database and the container on a local account if necessary.
    pub(crate) async fn open(&self) -> Result<(), WriteError> {
        self.opened().await.map(drop)
    }

    pub(super) async fn write(&self, value: &Json<'_>) -> Result<(), WriteError> {
        for entry in entries(value)? {
            self.upsert(&entry).await?;
            if entry.depth() > DEFAULT_DEPTH {
                // The host cannot handle the answer of the database, which contains the document.
                let problem = format!(
                    "the values of a document are nested deeper than {DEFAULT_DEPTH}, but it is \
                     written"
                );
                return Err(WriteError::Value(problem));
            }
        }
        Ok(())
    }

    async fn upsert(&self, entry: &Json<'_>) -> Result<(), WriteError> {
        let Json::Object(item) = entry else {
            let problem = "a document must be a JSON object";
            return Err(WriteError::Value(problem.into()));
        };
        let id = id(item)?;
        let document: Value = serde_json::from_str(&entry.compact())
            .map_err(|error| WriteError::Value(error.to_string()))?;
        let opened = self.opened().await?;
        let key = partition_key::of(item, &opened.partition_key)?;
        let result = opened.client.upsert_item(key, &id, document, None).await;
        if result
            .as_ref()
            .is_err_and(|error| error.status().is_not_found())
        {
            // The container has been deleted, or the emulator restarted, so the next attempt opens
            // it again.
            *self.opened.lock().await = None;
        }
        result?;
        Ok(())
    }

    async fn opened(&self) -> Result<Arc<Opened>, WriteError> {
        let mut slot = self.opened.lock().await;
        if let Some(opened) = &*slot {
            return Ok(Arc::clone(opened));
        }
        let account = self.connection.client().await?;
        if is_local(&self.connection) {
            self.create(&account).await?;
        }
        let client = account
            .database_client(self.database.clone())
            .container_client(self.container.clone(), None)
            .await?;
        let partition_key = client.read(None).await?.into_model()?.partition_key;
        let opened = Arc::new(Opened {
            client,
            partition_key,
        });
        *slot = Some(Arc::clone(&opened));
        Ok(opened)
    }

    async fn create(&self, account: &CosmosClient) -> Result<(), WriteError> {
        ignore_conflict(account.create_database(&self.database, None).await)?;
        // Time to live is on without a default, so that a document's own `ttl` counts.
        let properties = ContainerProperties::new(
            self.container.clone(),
            PartitionKeyDefinition::new(vec![self.partition_key.clone().into()]),
        )
        .with_default_ttl(TimeToLive::NoDefault);
        let database = account.database_client(self.database.clone());
        ignore_conflict(database.create_container(properties, None).await)?;
        Ok(())
    }
}

fn id<'a>(item: &'a Object<'_>) -> Result<Cow<'a, str>, WriteError> {
    match item.get("id") {
        Some(Json::Text(id)) => Ok(id.as_ref().into()),
        Some(Json::Date(date, _)) => Ok(date.iso().into()),
        _ => Err(WriteError::Value(
            "a document must have an id, a string".into(),
        )),
    }
}

/// Databases are created only on a developer's machine. On Azure they are part of the deployment.
fn is_local(connection: &CosmosConnection) -> bool {
    matches!(
        connection.endpoint().host_str(),
        Some("localhost" | "127.0.0.1" | "[::1]")
    )
}

fn ignore_conflict<T>(result: azure_data_cosmos::Result<T>) -> azure_data_cosmos::Result<()> {
    match result {
        Err(error) if error.status().is_conflict() => Ok(()),
        other => other.map(drop),
    }
}
