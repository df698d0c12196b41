//! Straight to Blob Storage and Cosmos DB.

use std::{collections::HashMap, time::Instant};

use azure_core::http::StatusCode;
use azure_data_cosmos::clients::ContainerClient;
use azure_storage_blob::{BlobContainerClient, models::BlobClientUploadOptions};
use bytes::Bytes;
use connections::{CosmosConnection, StorageConnection};
use contract::{DeadLetter, Record, dead_letter_path, metadata_value, rendition_path};
use futures::future::try_join_all;
use imaging::{Presets, Rendition};
use tokio::sync::OnceCell;

use crate::{
    error::Retry,
    handlers::metadata::milliseconds,
    process::Processed,
    wiring::{Container, RecordStore, Wiring},
};

/// Clients for everything that is written.
pub struct Direct {
    renditions: BlobContainerClient,
    dead_letters: BlobContainerClient,
    /// By preset.
    cache_control: HashMap<String, String>,
    account: CosmosConnection,
    store: RecordStore,
    /// Made at first use: the client asks the account for its regions, and an account that does
    /// not answer must fail an event and not the start.
    records: OnceCell<ContainerClient>,
}

impl Direct {
    /// Clients through the connections that the bindings name.
    pub fn new(
        wiring: &Wiring,
        presets: &Presets,
        lookup: &impl Fn(&str) -> Option<String>,
    ) -> anyhow::Result<Self> {
        let container = |container: &Container| -> anyhow::Result<BlobContainerClient> {
            let connection = StorageConnection::from_settings(&container.connection, lookup)?;
            Ok(connection.blobs()?.blob_container_client(&container.name))
        };
        Ok(Self {
            renditions: container(&wiring.renditions)?,
            dead_letters: container(&wiring.dead_letters)?,
            cache_control: presets
                .iter()
                .map(|preset| (preset.name.clone(), preset.cache_control.clone()))
                .collect(),
            account: CosmosConnection::from_settings(&wiring.records.connection, lookup)?,
            store: wiring.records.clone(),
            records: OnceCell::new(),
        })
    }

    /// Writes the renditions, then the dead letter, then the record: whoever finds a record finds
    /// what it speaks of.
    ///
    /// # Errors
    ///
    /// Passing trouble; what was written is written again by the next try.
    pub async fn deliver(
        &self,
        processed: Processed,
        dead_letter: Option<DeadLetter>,
    ) -> Result<(), Retry> {
        let started = Instant::now();
        let Processed {
            mut record,
            renditions,
        } = processed;
        let name = record.source.name.clone();
        try_join_all(
            renditions
                .into_iter()
                .map(|one| self.write_rendition(&name, one)),
        )
        .await?;
        if let Some(letter) = dead_letter {
            self.write_dead_letter(&letter).await?;
        }
        record.processing.milliseconds.deliver = Some(milliseconds(started.elapsed()));
        self.write_record(record).await
    }

    async fn write_rendition(&self, name: &str, rendition: Rendition) -> Result<(), Retry> {
        let path = rendition_path(name, &rendition.preset, rendition.format.extension());
        let options = BlobClientUploadOptions {
            blob_content_type: Some(rendition.format.content_type().to_owned()),
            blob_cache_control: self.cache_control.get(&rendition.preset).cloned(),
            metadata: Some(HashMap::from([
                (
                    "original".to_owned(),
                    metadata_value::encode(name).into_owned(),
                ),
                ("preset".to_owned(), rendition.preset),
            ])),
            ..Default::default()
        };
        upload(&self.renditions, &path, rendition.bytes.into(), options).await
    }

    async fn write_dead_letter(&self, letter: &DeadLetter) -> Result<(), Retry> {
        let path = dead_letter_path(&letter.topic, letter.partition, letter.offset);
        let json = serde_json::to_vec(letter)
            .map_err(|error| Retry::new("writing a dead letter", error))?;
        let options = BlobClientUploadOptions {
            blob_content_type: Some("application/json".to_owned()),
            ..Default::default()
        };
        upload(&self.dead_letters, &path, json.into(), options).await
    }

    async fn write_record(&self, record: Record) -> Result<(), Retry> {
        let id = record.id.clone();
        let retry = |error| Retry::new(format!("writing the record {id}"), error);
        let records = self.records.get_or_try_init(|| self.connect()).await?;
        // The SDK's futures are large; on the heap they do not swell every future above them.
        Box::pin(records.upsert_item(id.as_str().to_owned(), id.as_str(), record, None))
            .await
            .map_err(retry)?;
        Ok(())
    }

    async fn connect(&self) -> Result<ContainerClient, Retry> {
        let doing = || format!("opening the container {}", self.store.container);
        let client = Box::pin(self.account.client())
            .await
            .map_err(|error| Retry::new(doing(), error))?;
        let database = client.database_client(self.store.database.clone());
        Box::pin(database.container_client(self.store.container.clone(), None))
            .await
            .map_err(|error| Retry::new(doing(), error))
    }
}

/// Writes a blob. As the host's own bindings do, it makes the container when there is none.
async fn upload(
    container: &BlobContainerClient,
    path: &str,
    bytes: Bytes,
    options: BlobClientUploadOptions<'static>,
) -> Result<(), Retry> {
    let blob = container.blob_client(path);
    let write = || Box::pin(blob.upload(bytes.clone().into(), Some(options.clone())));
    let mut written = write().await;
    if written.as_ref().is_err_and(is_missing) {
        // Another write may make it at the same moment; what counts is whether the next one succeeds.
        let _ = Box::pin(container.create(None)).await;
        written = write().await;
    }
    written.map_err(|error| Retry::new(format!("writing {path}"), error))?;
    Ok(())
}

fn is_missing(error: &azure_core::Error) -> bool {
    error.http_status() == Some(StatusCode::NotFound)
}
