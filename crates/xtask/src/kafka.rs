//! Sends Kafka messages with the program that has librdkafka built in: `functions-dev-host
//! produce`.

use std::process::Stdio;

use anyhow::{Context, Result};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{DeadLetterHeader, names};
use serde::{Deserialize, Serialize};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Mutex,
};

use crate::{
    settings::Settings,
    stack::host,
    workspace::{self, Profile},
};

/// A cluster and the topic of images.
pub(crate) struct Cluster {
    pub(crate) brokers: String,
    pub(crate) topic: String,
    /// Whether it is the one inside the local Functions host, which keeps only a few messages.
    pub(crate) embedded: bool,
}

/// One message in the form that `functions-dev-host produce` reads.
#[derive(Debug, Serialize)]
pub(crate) struct Message {
    pub(crate) topic: String,
    pub(crate) key: Option<String>,
    pub(crate) headers: Vec<DeadLetterHeader>,
    /// Base64.
    pub(crate) value: String,
}

/// The position of a message.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(crate) struct Place {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    pub(crate) offset: i64,
}

/// A running `functions-dev-host produce`.
pub(crate) struct Producer {
    pipes: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    /// The process is killed when this is dropped.
    _process: Child,
}

impl Cluster {
    /// The cluster of the setting `KAFKA_BROKERS`, otherwise the one inside the Functions host that
    /// `./dev run` started on `host_port`.
    pub(crate) async fn find(host_port: u16) -> Result<Self> {
        let settings = Settings::read(&workspace::root().join("local.settings.json"))?;
        Self::of(&settings, host_port).await
    }

    /// The same, with given settings.
    pub(crate) async fn of(settings: &Settings, host_port: u16) -> Result<Self> {
        let topic = settings.lookup("KAFKA_TOPIC");
        let topic = topic.unwrap_or_else(|| names::TOPIC.to_owned());
        if let Some(brokers) = settings.lookup("KAFKA_BROKERS") {
            return Ok(Self {
                brokers,
                topic,
                embedded: false,
            });
        }
        let status = host::status(host_port).await.with_context(|| {
            format!(
                "there is no Kafka: KAFKA_BROKERS is not set, and no Functions host answers at \
                 port {host_port}; start Darkroom with `./dev run`"
            )
        })?;
        let brokers = status["kafkaBrokers"].as_str().context(
            "the Functions host does not serve Kafka, because it uses other brokers: set \
             KAFKA_BROKERS",
        )?;
        Ok(Self {
            brokers: brokers.to_owned(),
            topic,
            embedded: true,
        })
    }

    /// Builds and starts the producer. It reads user and password from the environment.
    pub(crate) fn producer(&self) -> Result<Producer> {
        workspace::build(Profile::Dev, &workspace::STACK)?;
        let mut command = Command::new(workspace::binary(Profile::Dev, "functions-dev-host"));
        let mut process = command
            .arg("produce")
            .env("KAFKA_BROKERS", &self.brokers)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .context("functions-dev-host cannot be started")?;
        let pipes = process.stdin.take().zip(process.stdout.take());
        let (stdin, stdout) = pipes.context("functions-dev-host has no pipes")?;
        Ok(Producer {
            pipes: Mutex::new((stdin, BufReader::new(stdout).lines())),
            _process: process,
        })
    }
}

impl Producer {
    /// Sends a message and waits until the broker has it.
    pub(crate) async fn send(&self, message: &Message) -> Result<Place> {
        let mut line = serde_json::to_vec(message)?;
        line.push(b'\n');
        let (stdin, stdout) = &mut *self.pipes.lock().await;
        // The producer says on standard error why it ends.
        let ended = "the message was not accepted";
        stdin.write_all(&line).await.context(ended)?;
        let place = stdout.next_line().await?.context(ended)?;
        Ok(serde_json::from_str(&place)?)
    }
}

/// A header of a message.
pub(crate) fn header(key: &str, value: &str) -> DeadLetterHeader {
    DeadLetterHeader {
        key: key.to_owned(),
        value: Some(STANDARD.encode(value)),
    }
}
