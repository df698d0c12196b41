//! The cosmosDB input: one document by its id.

use azure_data_cosmos::PartitionKey;
use connections::CosmosConnection;
use serde_json::Value;

use super::ReadError;
use crate::{
    cosmos_container::CosmosContainer,
    expressions::{BindingData, Template},
    json_net::rewrite_dates,
    payload::encode,
    script_root::{Binding, Settings},
};

/// A cosmosDB input binding.
pub(crate) struct CosmosInput {
    container: CosmosContainer,
    id: Template,
    partition_key: Option<Template>,
}

impl CosmosInput {
    pub(super) fn new(binding: &Binding, settings: &Settings) -> Result<Self, String> {
        let text = |property: &str| binding.text(property).filter(|text| !text.is_empty());
        let required = |property: &str| text(property).ok_or(format!("{property} is missing"));
        if text("sqlQuery").is_some() {
            return Err("this host supports id, but not sqlQuery".into());
        }
        let template = |text| Template::parse(text).map_err(|error| error.to_string());
        let connection =
            CosmosConnection::from_settings(binding.connection("CosmosDB"), settings.lookup())
                .map_err(|error| error.to_string())?;
        Ok(Self {
            container: CosmosContainer::new(
                connection,
                required("databaseName")?,
                required("containerName")?,
            ),
            id: template(required("id")?)?,
            partition_key: text("partitionKey").map(template).transpose()?,
        })
    }

    pub(crate) fn container(&self) -> &CosmosContainer {
        &self.container
    }

    /// The document as JSON text. A missing one gives null.
    pub(super) async fn read(&self, data: &BindingData) -> Result<Value, ReadError> {
        let id = self.id.resolve(data)?;
        let key = match &self.partition_key {
            Some(template) => PartitionKey::from(template.resolve(data)?),
            None => PartitionKey::from(id.clone()),
        };
        let container = self.container.open().await?;
        match container.read_item(key, &id, None).await {
            Err(error) if error.status().is_not_found() => {
                self.container.forget().await;
                Ok(encode(&Value::Null))
            }
            Err(error) => Err(error.into()),
            Ok(response) => {
                let mut document: Value = response.into_model()?;
                rewrite_dates(&mut document);
                Ok(encode(&document.to_string().into()))
            }
        }
    }
}
