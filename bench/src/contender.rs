//! The two handlers, and how the Functions host starts them.

use std::{
    ffi::OsString,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use reqwest::{Client, header::CONTENT_TYPE};
use tokio::{
    process::{Child, Command},
    time::sleep,
};

use crate::{
    invocation::numbered,
    process_stats::{self, Memory},
    stores::Stores,
};

/// How long the host waits for a handler's first answer.
const START_LIMIT: Duration = Duration::from_secs(30);
/// The host polls every 25 ms. Polling more often shows more exactly when the handler was ready.
const START_POLL: Duration = Duration::from_millis(1);
/// functionTimeout of host.json.
const INVOCATION_LIMIT: Duration = Duration::from_mins(5);

/// A program that speaks the host's protocol.
pub(crate) struct Contender {
    pub(crate) name: &'static str,
    program: OsString,
    arguments: Vec<PathBuf>,
    /// The script root: the working directory.
    root: PathBuf,
    settings: Vec<(String, String)>,
}

impl Contender {
    /// Darkroom, in a script root made by [`crate::script_root`].
    pub(crate) fn darkroom(root: &Path, stores: &Stores) -> Self {
        Self {
            name: "Darkroom",
            program: root.join("darkroom").into(),
            arguments: Vec::new(),
            root: root.to_owned(),
            settings: stores.settings.clone(),
        }
    }

    /// The Node handler with sharp as most people write it.
    pub(crate) fn plain_sharp(folder: &Path) -> Self {
        Self::node("sharp", folder, "handler.mjs")
    }

    /// The Node handler with sharp as its experts write it.
    pub(crate) fn expert_sharp(folder: &Path) -> Self {
        Self::node("expert sharp", folder, "expert.mjs")
    }

    fn node(name: &'static str, folder: &Path, script: &str) -> Self {
        Self {
            name,
            program: "node".into(),
            arguments: vec![folder.join(script)],
            root: folder.to_owned(),
            settings: Vec::new(),
        }
    }

    /// Starts it and waits until it answers.
    pub(crate) async fn start(&self) -> Result<Handler> {
        let port = free_port()?;
        // The environment of this process is not passed on, so that both use their own defaults.
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .current_dir(&self.root)
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("FUNCTIONS_CUSTOMHANDLER_PORT", port.to_string())
            .env("FUNCTIONS_APP_ROOT_PATH", &self.root)
            .envs(self.settings.iter().cloned())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        let client = Client::builder()
            .no_proxy()
            .timeout(INVOCATION_LIMIT)
            // Node closes idle connections after 5 s, and a closed one must not be used again.
            .pool_idle_timeout(Duration::from_secs(2))
            .build()?;
        let started = Instant::now();
        let process = command
            .spawn()
            .with_context(|| format!("{} cannot be started", self.program.display()))?;
        let mut handler = Handler {
            pid: process.id().context("it has already ended")?,
            process,
            client,
            address: format!("http://127.0.0.1:{port}"),
            invocations: AtomicU64::new(0),
            cold_start: Duration::ZERO,
            about: String::new(),
        };
        handler.about = handler.ready(started).await.context(self.name)?;
        handler.cold_start = started.elapsed();
        Ok(handler)
    }
}

/// A port that nothing listens on. Another process could take it first, and then the handler would
/// end with an error.
fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// A started handler. It is killed when this is dropped.
pub(crate) struct Handler {
    process: Child,
    pid: u32,
    client: Client,
    address: String,
    invocations: AtomicU64,
    /// From its start to its first answer.
    pub(crate) cold_start: Duration,
    /// Its first answer.
    pub(crate) about: String,
}

impl Handler {
    async fn ready(&mut self, started: Instant) -> Result<String> {
        loop {
            if let Ok(answer) = self.client.get(&self.address).send().await {
                return Ok(answer.text().await?);
            }
            if let Some(status) = self.process.try_wait()? {
                bail!("it ended with {status} instead of answering");
            }
            ensure!(started.elapsed() < START_LIMIT, "it does not answer");
            sleep(START_POLL).await;
        }
    }

    /// Sends an event about a separate image and returns the whole answer.
    pub(crate) async fn invoke(&self, body: &Bytes) -> Result<Bytes> {
        let answer = self
            .client
            .post(format!("{}/ProcessMessage", self.address))
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .body(numbered(
                body,
                self.invocations.fetch_add(1, Ordering::Relaxed),
            ))
            .send()
            .await?;
        let status = answer.status();
        let bytes = answer.bytes().await?;
        ensure!(
            status.is_success(),
            "{status}: {}",
            String::from_utf8_lossy(&bytes)
        );
        Ok(bytes)
    }

    pub(crate) fn cpu_time(&self) -> Result<Duration> {
        process_stats::cpu_time(self.pid)
    }

    pub(crate) fn memory(&self) -> Result<Memory> {
        process_stats::memory(self.pid)
    }

    /// Kills it, as the host does, and waits for its end.
    pub(crate) async fn stop(mut self) -> Result<()> {
        Ok(self.process.kill().await?)
    }
}
