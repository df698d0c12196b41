//! The application with its storage and its database, for one test.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Request, Response},
};
use azure_data_cosmos::{
    clients::ContainerClient,
    models::{ContainerProperties, PartitionKeyDefinition},
};
use azure_storage_blob::{BlobServiceClient, models::BlobClientUploadOptions};
use bytes::Bytes;
use connections::{CosmosConnection, StorageConnection};
use contract::{BlobName, Record, metadata_value, names::rendition_metadata};
use functions_dev_host::CosmosEmulator;
use futures::TryStreamExt as _;
use tokio::net::TcpListener;
use tower::ServiceExt as _;
use upload_web::{app::App, router::router, settings::Settings};

use super::azurite::Azurite;

pub(crate) struct Stack {
    pub(crate) app: Arc<App>,
    pub(crate) blobs: BlobServiceClient,
    pub(crate) cosmos: CosmosEmulator,
    records: ContainerClient,
    router: Router,
    settings: HashMap<String, String>,
    _azurite: Azurite,
}

impl Stack {
    /// As on a developer's machine: one user, who may see everything.
    pub(crate) async fn local() -> Self {
        Self::with(&[("DARKROOM_AUTH", "none")]).await
    }

    /// As on Azure: users are whom the platform's headers name.
    pub(crate) async fn signed_in() -> Self {
        Self::with(&[("WEBSITE_AUTH_ENABLED", "True")]).await
    }

    pub(crate) async fn with(extra: &[(&str, &str)]) -> Self {
        let azurite = Azurite::start().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let cosmos = CosmosEmulator::start(listener).expect("the Cosmos DB engine starts");
        let mut settings: HashMap<String, String> = extra
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect();
        settings.insert("ImageStorage".into(), azurite.connection_string());
        let account = format!("AccountEndpoint={};AccountKey=a2V5", cosmos.endpoint());
        settings.insert("CosmosDb".into(), account);
        let lookup = |key: &str| settings.get(key).cloned();

        let records = make_container(lookup).await;
        let storage = StorageConnection::from_settings("ImageStorage", lookup);
        let blobs = storage
            .and_then(|storage| storage.blobs())
            .expect("a Blob client");
        let renditions = blobs.blob_container_client("renditions");
        renditions
            .create(None)
            .await
            .expect("a container of renditions");

        let app = application(&settings);
        app.prepare_local_storage()
            .await
            .expect("a container of uploads");
        Self {
            router: router(Arc::clone(&app)),
            app,
            blobs,
            cosmos,
            records,
            settings,
            _azurite: azurite,
        }
    }

    /// Starts again with only what is in the stores, as after a restart, or like another instance.
    pub(crate) fn restart(&mut self) {
        self.app = application(&self.settings);
        self.router = router(Arc::clone(&self.app));
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Response<Body> {
        let answer = self.router.clone().oneshot(request).await;
        answer.expect("a router always answers")
    }

    /// Stores a record like the handler.
    pub(crate) async fn put_record(&self, record: &Record) {
        let id = record.id.as_str();
        let result = self
            .records
            .upsert_item(id.to_owned(), id, record, None)
            .await;
        result.expect("the engine accepts the record");
    }

    /// The stored record, which may be a tombstone.
    pub(crate) async fn record(&self, id: &str) -> Option<Record> {
        let read = self.records.read_item(id.to_owned(), id, None).await;
        read.ok()?.into_model().ok()
    }

    pub(crate) async fn put_blob(&self, container: &str, name: &str, bytes: impl Into<Bytes>) {
        let blob = self.blobs.blob_client(container, name);
        let result = blob.upload(bytes.into().into(), None).await;
        result.expect("Azurite accepts the blob");
    }

    /// Stores an original and returns its entity tag.
    pub(crate) async fn upload(&self, name: &str) -> String {
        let blob = self.blobs.blob_client("uploads", name);
        let written = blob.upload(Bytes::from("x").into(), None).await;
        let etag = written.expect("Azurite accepts the blob").etag;
        etag.expect("a new blob has an entity tag").to_string()
    }

    /// Stores a rendition that was made of a version of an original.
    pub(crate) async fn put_rendition(&self, path: &str, version: &str) {
        let version = metadata_value::encode(version).into_owned();
        let options = BlobClientUploadOptions {
            metadata: Some([(rendition_metadata::VERSION.to_owned(), version)].into()),
            ..Default::default()
        };
        let blob = self.blobs.blob_client("renditions", path);
        let result = blob.upload(Bytes::from("x").into(), Some(options)).await;
        result.expect("Azurite accepts the blob");
    }

    pub(crate) async fn blob(&self, container: &str, name: &str) -> Option<Bytes> {
        let response = self
            .blobs
            .blob_client(container, name)
            .download(None)
            .await
            .ok()?;
        Some(response.body.collect().await.expect("the blob's bytes"))
    }

    pub(crate) async fn blob_metadata(&self, name: &str) -> HashMap<String, String> {
        let blob = self.blobs.blob_client("uploads", name);
        let response = blob.download(None).await.expect("the blob");
        response.properties.metadata
    }

    /// Every original's name.
    pub(crate) async fn uploads(&self) -> Vec<String> {
        let container = self.blobs.blob_container_client("uploads");
        let blobs = container.list_blobs(None).expect("a listing");
        let names = blobs.map_ok(|blob| blob.name.unwrap_or_default());
        names.try_collect().await.expect("names")
    }

    /// The name of the only original.
    pub(crate) async fn only_upload(&self) -> BlobName {
        let mut names = self.uploads().await;
        assert_eq!(names.len(), 1, "{names:?}");
        BlobName::parse(names.remove(0)).expect("a name")
    }
}

fn application(settings: &HashMap<String, String>) -> Arc<App> {
    let lookup = |key: &str| settings.get(key).cloned();
    let typed = Settings::from_lookup(lookup).expect("settings");
    App::new(typed, lookup).expect("an application")
}

async fn make_container(lookup: impl Fn(&str) -> Option<String>) -> ContainerClient {
    let connection = CosmosConnection::from_settings("CosmosDb", lookup).expect("a connection");
    let account = connection.client().await.expect("Cosmos DB answers");
    account
        .create_database("darkroom", None)
        .await
        .expect("a database");
    let database = account.database_client("darkroom");
    let key = PartitionKeyDefinition::new(vec!["/id".into()]);
    let properties = ContainerProperties::new("images", key);
    database
        .create_container(properties, None)
        .await
        .expect("a container");
    database
        .container_client("images", None)
        .await
        .expect("a client")
}
