//! `functions-dev-host`: a local Azure Functions host for custom handlers.

use std::{net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use clap::{Args, Parser, Subcommand};
use dev_host::{CosmosEmulator, Host, HostError, Options};
use tokio::{net::TcpListener, signal::unix::SignalKind};

/// The exit status for a configuration that has to be changed (`EX_USAGE` of sysexits.h).
const EXIT_CONFIGURATION: u8 = 64;

/// A local Azure Functions host for custom handlers.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the functions of a script root.
    Start(Start),
    /// Serve only Cosmos DB, in memory.
    Cosmos {
        /// The address to listen on.
        #[arg(long, env = "DEV_HOST_COSMOS_LISTEN", default_value = "127.0.0.1:8081")]
        listen: SocketAddr,
    },
}

#[derive(Args)]
struct Start {
    /// The folder that holds host.json and the function folders.
    #[arg(long, env = "DEV_HOST_SCRIPT_ROOT")]
    script_root: PathBuf,
    /// The port of the host's own HTTP endpoint, on 127.0.0.1.
    #[arg(long, env = "DEV_HOST_PORT", default_value_t = 7071)]
    port: u16,
    /// Settings to read in place of local.settings.json in the script root.
    #[arg(long, env = "DEV_HOST_SETTINGS")]
    settings: Option<PathBuf>,
    /// The pause between two scans of a container.
    #[arg(long, env = "DEV_HOST_SCAN_INTERVAL", default_value = "1", value_name = "SECONDS", value_parser = seconds)]
    scan_interval: Duration,
    /// The pause before an event is tried again; it doubles with each attempt.
    #[arg(long, env = "DEV_HOST_RETRY_DELAY", default_value = "1", value_name = "SECONDS", value_parser = seconds)]
    retry_delay: Duration,
    /// The longest time a function may take [default: functionTimeout of host.json, or 30 minutes].
    #[arg(long, env = "DEV_HOST_FUNCTION_TIMEOUT", value_name = "SECONDS", value_parser = seconds)]
    function_timeout: Option<Duration>,
    /// Never serve Cosmos DB. Otherwise it is served where an output names a local account at
    /// whose port nobody listens.
    #[arg(long, env = "DEV_HOST_NO_COSMOS")]
    no_cosmos: bool,
}

fn seconds(text: &str) -> Result<Duration, String> {
    text.parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .filter(|duration| !duration.is_zero())
        .ok_or_else(|| "a number of seconds above 0 is wanted, for example 1 or 0.2".into())
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // It cannot be helped if not even this can be printed.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(EXIT_CONFIGURATION)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    dev_host::log::init();
    let outcome = match cli.command {
        Command::Start(start) => start.run().await,
        Command::Cosmos { listen } => serve_cosmos(listen).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error);
            match error {
                HostError::Configuration(_) => ExitCode::from(EXIT_CONFIGURATION),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the last word of a command-line program belongs on standard error"
)]
fn print_error(error: &HostError) {
    eprintln!("functions-dev-host: {error}");
}

impl Start {
    async fn run(self) -> Result<(), HostError> {
        let mut options = Options::new(self.script_root);
        options.settings_file = self.settings;
        options.scan_interval = self.scan_interval;
        options.retry_delay = self.retry_delay;
        options.function_timeout = self.function_timeout;
        options.serve_cosmos = !self.no_cosmos;
        let listener = listen(
            (std::net::Ipv4Addr::LOCALHOST, self.port).into(),
            "choose another port with --port",
        )
        .await?;
        let stop = stop_signal()?;
        tokio::pin!(stop);
        let host = tokio::select! {
            host = Host::start(options, listener) => host?,
            () = &mut stop => return Ok(()),
        };
        let outcome = tokio::select! {
            error = host.failed() => Err(error),
            () = stop => Ok(()),
        };
        host.stop().await;
        outcome
    }
}

async fn serve_cosmos(address: SocketAddr) -> Result<(), HostError> {
    let listener = listen(address, "choose another address with --listen").await?;
    let stop = stop_signal()?;
    let emulator = CosmosEmulator::start(listener).map_err(|source| HostError::System {
        what: "Cosmos DB cannot be served".into(),
        source,
    })?;
    tracing::info!("Cosmos DB (in memory) listens on {}", emulator.endpoint());
    stop.await;
    Ok(())
}

async fn listen(address: SocketAddr, advice: &str) -> Result<TcpListener, HostError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| HostError::System {
            what: format!("nothing can be served at {address} ({advice})"),
            source,
        })
}

/// Completes at Ctrl+C or SIGTERM. From here on neither ends the process by itself.
fn stop_signal() -> Result<impl Future<Output = ()>, HostError> {
    let signal = |kind| {
        tokio::signal::unix::signal(kind).map_err(|source| HostError::System {
            what: "signals cannot be received".into(),
            source,
        })
    };
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}
