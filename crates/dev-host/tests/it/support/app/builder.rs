//! Describes an app before it runs.

use std::{collections::HashMap, fs};

use serde_json::{Value, json};

use super::App;
use crate::support::{Azurite, Call, Handler, Reply};

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
pub(super) fn host_id(container: &str) -> String {
    container.replace("uploads-", "")
}

pub(super) fn output_container(container: &str) -> String {
    container.replace("uploads-", "out-")
}
