//! What a test's stack is made of, and how it starts.

use std::{collections::HashMap, time::Duration};

use connections::{CosmosConnection, StorageConnection};
use functions_dev_host::{
    CosmosEmulator, EventGridOptions, EventSubscription, FaultProxy, Host, Options,
};
use serde_json::json;
use tokio::net::TcpListener;

use super::{HOST_ID, Stack, announced, subscribed};
use crate::support::{azurite::Azurite, eventually, script_root::ScriptRoot};

/// How uploads reach the handler, and how its results are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// The host scans the container and writes the outputs.
    Bindings,
    /// The host scans the container, and the handler writes.
    Direct,
    /// Event Grid announces each upload, and the handler writes, as in a deployment.
    Deployed,
}

/// Makes three tests of each function, one for each [`Mode`].
macro_rules! in_every_mode {
    ($($test:ident),* $(,)?) => {$(
        mod $test {
            use crate::support::stack::Mode;

            #[tokio::test]
            async fn bindings() {
                super::$test(Mode::Bindings).await;
            }

            #[tokio::test]
            async fn direct() {
                super::$test(Mode::Direct).await;
            }

            #[tokio::test]
            async fn deployed() {
                super::$test(Mode::Deployed).await;
            }
        }
    )*};
}

pub(crate) use in_every_mode;

/// A script root that can be changed before the stack starts with it.
pub(crate) struct Plan {
    pub(crate) root: ScriptRoot,
    pub(crate) settings: HashMap<String, String>,
    pub(crate) retry_delay: Duration,
    /// Event Grid, for functions whose trigger has the source `EventGrid`.
    pub(crate) event_grid: Option<EventGridOptions>,
    /// How long a message being handled stays hidden after its host was lost.
    pub(crate) message_lease: Duration,
    /// Whether host and handler reach Blob Storage through a proxy that can inject faults.
    pub(crate) proxied: bool,
}

impl Plan {
    pub(crate) fn new() -> Self {
        Self {
            root: ScriptRoot::new(),
            // No broker is part of this stack.
            settings: HashMap::from([
                (
                    "AzureWebJobs.ProcessMessage.Disabled".to_owned(),
                    "true".to_owned(),
                ),
                (
                    "AzureWebJobs.PublishEvents.Disabled".to_owned(),
                    "true".to_owned(),
                ),
                (
                    "AzureWebJobs.RetryUpload.Disabled".to_owned(),
                    "true".to_owned(),
                ),
            ]),
            retry_delay: Duration::from_millis(200),
            event_grid: None,
            message_lease: Duration::from_mins(10),
            proxied: false,
        }
    }

    /// Sets how uploads arrive and how results are delivered.
    pub(crate) fn in_mode(mode: Mode) -> Self {
        let mut plan = Self::new();
        if mode != Mode::Bindings {
            plan.settings
                .insert("DARKROOM_DELIVERY".to_owned(), "direct".to_owned());
        }
        if mode == Mode::Deployed {
            plan.root.edit("ProcessUpload/function.json", |json| {
                json["bindings"][0]["source"] = "EventGrid".into();
            });
            plan.event_grid = Some(EventGridOptions {
                scan_interval: Duration::from_millis(50),
                retry_delay: Duration::from_millis(200),
                ..EventGridOptions::default()
            });
        }
        plan
    }

    /// Retries every second what the host gave up.
    pub(crate) fn retry_parked(&mut self) {
        self.settings.remove("AzureWebJobs.RetryUpload.Disabled");
        self.look_at_queues_often();
    }

    /// Makes runs of reprocessing begin within a second.
    pub(crate) fn look_at_queues_often(&mut self) {
        self.root.edit("host.json", |json| {
            json["extensions"]["queues"]["visibilityTimeout"] = "00:00:01".into();
            json["extensions"]["queues"]["maxPollingInterval"] = "00:00:01".into();
        });
    }

    /// Starts no triggers: a test calls the handler itself.
    pub(crate) fn without_triggers() -> Self {
        let mut plan = Self::new();
        for function in ["ProcessUpload", "RetryUpload"] {
            let setting = format!("AzureWebJobs.{function}.Disabled");
            plan.settings.insert(setting, "true".to_owned());
        }
        plan
    }

    /// Lets the local host serve Kafka, without TLS and passwords.
    pub(crate) fn with_kafka() -> Self {
        let mut plan = Self::new();
        plan.settings.remove("AzureWebJobs.ProcessMessage.Disabled");
        plan.settings
            .insert("KAFKA_TOPIC".to_owned(), "images".to_owned());
        plan.root.edit("ProcessMessage/function.json", |json| {
            let trigger = json["bindings"][0].as_object_mut().expect("a trigger");
            for property in ["authenticationMode", "username", "password"] {
                trigger.remove(property);
            }
            trigger["protocol"] = "plaintext".into();
        });
        plan
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
        settings.insert(
            "CosmosDb".into(),
            format!("AccountEndpoint={};AccountKey=a2V5", cosmos.endpoint()),
        );
        settings.insert("AzureFunctionsWebHost__hostid".into(), HOST_ID.into());
        let storage = account(&azurite.images(azurite.blob_port()));
        let host_storage = account(&azurite.host(azurite.blob_port()));
        let proxy = if self.proxied {
            let proxy = FaultProxy::start(azurite.blob_address())
                .await
                .expect("a proxy before Blob Storage");
            Some(proxy)
        } else {
            None
        };
        let blob_port = proxy
            .as_ref()
            .map_or(azurite.blob_port(), |proxy| proxy.address().port());
        settings.insert("ImageStorage".into(), azurite.images(blob_port));
        settings.insert("AzureWebJobsStorage".into(), azurite.host(blob_port));
        let lookup = |key: &str| settings.get(key).cloned();
        let blobs = storage.blobs().expect("a Blob client");
        let uploads = blobs.blob_container_client("uploads");
        uploads
            .create(None)
            .await
            .expect("an empty account has no containers");
        let account = CosmosConnection::from_settings("CosmosDb", lookup).expect("a connection");

        let mut options = Options::new(self.root.path());
        options.environment = settings.clone().into_iter().collect();
        options.scan_interval = Duration::from_millis(100);
        options.retry_delay = self.retry_delay;
        options.message_lease = self.message_lease;
        if self.event_grid.is_some() {
            options.event_subscriptions = vec![deletions()];
        }
        options.event_grid = self.event_grid;
        make_database(&cosmos).await;
        let status = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = status.local_addr().expect("a bound socket");
        let host = Host::start(options.clone(), status)
            .await
            .expect("the host starts");
        let records = account
            .client()
            .await
            .expect("Cosmos DB answers")
            .database_client("darkroom")
            .container_client("images", None)
            .await
            .expect("the container exists");
        let stack = Stack {
            host,
            cosmos,
            blobs,
            queues: storage.queues().expect("a Queue client"),
            host_queues: host_storage.queues().expect("a Queue client"),
            settings,
            address,
            options,
            proxy,
            records,
            azurite,
            root: self.root,
        };
        if stack.options.event_grid.is_some() {
            // What exists at a subscription's first look is not announced.
            eventually("the subscription to uploads", || announced(&stack.blobs)).await;
            eventually("the subscription to deletions", || {
                subscribed(&stack.blobs, "RemoveImage")
            })
            .await;
        }
        stack
    }
}

/// The subscription to deletions, as the deployment makes it.
fn deletions() -> EventSubscription {
    "RemoveImage=ImageStorage/uploads:Microsoft.Storage.BlobDeleted"
        .parse()
        .expect("a subscription")
}

fn account(connection: &str) -> StorageConnection {
    StorageConnection::from_settings("storage", |_: &str| Some(connection.to_owned()))
        .expect("a storage connection")
}

/// Creates the database and its containers, as the deployment does.
async fn make_database(cosmos: &CosmosEmulator) {
    let client = reqwest::Client::new();
    let endpoint = cosmos.endpoint();
    for (url, body) in [
        (format!("{endpoint}dbs"), json!({"id": "darkroom"})),
        (
            format!("{endpoint}dbs/darkroom/colls"),
            json!({"id": "images", "partitionKey": {"paths": ["/id"], "kind": "Hash"}}),
        ),
        (
            format!("{endpoint}dbs/darkroom/colls"),
            json!({"id": "leases", "partitionKey": {"paths": ["/id"], "kind": "Hash"}}),
        ),
    ] {
        let request = client
            .post(url)
            .header("Content-Type", "application/json")
            .header("x-ms-version", "2020-07-15")
            .body(body.to_string());
        let response = request.send().await.expect("Cosmos DB answers");
        assert!(response.status().is_success(), "{response:?}");
    }
}
