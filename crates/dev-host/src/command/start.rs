//! `start`: runs the functions of a script root until it is told to stop.

use std::{net::Ipv4Addr, path::PathBuf, time::Duration};

use functions_dev_host::Host;
use tokio::net::TcpListener;

use crate::{
    build::{Build, Cargo},
    error::CommandError,
    listen, stop_signal,
    watch::Watch,
};

#[derive(clap::Args)]
#[command(after_help = "\
If the script root contains a Cargo.toml, the handler is built with cargo build and run from cargo's target
folder. Otherwise, and after the command of --build, the executable that host.json names is run.

Queue and blob bindings and timers need storage. If the setting that `connection` names is
UseDevelopmentStorage=true, that is Azurite.")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line, and any may be given with any other"
)]
pub(crate) struct Options {
    /// The folder that holds host.json and the function folders.
    #[arg(long, env = "DEV_HOST_SCRIPT_ROOT", default_value = ".")]
    script_root: PathBuf,
    /// The port of the host's own HTTP endpoint, on 127.0.0.1.
    #[arg(long, env = "DEV_HOST_PORT", default_value_t = 7071)]
    port: u16,
    /// Settings to read instead of local.settings.json in the script root.
    #[arg(long, env = "DEV_HOST_SETTINGS")]
    settings: Option<PathBuf>,
    /// Build the handler again when its sources change, and replace it after the running
    /// invocations have ended. A change of host.json, a function.json or the settings restarts the
    /// whole host.
    #[arg(long)]
    watch: bool,
    /// Another file or folder to watch, besides src/ and all .rs and .toml files of the script
    /// root.
    #[arg(long = "watch-path", value_name = "PATH", requires = "watch")]
    watch_paths: Vec<PathBuf>,
    /// Build with this shell command, in the script root, instead of cargo build.
    #[arg(long, value_name = "COMMAND")]
    build: Option<String>,
    /// Do not build. Run the executable that host.json names.
    #[arg(long, conflicts_with = "build")]
    no_build: bool,
    /// The pause between two scans of a container.
    #[arg(long, env = "DEV_HOST_SCAN_INTERVAL", default_value = "1", value_name = "SECONDS", value_parser = seconds)]
    scan_interval: Duration,
    /// The pause before an event is tried again. It doubles with each attempt.
    #[arg(long, env = "DEV_HOST_RETRY_DELAY", default_value = "1", value_name = "SECONDS", value_parser = seconds)]
    retry_delay: Duration,
    /// The longest time a function may take [default: functionTimeout of host.json, or 30 minutes].
    #[arg(long, env = "DEV_HOST_FUNCTION_TIMEOUT", value_name = "SECONDS", value_parser = seconds)]
    function_timeout: Option<Duration>,
    /// Never serve Cosmos DB. Otherwise it is served if a binding names a local account and nothing
    /// listens at its port.
    #[arg(long, env = "DEV_HOST_NO_COSMOS")]
    no_cosmos: bool,
    /// Never serve Kafka. Otherwise it is served if a binding's brokerList names a setting that is
    /// not set.
    #[arg(long, env = "DEV_HOST_NO_KAFKA")]
    no_kafka: bool,
    /// Do not announce new blobs to functions whose blobTrigger has the source EventGrid.
    #[arg(long, env = "DEV_HOST_NO_EVENT_GRID")]
    no_event_grid: bool,
    /// Send events about a container to a function with an eventGridTrigger:
    /// FUNCTION=CONNECTION/CONTAINER:TYPE,TYPE.
    #[arg(long = "event-subscription", value_name = "SUBSCRIPTION")]
    event_subscriptions: Vec<functions_dev_host::EventSubscription>,
    /// Start the handler again after it has exited with status 0, as hosts since January 2026 do.
    #[arg(long, env = "DEV_HOST_RESTART_AFTER_EXIT_0")]
    restart_after_exit_0: bool,
    /// Require function keys, as Azure does. The keys are those of the settings
    /// `DEV_HOST_FUNCTION_KEY`, `DEV_HOST_BLOBS_EXTENSION_KEY`, `DEV_HOST_EVENTGRID_EXTENSION_KEY`
    /// and `DEV_HOST_MASTER_KEY`, or new ones, which are printed.
    #[arg(long, env = "DEV_HOST_REQUIRE_KEYS")]
    require_keys: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "give a number of seconds above 0, for example 1 or 0.2".into())
}

impl Options {
    pub(crate) async fn run(self) -> Result<(), CommandError> {
        let listener = listen(
            (Ipv4Addr::LOCALHOST, self.port).into(),
            "choose another port with --port",
        )
        .await?;
        let stop = stop_signal()?;
        tokio::pin!(stop);
        let (host, build) = (self.host(), self.build());
        if self.watch {
            return Watch::new(host, build, self.watch_paths, listener)?
                .run(stop)
                .await;
        }
        let host = tokio::select! {
            host = start(host, &build, listener) => host?,
            () = &mut stop => return Ok(()),
        };
        let outcome = tokio::select! {
            error = host.failed() => Err(error.into()),
            () = stop => Ok(()),
        };
        host.stop().await;
        outcome
    }

    fn host(&self) -> functions_dev_host::Options {
        let mut options = functions_dev_host::Options::new(&self.script_root);
        options.settings_file.clone_from(&self.settings);
        options.scan_interval = self.scan_interval;
        options.retry_delay = self.retry_delay;
        options.function_timeout = self.function_timeout;
        options.serve_cosmos = !self.no_cosmos;
        options.serve_kafka = !self.no_kafka;
        options.event_grid =
            (!self.no_event_grid).then(functions_dev_host::EventGridOptions::default);
        options
            .event_subscriptions
            .clone_from(&self.event_subscriptions);
        options.require_keys = self.require_keys;
        options.restart_after_exit_0 = self.restart_after_exit_0;
        options
    }

    fn build(&self) -> Build {
        match &self.build {
            Some(command) => Build::Command(command.clone()),
            None if !self.no_build && Cargo::is_at_home_in(&self.script_root) => {
                Build::Cargo(Cargo::default())
            }
            None => Build::None,
        }
    }
}

async fn start(
    mut options: functions_dev_host::Options,
    build: &Build,
    listener: TcpListener,
) -> Result<Host, CommandError> {
    options.executable = build.run(&options.script_root).await?;
    Ok(Host::start(options, listener).await?)
}
