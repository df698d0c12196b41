//! Everything that `./dev run` starts, for one test.

use std::{collections::HashMap, time::Duration};

use azure_data_cosmos::clients::ContainerClient;
use azure_storage_blob::{BlobServiceClient, models::BlobClientUploadOptions};
use azure_storage_queue::QueueServiceClient;
use bytes::Bytes;
use connections::{CosmosConnection, StorageConnection};
use contract::RecordId;
use dev_host::{CosmosEmulator, Host, Options};
use futures::TryStreamExt as _;
use serde_json::Value;
use tokio::net::TcpListener;

use super::{azurite::Azurite, eventually, script_root::ScriptRoot};

/// A script root to be changed before the stack starts on it.
pub(crate) struct Plan {
    pub(crate) root: ScriptRoot,
    pub(crate) settings: HashMap<String, String>,
    pub(crate) retry_delay: Duration,
}

pub(crate) struct Stack {
    pub(crate) host: Host,
    pub(crate) cosmos: CosmosEmulator,
    pub(crate) blobs: BlobServiceClient,
    pub(crate) queues: QueueServiceClient,
    records: ContainerClient,
    _azurite: Azurite,
    _root: ScriptRoot,
}

impl Plan {
    pub(crate) fn new() -> Self {
        Self {
            root: ScriptRoot::new(),
            settings: HashMap::new(),
            retry_delay: Duration::from_millis(200),
        }
    }

    pub(crate) async fn start(self) -> Stack {
        let azurite = Azurite::start().await;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener
            .set_nonblocking(true)
            .expect("a listener without blocking");
        let cosmos = CosmosEmulator::start(TcpListener::from_std(listener).expect("a listener"))
            .expect("the Cosmos DB engine starts");
        let mut settings = self.settings;
        settings.insert("AzureWebJobsStorage".into(), azurite.connection_string());
        settings.insert(
            "CosmosDb".into(),
            format!("AccountEndpoint={};AccountKey=a2V5", cosmos.endpoint()),
        );
        let lookup = |key: &str| settings.get(key).cloned();
        let storage = StorageConnection::from_settings("AzureWebJobsStorage", lookup)
            .expect("a storage connection");
        let blobs = storage.blobs().expect("a Blob client");
        let uploads = blobs.blob_container_client("uploads");
        uploads
            .create(None)
            .await
            .expect("an empty account has no containers");
        let account = CosmosConnection::from_settings("CosmosDb", lookup).expect("a connection");

        let mut options = Options::new(self.root.path());
        options.environment = settings.into_iter().collect();
        options.scan_interval = Duration::from_millis(100);
        options.retry_delay = self.retry_delay;
        let status = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let host = Host::start(options, status).await.expect("the host starts");
        let records = account
            .client()
            .await
            .expect("Cosmos DB answers")
            .database_client("darkroom")
            .container_client("images", None)
            .await
            .expect("the host made the container");
        Stack {
            host,
            cosmos,
            blobs,
            queues: storage.queues().expect("a Queue client"),
            records,
            _azurite: azurite,
            _root: self.root,
        }
    }
}

impl Stack {
    pub(crate) async fn start() -> Self {
        Plan::new().start().await
    }

    /// Puts a blob into `uploads` and gives its entity tag.
    pub(crate) async fn upload(&self, name: &str, bytes: impl Into<Bytes>) -> String {
        self.upload_with(name, bytes, &[]).await
    }

    pub(crate) async fn upload_with(
        &self,
        name: &str,
        bytes: impl Into<Bytes>,
        metadata: &[(&str, &str)],
    ) -> String {
        let metadata = metadata
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect::<HashMap<_, _>>();
        let options = BlobClientUploadOptions {
            blob_content_type: Some("image/jpeg".into()),
            metadata: Some(metadata),
            ..Default::default()
        };
        let result = self
            .blobs
            .blob_client("uploads", name)
            .upload(bytes.into().into(), Some(options))
            .await
            .expect("Azurite takes the blob");
        result
            .etag
            .expect("a new blob has an entity tag")
            .to_string()
    }

    /// The record as it is now.
    pub(crate) async fn record(&self, name: &str) -> Option<Value> {
        let id = RecordId::from_name(name);
        let response = self
            .records
            .read_item(id.as_str().to_owned(), id.as_str(), None)
            .await
            .ok()?;
        Some(response.into_model().expect("a record is JSON"))
    }

    /// Waits for the record about exactly the upload with this entity tag.
    pub(crate) async fn record_of(&self, name: &str, etag: &str) -> Value {
        eventually(&format!("the record of {name}"), || async {
            self.record(name)
                .await
                .filter(|record| record["source"]["etag"] == etag)
        })
        .await
    }

    /// Waits for any record of that name.
    pub(crate) async fn any_record(&self, name: &str) -> Value {
        eventually(&format!("the record of {name}"), || self.record(name)).await
    }

    /// A blob's bytes, or nothing where there is none.
    pub(crate) async fn blob(&self, container: &str, name: &str) -> Option<Bytes> {
        let response = self
            .blobs
            .blob_client(container, name)
            .download(None)
            .await
            .ok()?;
        Some(response.body.collect().await.expect("the blob's bytes"))
    }

    /// Every blob's name in a container.
    pub(crate) async fn blob_names(&self, container: &str) -> Vec<String> {
        let blobs = self.blobs.blob_container_client(container).list_blobs(None);
        let Ok(blobs) = blobs else { return Vec::new() };
        let names: Result<Vec<_>, _> = blobs
            .map_ok(|blob| blob.name.unwrap_or_default())
            .try_collect()
            .await;
        // A container that nobody wrote to does not exist.
        names.unwrap_or_default()
    }

    /// The poison queue's messages, as they were sent.
    pub(crate) async fn poison(&self) -> Vec<Value> {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let queue = self
            .queues
            .queue_client("webjobs-blobtrigger-poison")
            .expect("a queue's name");
        let Ok(response) = queue.peek_messages(None).await else {
            return Vec::new();
        };
        let messages = response.into_model().expect("a list of messages");
        messages
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|message| {
                let text = message.message_text.expect("a message has a text");
                let json = STANDARD
                    .decode(text)
                    .expect("the host encodes messages as base64");
                serde_json::from_slice(&json).expect("a poison message is JSON")
            })
            .collect()
    }
}
