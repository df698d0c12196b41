//! Starts everything that `./dev run` starts, for one test.

mod plan;

use std::{collections::HashMap, net::SocketAddr};

use azure_data_cosmos::clients::ContainerClient;
use azure_storage_blob::{
    BlobServiceClient,
    models::{BlobClientGetPropertiesResultHeaders as _, BlobClientUploadOptions},
};
use azure_storage_queue::QueueServiceClient;
use bytes::Bytes;
use contract::RecordId;
use functions_dev_host::{CosmosEmulator, FaultProxy, Host, Options};
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(crate) use self::plan::{Mode, Plan, in_every_mode};
use super::{azurite::Azurite, eventually, script_root::ScriptRoot};

/// The id in the host's queue name and in the state of Event Grid.
const HOST_ID: &str = "tests";

pub(crate) struct Stack {
    pub(crate) host: Host,
    pub(crate) cosmos: CosmosEmulator,
    pub(crate) blobs: BlobServiceClient,
    pub(crate) queues: QueueServiceClient,
    /// The queues of the account that is the host's own.
    pub(crate) host_queues: QueueServiceClient,
    /// The settings by which a handler reaches the same storage and database.
    pub(crate) settings: HashMap<String, String>,
    /// The address where the host accepts requests.
    pub(crate) address: SocketAddr,
    /// The options for starting another host.
    pub(crate) options: Options,
    /// The proxy in front of Blob Storage, if the plan asked for one.
    pub(crate) proxy: Option<FaultProxy>,
    pub(crate) records: ContainerClient,
    pub(crate) azurite: Azurite,
    pub(crate) root: ScriptRoot,
}

/// What Event Grid has announced: each blob's name with its version at that time.
pub(crate) async fn announced(blobs: &BlobServiceClient) -> Option<Bytes> {
    subscribed(blobs, "ProcessUpload").await
}

/// What Event Grid has announced to one function.
async fn subscribed(blobs: &BlobServiceClient, function: &str) -> Option<Bytes> {
    let memory = format!("event-grid/{HOST_ID}/{function}/uploads.json");
    let blob = blobs.blob_client("azure-webjobs-hosts", &memory);
    let response = blob.download(None).await.ok()?;
    response.body.collect().await.ok()
}

/// The queue in which the host keeps what Event Grid has announced.
pub(crate) fn event_queue() -> String {
    format!("azure-webjobs-blobtrigger-{HOST_ID}")
}

impl Stack {
    pub(crate) async fn start() -> Self {
        Plan::new().start().await
    }

    pub(crate) async fn in_mode(mode: Mode) -> Self {
        Plan::in_mode(mode).start().await
    }

    /// Deploys a changed setting: the host ends, and another one starts in its place.
    pub(crate) async fn with_setting(mut self, name: &str, value: &str) -> Self {
        let setting = (name.to_owned(), value.to_owned());
        self.options.environment.push(setting);
        self.on_another_host().await
    }

    /// Loses the host with its handler, and starts another one in its place.
    pub(crate) async fn on_another_host(mut self) -> Self {
        drop(self.host);
        // The port is free once the tasks of the old host have ended.
        let listener = eventually("its old port", || async {
            TcpListener::bind(self.address).await.ok()
        })
        .await;
        let host = Host::start(self.options.clone(), listener).await;
        self.host = host.expect("the host starts");
        self
    }

    pub(crate) fn azurite_pid(&self) -> u32 {
        self.azurite.pid()
    }

    /// Another instance of the same function app, on the same Kafka.
    pub(crate) async fn another_host(&self, brokers: &str) -> Host {
        let mut options = Options::new(self.root.path());
        options.environment = self.settings.clone().into_iter().collect();
        let brokers = ("KAFKA_BROKERS".to_owned(), brokers.to_owned());
        options.environment.push(brokers);
        let status = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        Host::start(options, status).await.expect("the host starts")
    }

    /// Puts a blob into `uploads` and returns its entity tag.
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
            .expect("Azurite accepts the blob");
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

    /// Deletes a record without leaving a tombstone.
    pub(crate) async fn forget(&self, name: &str) {
        let id = RecordId::from_name(name);
        let delete = self
            .records
            .delete_item(id.as_str().to_owned(), id.as_str(), None);
        delete.await.expect("Cosmos DB deletes the record");
    }

    /// Stores a document unchanged.
    pub(crate) async fn store(&self, document: &Value) {
        let id = document["id"].as_str().expect("a document has an id");
        let write = self.records.upsert_item(id.to_owned(), id, document, None);
        write.await.expect("Cosmos DB accepts the document");
    }

    /// The database's answer to a query, sent directly. Clients that send a query to many
    /// partitions split it first, and the SDK cannot aggregate yet.
    pub(crate) async fn query(&self, sql: &str) -> Vec<Value> {
        let url = format!("{}dbs/darkroom/colls/images/docs", self.cosmos.endpoint());
        let request = reqwest::Client::new()
            .post(url)
            .header("Content-Type", "application/query+json")
            .header("x-ms-documentdb-isquery", "True")
            .header("x-ms-version", "2020-07-15")
            .body(json!({"query": sql, "parameters": []}).to_string());
        let response = request.send().await.expect("Cosmos DB answers");
        let status = response.status();
        let text = response.text().await.expect("the answer's text");
        assert!(status.is_success(), "{sql}: {status} {text}");
        let answer: Value = serde_json::from_str(&text).expect("rows are JSON");
        answer["Documents"].as_array().expect("rows").clone()
    }

    /// Puts a blob into a container, which is created if it does not exist.
    pub(crate) async fn put(&self, container: &str, name: &str, bytes: impl Into<Bytes>) {
        let container = self.blobs.blob_container_client(container);
        // It may exist already.
        let _ = container.create(None).await;
        let blob = container.blob_client(name);
        let write = blob.upload(bytes.into().into(), None);
        write.await.expect("Azurite accepts the blob");
    }

    pub(crate) async fn delete(&self, container: &str, name: &str) {
        let blob = self.blobs.blob_client(container, name);
        blob.delete(None).await.expect("Azurite deletes the blob");
    }

    /// A blob's address.
    pub(crate) fn uri(&self, container: &str, name: &str) -> String {
        let mut url = self.blobs.url().clone();
        url.set_query(None);
        format!("{}/{container}/{name}", url.as_str().trim_end_matches('/'))
    }

    /// Waits for a blob.
    pub(crate) async fn eventual_blob(&self, container: &str, name: &str) -> Bytes {
        // The host opens a blob, which empties it, before it fills it.
        let filled = async || {
            let blob = self.blob(container, name).await;
            blob.filter(|bytes| !bytes.is_empty())
        };
        eventually(name, filled).await
    }

    /// A blob's content type and cache control.
    pub(crate) async fn http_headers(&self, container: &str, name: &str) -> [Option<String>; 2] {
        let blob = self.blobs.blob_client(container, name);
        let answer = blob.get_properties(None).await.expect("the blob exists");
        [
            answer.content_type().expect("a header"),
            answer.cache_control().expect("a header"),
        ]
    }

    /// A blob's bytes, or nothing if it does not exist.
    pub(crate) async fn blob(&self, container: &str, name: &str) -> Option<Bytes> {
        let response = self
            .blobs
            .blob_client(container, name)
            .download(None)
            .await
            .ok()?;
        Some(response.body.collect().await.expect("the blob's bytes"))
    }

    /// The name of every blob in a container.
    pub(crate) async fn blob_names(&self, container: &str) -> Vec<String> {
        let blobs = self.blobs.blob_container_client(container).list_blobs(None);
        let Ok(blobs) = blobs else { return Vec::new() };
        let names: Result<Vec<_>, _> = blobs
            .map_ok(|blob| blob.name.unwrap_or_default())
            .try_collect()
            .await;
        // The container does not exist before something is written to it.
        names.unwrap_or_default()
    }

    /// The poison queue's messages, as sent.
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
