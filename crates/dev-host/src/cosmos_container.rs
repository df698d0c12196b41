//! A container of a Cosmos DB account, as bindings name it.

use azure_data_cosmos::{
    CosmosClient, CosmosError,
    clients::ContainerClient,
    models::{ContainerProperties, PartitionKeyDefinition},
};
use connections::{ConnectionError, CosmosConnection};
use tokio::sync::Mutex;

/// A container that is opened when it is first needed.
pub(crate) struct CosmosContainer {
    connection: CosmosConnection,
    database: String,
    name: String,
    /// Whether the container is created, with the partition key `/id`, if it is missing.
    create: bool,
    opened: Mutex<Option<ContainerClient>>,
}

/// Why a container cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ContainerError {
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error(transparent)]
    Cosmos(#[from] CosmosError),
}

impl CosmosContainer {
    pub(crate) fn new(connection: CosmosConnection, database: &str, name: &str) -> Self {
        Self {
            connection,
            database: database.to_owned(),
            name: name.to_owned(),
            create: false,
            opened: Mutex::new(None),
        }
    }

    /// Lets the container be created if it is missing.
    pub(crate) fn create_if_missing(mut self, create: bool) -> Self {
        self.create = create;
        self
    }

    pub(crate) fn connection(&self) -> &CosmosConnection {
        &self.connection
    }

    /// `database/container`, for people.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.database, self.name)
    }

    pub(crate) async fn open(&self) -> Result<ContainerClient, ContainerError> {
        let mut slot = self.opened.lock().await;
        if let Some(opened) = &*slot {
            return Ok(opened.clone());
        }
        let account = self.connection.client().await?;
        if self.create {
            self.create(&account).await?;
        }
        let opened = account
            .database_client(self.database.clone())
            .container_client(self.name.clone(), None)
            .await?;
        *slot = Some(opened.clone());
        Ok(opened)
    }

    /// Makes the next use open the container again, because it may have been deleted and recreated.
    pub(crate) async fn forget(&self) {
        *self.opened.lock().await = None;
    }

    async fn create(&self, account: &CosmosClient) -> Result<(), ContainerError> {
        let properties = ContainerProperties::new(
            self.name.clone(),
            PartitionKeyDefinition::new(vec!["/id".into()]),
        );
        let database = account.database_client(self.database.clone());
        match database.create_container(properties, None).await {
            Err(error) if !error.status().is_conflict() => Err(error.into()),
            _ => Ok(()),
        }
    }
}
