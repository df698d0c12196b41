//! The accounts that files go to and records come from.

use std::time::Duration;

use anyhow::{Context, Result, bail};
use azure_core::http::{StatusCode, Url};
use azure_data_cosmos::clients::ContainerClient;
use azure_storage_blob::{BlobContainerClient, BlobServiceClient};
use connections::{CosmosConnection, StorageConnection};
use contract::names;
use tokio::{net::TcpStream, time::timeout};

use crate::{ports::Ports, settings::Settings, workspace};

/// How long a server may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(5);

/// The containers of uploads and of records, and the storage account.
pub(crate) struct Account {
    pub(crate) blobs: BlobServiceClient,
    pub(super) uploads: BlobContainerClient,
    pub(super) records: ContainerClient,
}

impl Account {
    /// Connects as local.settings.json and the environment say, or to the given local ports.
    pub(crate) async fn connect(blob_port: Option<u16>, cosmos_port: Option<u16>) -> Result<Self> {
        let blobs = blobs(blob_port).await?;
        let settings = Settings::read(&workspace::root().join("local.settings.json"))?;
        let cosmos = CosmosConnection::from_settings("CosmosDb", |name| {
            let local = cosmos_port.map(|cosmos_port| {
                Ports {
                    cosmos_port,
                    ..Ports::default()
                }
                .cosmos()
            });
            local
                .filter(|_| name == "CosmosDb")
                .or_else(|| settings.lookup(name))
        })?;
        answers(cosmos.endpoint(), "Cosmos DB").await?;
        Ok(Self {
            uploads: container(&blobs, names::UPLOADS).await?,
            blobs,
            records: records(&cosmos).await?,
        })
    }
}

/// The storage account of local.settings.json and the environment, or the one at a local port.
pub(crate) async fn blobs(blob_port: Option<u16>) -> Result<BlobServiceClient> {
    let settings = Settings::read(&workspace::root().join("local.settings.json"))?;
    let storage = StorageConnection::from_settings("ImageStorage", |name| {
        let local = blob_port.map(|blob_port| {
            Ports {
                blob_port,
                ..Ports::default()
            }
            .storage()
        });
        local
            .filter(|_| name == "ImageStorage")
            .or_else(|| settings.lookup(name))
    })?;
    if let Some(endpoint) = storage.blob_endpoint() {
        answers(&endpoint, "Blob Storage").await?;
    }
    Ok(storage.blobs()?)
}

/// Reports in a short message that nothing answers, before a client retries and reports it in a
/// long one.
async fn answers(endpoint: &Url, service: &str) -> Result<()> {
    let host = endpoint.host_str().unwrap_or_default();
    let port = endpoint.port_or_known_default().unwrap_or_default();
    if matches!(
        timeout(CONNECT, TcpStream::connect((host, port))).await,
        Ok(Ok(_))
    ) {
        return Ok(());
    }
    if matches!(host, "localhost" | "127.0.0.1") {
        bail!("{service} does not answer at {host}:{port}: start Darkroom with `./dev run`");
    }
    bail!("{service} does not answer at {host}:{port}");
}

/// A blob container, created if it does not exist, because a new account has none.
pub(crate) async fn container(
    blobs: &BlobServiceClient,
    name: &str,
) -> Result<BlobContainerClient> {
    let container = blobs.blob_container_client(name);
    match container.create(None).await {
        Err(error) if error.http_status() != Some(StatusCode::Conflict) => {
            Err(error).with_context(|| format!("the blob container {name}"))
        }
        _ => Ok(container),
    }
}

async fn records(cosmos: &CosmosConnection) -> Result<ContainerClient> {
    let database = cosmos
        .client()
        .await?
        .database_client(names::COSMOS_DATABASE);
    database
        .container_client(names::COSMOS_CONTAINER, None)
        .await
        .with_context(|| {
            format!(
                "the Cosmos DB container {}/{}, which the Functions host makes when it starts",
                names::COSMOS_DATABASE,
                names::COSMOS_CONTAINER
            )
        })
}
