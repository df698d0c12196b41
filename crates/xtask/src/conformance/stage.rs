//! The environment of the cases: storage, the database and a broker, which keep running, and a
//! host.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use tokio::{process::Command, time::sleep};

use super::folder;
use crate::{
    ports::Ports,
    stack::{Part, Stack, azurite, host, listening},
};

/// The topics of the functions. Each has one partition, as when they were recorded.
const TOPICS: [&str; 8] = [
    "plain", "string", "binary", "many", "one", "retry", "fail", "out",
];
/// The end of the line in which the broker says where it listens.
const LISTENS: &str = "listens on ";

/// Everything that the cases need.
pub(super) struct Stage {
    /// functions-dev-host, which also serves the database and the broker.
    program: PathBuf,
    services: Stack,
    host: Option<Part>,
    kafka: String,
    work: PathBuf,
}

impl Stage {
    /// Starts the services on their usual ports, which the cases name.
    pub(super) async fn set(program: PathBuf, work: &Path) -> Result<Self> {
        let ports = Ports::default();
        ports.ensure_free()?;
        let mut services = Stack::default();
        let storage = [ports.blob_port, ports.queue_port, ports.table_port];
        services
            .add(azurite::start(&ports)?, listening(&storage))
            .await?;
        let service = |name, arguments: &[&str], output: Stdio| {
            let mut command = Command::new(&program);
            command.args(arguments).stdout(output);
            Part::start(name, command)
        };
        let cosmos = service("Cosmos DB", &["cosmos"], Stdio::null())?;
        services
            .add(cosmos, listening(&[ports.cosmos_port]))
            .await?;
        let log = work.join("kafka.log");
        let topics = TOPICS.map(|topic| format!("--topic=wire-k-{topic}"));
        let arguments: Vec<_> = std::iter::once("kafka")
            .chain(topics.iter().map(String::as_str))
            .collect();
        let kafka = service("Kafka", &arguments, fs::File::create(&log)?.into())?;
        let mut brokers = String::new();
        let found = async { brokers = address(&log).await };
        services.add(kafka, found).await?;
        let stage = Self {
            program,
            services,
            host: None,
            kafka: brokers,
            work: work.to_owned(),
        };
        let prepared = stage.script("prepare.mjs").status().await;
        ensure!(
            prepared.context("node cannot be started")?.success(),
            "the containers and queues of the cases cannot be made"
        );
        Ok(stage)
    }

    /// Starts the host on one of the recorded apps.
    pub(super) async fn serve(&mut self, app: &str) -> Result<()> {
        let script_root = self.work.join(app);
        for records in ["records.jsonl", "records.jsonl.answers"] {
            // The first host finds no file.
            let _ = fs::remove_file(self.work.join(records));
        }
        let laid_out = self.script("app.mjs").arg(app).arg(&script_root).status();
        ensure!(
            laid_out.await.context("node cannot be started")?.success(),
            "the app {app} cannot be prepared"
        );
        let log = fs::File::create(self.log())?;
        let mut command = Command::new(&self.program);
        command
            .args(["start", "--require-keys", "--no-event-grid", "--no-cosmos"])
            .arg("--script-root")
            .arg(script_root)
            .env("RECORDS", self.records())
            .stderr(log.try_clone()?)
            .stdout(log);
        let mut host = Part::start("The Functions host", command)?;
        let port = Ports::default().host_port;
        tokio::select! {
            death = host.death() => {
                anyhow::bail!("{death}: see {}", self.log().display());
            }
            () = host::running(port) => {}
        }
        self.host = Some(host);
        Ok(())
    }

    pub(super) async fn stop_serving(&mut self) {
        if let Some(host) = self.host.take() {
            host.stop().await;
        }
    }

    /// Stops everything.
    pub(super) async fn clear(mut self) {
        self.stop_serving().await;
        self.services.stop().await;
    }

    /// A script that knows all addresses.
    pub(super) fn script(&self, name: &str) -> Command {
        let mut command = Command::new("node");
        command
            .arg(folder().join("run").join(name))
            .env("NODE_NO_WARNINGS", "1")
            .env("LOG", self.log())
            .env("RECORDS", self.records())
            .env("KAFKA", &self.kafka)
            .env("PRODUCE", format!("{} produce", self.program.display()))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    fn log(&self) -> PathBuf {
        self.work.join("host.log")
    }

    fn records(&self) -> PathBuf {
        self.work.join("records.jsonl")
    }
}

/// Waits until the log says where the broker listens.
async fn address(log: &Path) -> String {
    loop {
        let text = fs::read_to_string(log).unwrap_or_default();
        let line = text.lines().find_map(|line| line.split_once(LISTENS));
        if let Some((_, address)) = line {
            return address.trim().to_owned();
        }
        sleep(Duration::from_millis(20)).await;
    }
}
