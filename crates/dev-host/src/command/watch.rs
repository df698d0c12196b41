//! `start --watch`: builds and runs again after changes.

mod sources;

use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use functions_dev_host::{Host, HostError, Stores};
use tokio::net::TcpListener;

use crate::{build::Build, error::CommandError, listen};
use sources::{Change, Files, Sources};

/// How long invocations may take to end before the handler is replaced anyway.
const PATIENCE: Duration = Duration::from_secs(10);

/// A host that restarts when the files that it is made from change.
pub(crate) struct Watch {
    options: functions_dev_host::Options,
    build: Build,
    sources: Arc<Sources>,
    /// The files as they were before the last build.
    seen: Files,
    /// Changes that have not been applied yet.
    pending: Change,
    address: SocketAddr,
    /// The first listener, until the first host takes it.
    listener: Option<TcpListener>,
    host: Option<Host>,
    /// The in-memory stores of earlier hosts, which the next host continues to use.
    stores: Vec<Stores>,
}

impl Watch {
    pub(crate) fn new(
        options: functions_dev_host::Options,
        build: Build,
        paths: Vec<PathBuf>,
        listener: TcpListener,
    ) -> Result<Self, HostError> {
        let address = listener.local_addr().map_err(|source| HostError::System {
            what: "the host has no address".into(),
            source,
        })?;
        let sources = Sources::new(&options, paths);
        Ok(Self {
            seen: sources.look(),
            sources: Arc::new(sources),
            options,
            build,
            pending: Change::ALL,
            address,
            listener: Some(listener),
            host: None,
            stores: Vec::new(),
        })
    }

    /// Runs until `stop`, whatever fails in between, because the next change may repair it.
    pub(crate) async fn run(mut self, stop: impl Future<Output = ()>) -> Result<(), CommandError> {
        let follow = async {
            loop {
                if let Err(error) = self.carry_out().await {
                    self.report(&error);
                }
                self.wait_for_change().await;
            }
        };
        tokio::select! {
            () = stop => {}
            () = follow => {}
        }
        if let Some(host) = self.host.take() {
            host.stop().await;
        }
        Ok(())
    }

    /// Returns once there is a change to apply. A host that fails meanwhile is ended.
    async fn wait_for_change(&mut self) {
        let sources = Arc::clone(&self.sources);
        let failed = async {
            match &self.host {
                Some(host) => host.failed().await,
                None => std::future::pending().await,
            }
        };
        let change = tokio::select! {
            change = sources.changed(&mut self.seen) => Some(change),
            error = failed => {
                tracing::error!("{error}");
                None
            }
        };
        let change = if let Some(change) = change {
            change
        } else {
            tracing::info!("Waiting for a change");
            self.end_host().await;
            sources.changed(&mut self.seen).await
        };
        self.pending = self.pending | change;
    }

    /// Builds and starts what is needed. What fails stays pending.
    async fn carry_out(&mut self) -> Result<(), CommandError> {
        while self.pending != Change::NONE {
            let mut executable = self.options.executable.clone();
            if self.pending.sources {
                executable = self.build().await?;
            }
            let same_executable = executable == self.options.executable;
            self.options.executable = executable;
            let replaced = match &self.host {
                Some(host) if !self.pending.host && same_executable => {
                    host.replace_handler(PATIENCE)
                }
                _ => false,
            };
            if replaced {
                self.pending = Change::NONE;
            } else {
                self.start_host_unless_changed().await?;
            }
        }
        Ok(())
    }

    /// Starts the host again. A further change ends the attempt; otherwise a handler that does not
    /// answer would block until the host gives it up.
    async fn start_host_unless_changed(&mut self) -> Result<(), CommandError> {
        let sources = Arc::clone(&self.sources);
        let mut seen = std::mem::take(&mut self.seen);
        let outcome = tokio::select! {
            outcome = self.start_host() => outcome.map(|()| Change::NONE),
            change = sources.changed(&mut seen) => Ok(change | Change::HOST | self.pending),
        };
        self.seen = seen;
        self.pending = outcome?;
        Ok(())
    }

    async fn build(&self) -> Result<Option<PathBuf>, CommandError> {
        let Some(command) = self.build.describe() else {
            return Ok(None);
        };
        tracing::info!("Building: {command}");
        let start = Instant::now();
        let executable = self.build.run(&self.options.script_root).await?;
        tracing::info!("Built in {:.1} s", start.elapsed().as_secs_f64());
        Ok(executable)
    }

    /// Starts the host, or restarts it.
    async fn start_host(&mut self) -> Result<(), CommandError> {
        if self.host.is_some() {
            tracing::info!("Starting the host again");
            self.end_host().await;
        }
        let listener = match self.listener.take() {
            Some(listener) => listener,
            None => listen(self.address, "end the program that listens there").await?,
        };
        self.host = Some(Host::start(self.options.clone(), listener).await?);
        Ok(())
    }

    /// Ends the host, but keeps its in-memory stores.
    async fn end_host(&mut self) {
        let Some(host) = self.host.take() else { return };
        let stores = host.stop_all_but_stores().await;
        if let Some(kafka) = &stores.kafka {
            self.options.kafka = Some(Arc::clone(kafka));
        }
        self.stores.push(stores);
    }

    fn report(&self, error: &CommandError) {
        tracing::error!("{error}");
        if self.host.is_some() {
            tracing::info!("The handler of the last successful build keeps running");
        } else {
            tracing::info!("Waiting for a change");
        }
    }
}
