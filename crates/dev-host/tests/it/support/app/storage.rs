//! The blobs and queues of an app.

use axum::body::Bytes;
use azure_core::http::RequestContent;
use azure_storage_blob::{BlobClient, BlobContainerClient, BlobServiceClient};
use azure_storage_queue::{
    QueueClient,
    models::{
        QueueClientGetPropertiesResultHeaders as _, QueueClientPeekMessagesOptions, QueueMessage,
    },
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use connections::StorageConnection;
use futures::TryStreamExt as _;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use super::{
    App,
    builder::{host_id, output_container},
};
use crate::support::{Azurite, Call, eventually};

impl App {
    pub(crate) fn uploads(&self) -> BlobContainerClient {
        blob_service().blob_container_client(&self.container)
    }

    /// The container that the outputs of [`AppBuilder::blob`] go to.
    pub(crate) fn out(&self) -> BlobContainerClient {
        blob_service().blob_container_client(&output_container(&self.container))
    }

    /// Announces a blob of this app as Event Grid does, and returns the status of the answer.
    pub(crate) async fn announce(&self, name: &str) -> u16 {
        let url = format!(
            "{}/{}/{name}",
            Azurite::shared().blob_endpoint(),
            self.container
        );
        let event = json!([{
            "eventType": "Microsoft.Storage.BlobCreated",
            "data": {"url": url, "eTag": "0x1", "blobType": "BlockBlob"},
        }]);
        let webhook = format!(
            "{}/runtime/webhooks/blobs?functionName=Host.Functions.ProcessUpload",
            self.url
        );
        let request = reqwest::Client::new()
            .post(webhook)
            .header("aeg-event-type", "Notification")
            .body(event.to_string());
        request.send().await.unwrap().status().as_u16()
    }

    pub(crate) async fn upload(&self, name: &str, content: &'static [u8]) {
        self.uploads()
            .blob_client(name)
            .upload(Bytes::from_static(content).into(), None)
            .await
            .unwrap();
    }

    /// Uploads with exactly the given headers, in the given case.
    pub(crate) async fn upload_raw(&self, name: &str, headers: &str, content: &str) {
        let blob = self.uploads().blob_client(name);
        let url = blob.url();
        let address = url.socket_addrs(|| None).unwrap()[0];
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = format!(
            "PUT {} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\nx-ms-version: 2021-12-02\r\n\
             x-ms-blob-type: BlockBlob\r\ncontent-length: {}\r\n{headers}\r\n\r\n{content}",
            path_and_query(url),
            content.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).await.unwrap();
        assert!(response.starts_with("HTTP/1.1 201"), "{response}");
    }

    /// Waits until the handler has been called this many times.
    pub(crate) async fn calls(&self, count: usize) -> Vec<Call> {
        eventually(&format!("call number {count}"), || async {
            Some(self.handler.calls()).filter(|calls| calls.len() >= count)
        })
        .await
    }

    /// The blobs for which the handler has been called so far.
    pub(crate) fn called_blobs(&self) -> Vec<String> {
        self.handler.calls().iter().map(Call::blob_name).collect()
    }

    /// Waits for the content of an output blob, which is empty at first.
    pub(crate) async fn output(&self, name: &str) -> Vec<u8> {
        eventually(&format!("output {name}"), || async {
            let content = self.output_now(name).await;
            content.filter(|content| !content.is_empty())
        })
        .await
    }

    /// The present content of an output blob.
    pub(crate) async fn output_now(&self, name: &str) -> Option<Vec<u8>> {
        let blob = self.out().blob_client(name);
        let download = blob.download(None).await.ok()?;
        Some(download.body.collect().await.unwrap().to_vec())
    }

    /// Waits until this many versions of this app's blobs have receipts, and returns the receipts.
    pub(crate) async fn receipts(&self, count: usize) -> Vec<String> {
        eventually(&format!("receipt number {count}"), || async {
            Some(self.receipts_now().await).filter(|receipts| receipts.len() >= count)
        })
        .await
    }

    pub(crate) async fn receipts_now(&self) -> Vec<String> {
        let hosts = blob_service().blob_container_client("azure-webjobs-hosts");
        let names: Result<Vec<_>, _> = hosts
            .list_blobs(None)
            .unwrap()
            .map_ok(|blob| blob.name.unwrap())
            .try_collect()
            .await;
        names
            .unwrap_or_default()
            .into_iter()
            .filter(|name| name.contains(&self.container))
            .collect()
    }

    fn timer_blob(&self, function: &str) -> BlobClient {
        let id = host_id(&self.container);
        let name = format!("timers/{id}/Host.Functions.{function}/status");
        let hosts = blob_service().blob_container_client("azure-webjobs-hosts");
        hosts.blob_client(&name)
    }

    /// Waits for the status of a timer that has been called at least once, or that exists.
    pub(crate) async fn timer_status(&self, function: &str) -> Value {
        self.timer_status_after(function, "0001-01-01T00:00:00+00:00")
            .await
    }

    /// Waits for a status of a timer whose next time is later than this.
    pub(crate) async fn timer_status_after(&self, function: &str, next: &str) -> Value {
        let blob = self.timer_blob(function);
        eventually("timer status", || async {
            let download = blob.download(None).await.ok()?;
            let body = download.body.collect().await.ok()?;
            let status: Value = serde_json::from_slice(&body).ok()?;
            (status["Next"].as_str()? > next).then_some(status)
        })
        .await
    }

    pub(crate) async fn write_timer_status(&self, function: &str, status: &Value) {
        let content = Bytes::from(status.to_string());
        let blob = self.timer_blob(function);
        blob.upload(content.into(), None).await.unwrap();
    }

    /// How many messages about blobs are in the queue behind the webhook, including hidden ones.
    pub(crate) async fn queued_blobs(&self) -> Option<i64> {
        let name = format!("azure-webjobs-blobtrigger-{}", host_id(&self.container));
        let properties = queue(&name).get_properties(None).await.ok()?;
        properties.approximate_messages_count().ok()?
    }

    /// Waits for this many poison messages about this app's blobs.
    pub(crate) async fn poison_messages(&self, count: usize) -> Vec<Value> {
        let queue = queue("webjobs-blobtrigger-poison");
        eventually(&format!("poison message number {count}"), || async {
            let messages = peek(&queue).await;
            let own: Vec<_> = messages
                .into_iter()
                .filter(|message| message["ContainerName"] == self.container)
                .collect();
            Some(own).filter(|messages| messages.len() >= count)
        })
        .await
    }
}

fn path_and_query(url: &azure_core::http::Url) -> String {
    format!("{}?{}", url.path(), url.query().unwrap_or_default())
}

/// A client for the whole account.
pub(crate) fn blob_service() -> BlobServiceClient {
    storage().blobs().unwrap()
}

pub(crate) fn storage() -> StorageConnection {
    StorageConnection::from_settings("Storage", |name| {
        (name == "Storage").then(|| Azurite::shared().connection_string())
    })
    .unwrap()
}

/// A queue of the account.
pub(crate) fn queue(name: &str) -> QueueClient {
    storage().queues().unwrap().queue_client(name).unwrap()
}

/// Puts a text into a queue unchanged.
pub(crate) async fn send(queue: &QueueClient, text: &str) {
    let message = QueueMessage {
        message_text: Some(text.to_owned()),
    };
    let message: RequestContent<_, _> = message.try_into().unwrap();
    queue.send_message(message, None).await.unwrap();
}

/// The texts in a queue, which stay there. There are none if the queue does not exist.
pub(crate) async fn texts(queue: &QueueClient) -> Vec<String> {
    let options = QueueClientPeekMessagesOptions {
        number_of_messages: Some(32),
        ..Default::default()
    };
    let Ok(response) = queue.peek_messages(Some(options)).await else {
        return Vec::new();
    };
    let messages = response.into_model().unwrap().items.unwrap_or_default();
    let texts = messages
        .into_iter()
        .map(|message| STANDARD.decode(message.message_text.unwrap()).unwrap());
    texts.map(|text| String::from_utf8(text).unwrap()).collect()
}

async fn peek(queue: &QueueClient) -> Vec<Value> {
    let texts = texts(queue).await;
    texts
        .iter()
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}
