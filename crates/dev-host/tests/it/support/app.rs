//! A script root with one function, and its host.

use std::{collections::HashMap, fs, time::Duration};

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
use functions_dev_host::{EventGridOptions, Host, HostError, Options};
use futures::TryStreamExt as _;
use rustix::process::Pid;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::{Azurite, Call, Handler, Reply, eventually};

/// Describes an app; [`start`](Self::start) runs it.
pub(crate) struct AppBuilder {
    function: &'static str,
    trigger: Value,
    retry: Option<Value>,
    outputs: Vec<Value>,
    host_json: Value,
    settings: Vec<(String, String)>,
    container: String,
}

/// A running app.
pub(crate) struct App {
    pub(crate) root: TempDir,
    pub(crate) handler: Handler,
    /// The watched container, which only this test uses.
    pub(crate) container: String,
    environment: Vec<(String, String)>,
    function_timeout: Option<Duration>,
    require_keys: bool,
    pub(crate) restart_after_exit_0: bool,
    message_lease: Option<Duration>,
    event_grid: Option<EventGridOptions>,
    /// `http://127.0.0.1:{port}` of the running host.
    pub(crate) url: String,
    host: Option<Host>,
}

impl AppBuilder {
    /// The function `ProcessUpload`, triggered inline by the blobs of a new container.
    pub(crate) fn new() -> Self {
        let container = format!("uploads-{}", uuid::Uuid::new_v4().simple());
        Self {
            function: "ProcessUpload",
            trigger: json!({
                "name": "original", "type": "blobTrigger", "direction": "in",
                "path": format!("{container}/{{name}}"), "connection": "AzureWebJobsStorage",
                "dataType": "binary",
            }),
            retry: None,
            outputs: Vec::new(),
            host_json: json!({
                "version": "2.0",
                "customHandler": {"description": {"defaultExecutablePath": "handler"}},
            }),
            settings: Vec::new(),
            container,
        }
    }

    /// The function `ProcessMessage`, triggered by the topic `images` of the brokers that the
    /// setting `KAFKA_BROKERS` names.
    pub(crate) fn kafka() -> Self {
        Self {
            function: "ProcessMessage",
            trigger: json!({
                "name": "original", "type": "kafkaTrigger", "direction": "in",
                "topic": "images", "brokerList": "%KAFKA_BROKERS%", "consumerGroup": "darkroom",
                "cardinality": "ONE", "dataType": "binary",
            }),
            ..Self::new()
        }
    }

    /// The function `ProcessSink`, triggered by requests to `/api/ProcessSink`.
    pub(crate) fn http() -> Self {
        Self {
            function: "ProcessSink",
            trigger: json!({
                "name": "req", "type": "httpTrigger", "direction": "in",
                "authLevel": "function", "methods": ["post"],
            }),
            ..Self::new()
        }
        .output(json!({"name": "res", "type": "http", "direction": "out"}))
    }

    /// Blobs are announced by Event Grid, not found by a scan.
    pub(crate) fn event_grid(self) -> Self {
        self.trigger("source", "EventGrid".into())
    }

    /// The function `ProcessQueue`, triggered by the messages of the test's own queue.
    pub(crate) fn queue() -> Self {
        let builder = Self::new();
        let queue = builder.queue_name();
        Self {
            function: "ProcessQueue",
            trigger: json!({
                "name": "item", "type": "queueTrigger", "direction": "in",
                "queueName": queue, "connection": "AzureWebJobsStorage",
            }),
            ..builder
        }
    }

    /// Gives the function another trigger.
    pub(crate) fn triggered_by(mut self, trigger: Value) -> Self {
        self.trigger = trigger;
        self
    }

    /// The queue that the function of [`queue`](Self::queue) watches.
    pub(crate) fn queue_name(&self) -> String {
        self.container.replace("uploads-", "queue-")
    }

    /// Gives the function another name.
    pub(crate) fn named(mut self, function: &'static str) -> Self {
        self.function = function;
        self
    }

    /// Passes original requests to the handler.
    pub(crate) fn forwarding(mut self, property: &str) -> Self {
        self.host_json["customHandler"][property] = true.into();
        self
    }

    /// `extensions.kafka` of host.json. Sessions are short, so that nothing waits long for a killed
    /// host.
    pub(crate) fn kafka_rules(self, mut rules: Value) -> Self {
        rules["sessionTimeoutMs"] = 2_000.into();
        self.host_json("extensions", json!({"kafka": rules}))
    }

    pub(crate) fn retry(mut self, policy: Value) -> Self {
        self.retry = Some(policy);
        self
    }

    pub(crate) fn deferred(mut self) -> Self {
        self.trigger["properties"] = json!({"supportsDeferredBinding": true});
        self
    }

    pub(crate) fn trigger(mut self, property: &str, value: Value) -> Self {
        self.trigger[property] = value;
        self
    }

    pub(crate) fn container(&self) -> &str {
        &self.container
    }

    /// A blob output. The path is inside the test's own container `out-…`.
    pub(crate) fn blob(mut self, name: &str, path: &str) -> Self {
        let path = format!("{}/{path}", self.output_container());
        self.outputs.push(json!({
            "name": name, "type": "blob", "direction": "out", "path": path,
            "connection": "AzureWebJobsStorage",
        }));
        self
    }

    /// Another binding, which can also be an input.
    pub(crate) fn output(mut self, binding: Value) -> Self {
        self.outputs.push(binding);
        self
    }

    pub(crate) fn output_container(&self) -> String {
        output_container(&self.container)
    }

    pub(crate) fn host_json(mut self, section: &str, value: Value) -> Self {
        self.host_json[section] = value;
        self
    }

    pub(crate) fn setting(mut self, name: &str, value: impl Into<String>) -> Self {
        self.settings.push((name.to_owned(), value.into()));
        self
    }

    /// Writes the script root and creates the watched container, without starting the host.
    pub(crate) async fn build(self, play: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> App {
        let handler = Handler::start(play).await;
        let root = tempfile::tempdir().unwrap();
        let relay = env!("CARGO_BIN_EXE_relay-handler");
        std::os::unix::fs::symlink(relay, root.path().join("handler")).unwrap();
        let mut bindings = vec![self.trigger];
        bindings.extend(self.outputs);
        let mut values: HashMap<String, String> = self.settings.into_iter().collect();
        values.insert(
            "AzureWebJobsStorage".into(),
            Azurite::shared().connection_string(),
        );
        values.insert(
            "AzureFunctionsWebHost__hostid".into(),
            host_id(&self.container),
        );
        values.insert("RELAY_TO".into(), handler.address.to_string());
        let function_json = format!("{}/function.json", self.function);
        fs::create_dir(root.path().join(self.function)).unwrap();
        for (file, json) in [
            ("host.json", self.host_json),
            ("local.settings.json", json!({"Values": values})),
            (
                function_json.as_str(),
                json!({"bindings": bindings, "retry": self.retry}),
            ),
        ] {
            fs::write(root.path().join(file), json.to_string()).unwrap();
        }
        let app = App {
            root,
            handler,
            container: self.container,
            environment: Vec::new(),
            function_timeout: None,
            require_keys: false,
            restart_after_exit_0: false,
            message_lease: None,
            event_grid: None,
            url: String::new(),
            host: None,
        };
        app.uploads().create(None).await.unwrap();
        app
    }

    pub(crate) async fn start(self, play: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> App {
        let mut app = self.build(play).await;
        app.start().await;
        app
    }
}

/// The host's id. It cannot be longer, because it becomes part of a queue's name.
fn host_id(container: &str) -> String {
    container.replace("uploads-", "")
}

fn output_container(container: &str) -> String {
    container.replace("uploads-", "out-")
}

impl App {
    /// Starts or restarts the host.
    pub(crate) async fn start(&mut self) {
        let (url, host) = self.host_at_new_port().await;
        self.url = url;
        self.host = Some(host.unwrap());
    }

    /// Starts a host that may fail to start.
    pub(crate) async fn try_start(&self) -> Result<Host, HostError> {
        self.host_at_new_port().await.1
    }

    async fn host_at_new_port(&self) -> (String, Result<Host, HostError>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut options = Options::new(self.root.path());
        options.require_keys = self.require_keys;
        options.restart_after_exit_0 = self.restart_after_exit_0;
        options.event_grid.clone_from(&self.event_grid);
        if let Some(lease) = self.message_lease {
            options.message_lease = lease;
        }
        options.environment.clone_from(&self.environment);
        options.scan_interval = Duration::from_millis(50);
        options.retry_delay = Duration::from_millis(10);
        options.function_timeout = self.function_timeout;
        (url, Host::start(options, listener).await)
    }

    pub(crate) fn with_function_timeout(mut self, limit: Duration) -> Self {
        self.function_timeout = Some(limit);
        self
    }

    /// Makes the host itself announce new blobs.
    pub(crate) fn with_event_grid(mut self, options: EventGridOptions) -> Self {
        self.event_grid = Some(options);
        self
    }

    /// Waits until the subscription of this app remembers its container.
    pub(crate) async fn subscribed(&self) {
        self.remembered(&self.subscription()).await;
    }

    fn subscription(&self) -> String {
        format!("{}/ProcessUpload", host_id(&self.container))
    }

    /// Waits until a subscription of this name remembers this app's container, and returns what it
    /// remembers.
    pub(crate) async fn remembered(&self, subscription: &str) -> Value {
        let name = format!("event-grid/{subscription}/{}.json", self.container);
        let hosts = blob_service().blob_container_client("azure-webjobs-hosts");
        eventually("event subscription", || async {
            let download = hosts.blob_client(&name).download(None).await.ok()?;
            let body = download.body.collect().await.ok()?;
            serde_json::from_slice(&body).ok()
        })
        .await
    }

    /// Waits until this blob is remembered as announced.
    pub(crate) async fn announced(&self, blob: &str) {
        eventually("announcement", || async {
            let remembered = self.remembered(&self.subscription()).await;
            remembered.get(blob).cloned()
        })
        .await;
    }

    /// Makes the messages of a killed host visible again after this time.
    pub(crate) fn with_message_lease(mut self, lease: Duration) -> Self {
        self.message_lease = Some(lease);
        self
    }

    pub(crate) fn with_required_keys(mut self) -> Self {
        self.require_keys = true;
        self
    }

    pub(crate) fn host(&mut self) -> &mut Host {
        self.host.as_mut().unwrap()
    }

    pub(crate) fn handler_pid(&self) -> Option<Pid> {
        let pid = self.host.as_ref()?.handler_pid()?;
        Pid::from_raw(pid.try_into().ok()?)
    }

    /// Ends the host in an orderly way.
    pub(crate) async fn stop_host(&mut self) {
        self.host.take().unwrap().stop().await;
    }

    /// Ends the host as abruptly as is possible inside the test's process.
    pub(crate) fn drop_host(&mut self) {
        self.host = None;
    }

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
