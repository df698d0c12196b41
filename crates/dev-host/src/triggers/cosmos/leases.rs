//! How far the ranges of a container have been read, with one document for each.
//!
//! On Azure, several hosts share the ranges. Here a single host takes all of them.

use azure_data_cosmos::{PartitionKey, feed::FeedRange};
use connections::CosmosConnection;
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{
    cosmos_container::{ContainerError, CosmosContainer},
    script_root::hex,
};

/// The leases of one function.
pub(super) struct Leases {
    container: CosmosContainer,
    /// The prefix of the ids of this function's documents.
    prefix: String,
}

impl Leases {
    pub(super) fn new(container: CosmosContainer, prefix: String) -> Self {
        Self { container, prefix }
    }

    pub(super) fn connection(&self) -> &CosmosConnection {
        self.container.connection()
    }

    pub(super) fn path(&self) -> String {
        self.container.path()
    }

    pub(super) async fn open(&self) -> Result<(), ContainerError> {
        self.container.open().await.map(drop)
    }

    /// Where to continue reading a range; `None` for one that has not been read before.
    pub(super) async fn read(&self, range: &FeedRange) -> Result<Option<String>, ContainerError> {
        let id = self.id(range);
        let container = self.container.open().await?;
        match container
            .read_item(PartitionKey::from(id.clone()), &id, None)
            .await
        {
            Err(error) if error.status().is_not_found() => Ok(None),
            Err(error) => Err(error.into()),
            Ok(response) => {
                let lease: Value = response.into_model()?;
                Ok(lease["ContinuationToken"].as_str().map(str::to_owned))
            }
        }
    }

    pub(super) async fn write(&self, range: &FeedRange, token: &str) -> Result<(), ContainerError> {
        let id = self.id(range);
        let lease = json!({
            "id": id,
            "ContinuationToken": token,
            "timestamp": Timestamp::now().to_string(),
        });
        let container = self.container.open().await?;
        container
            .upsert_item(PartitionKey::from(id.clone()), &id, &lease, None)
            .await?;
        Ok(())
    }

    fn id(&self, range: &FeedRange) -> String {
        let range = Sha256::digest(range.to_string());
        format!("{}..{}", self.prefix, hex(&range[..8]))
    }
}
