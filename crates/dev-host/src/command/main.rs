//! `functions-dev-host`: a local Azure Functions host for custom handlers, and commands for a
//! project from its creation to its deployment.
//!
//! - [`new`]: creates a project
//! - [`start`]: the host itself; [`watch`]: the host that restarts when the project's files change
//! - [`invoke`]: one event for a running host
//! - [`package`]: the zip that is deployed
//! - [`produce`]: messages for Kafka
//! - [`build`], [`project`]: code that the commands share

mod build;
mod error;
mod invoke;
mod new;
mod package;
mod produce;
mod project;
mod start;
mod watch;

use std::{
    io::{IsTerminal as _, Write as _},
    net::SocketAddr,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use functions_dev_host::{CosmosEmulator, HostError, KafkaBroker};
use tokio::{net::TcpListener, signal::unix::SignalKind};

use error::EXIT_CONFIGURATION;

/// A local Azure Functions host for custom handlers, with commands to create, run and package
/// projects.
#[derive(Parser)]
#[command(version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Create the project of a new function in Rust.
    New(new::Options),
    /// Run the functions of a project on this machine.
    Start(start::Options),
    /// Send one event to a function of a running host.
    Invoke(invoke::Options),
    /// Build for Azure and make the zip to deploy.
    Package(package::Options),
    /// Send messages to Kafka: JSON documents on standard input, one per line.
    Produce(produce::Options),
    /// Serve only Cosmos DB, in memory.
    Cosmos {
        /// The address to listen on.
        #[arg(long, env = "DEV_HOST_COSMOS_LISTEN", default_value = "127.0.0.1:8081")]
        listen: SocketAddr,
    },
    /// Serve only Kafka, in memory, on a port that is printed.
    Kafka {
        /// A topic to create. Other topics are created when they are used.
        #[arg(long = "topic", value_name = "NAME")]
        topics: Vec<String>,
        /// How many partitions each of these topics has.
        #[arg(long, default_value_t = 1)]
        partitions: i32,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // If not even this can be printed, nothing can be done.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(EXIT_CONFIGURATION)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let outcome = match cli.command {
        Command::New(new) => new.run(),
        Command::Start(start) => {
            functions_dev_host::log::init();
            start.run().await
        }
        Command::Invoke(invoke) => invoke.run().await,
        Command::Package(package) => package.run().await,
        Command::Cosmos { listen } => {
            functions_dev_host::log::init();
            serve_cosmos(listen).await.map_err(Into::into)
        }
        Command::Kafka { topics, partitions } => {
            functions_dev_host::log::init();
            serve_kafka(&topics, partitions).await.map_err(Into::into)
        }
        Command::Produce(produce) => return produce.run().await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&error);
            error.exit_code()
        }
    }
}

fn print_error(error: &impl std::error::Error) {
    print_note(&format!("functions-dev-host: {error}"));
}

/// Prints a line for the user beside the command's output.
#[expect(
    clippy::print_stderr,
    reason = "what a command-line program says of itself belongs on standard error"
)]
fn print_note(note: &str) {
    eprintln!("{note}");
}

/// Prints a line of the command's output.
fn print_line(line: &str) {
    print_bytes(format!("{line}\n").as_bytes());
}

/// Prints the command's output, which may be any bytes.
fn print_bytes(bytes: &[u8]) {
    let mut output = std::io::stdout().lock();
    // On a terminal, whatever follows begins on a new line.
    let end: &[u8] = match bytes.last() {
        Some(last) if *last != b'\n' && output.is_terminal() => b"\n",
        _ => b"",
    };
    // A reader that has closed the pipe does not want the output any more.
    let _ = output
        .write_all(bytes)
        .and_then(|()| output.write_all(end))
        .and_then(|()| output.flush());
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

async fn serve_kafka(topics: &[String], partitions: i32) -> Result<(), HostError> {
    let stop = stop_signal()?;
    let serve = || {
        let broker = KafkaBroker::start()?;
        for topic in topics {
            broker.create_topic(topic, partitions)?;
        }
        Ok(broker)
    };
    let broker = serve().map_err(|error: rdkafka::error::KafkaError| HostError::System {
        what: "Kafka cannot be served".into(),
        source: std::io::Error::other(error),
    })?;
    tracing::info!("Kafka (in memory) listens on {}", broker.brokers());
    stop.await;
    Ok(())
}

async fn listen(address: SocketAddr, advice: &str) -> Result<TcpListener, HostError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| HostError::System {
            what: format!("the address {address} cannot be used ({advice})"),
            source,
        })
}

/// Completes at Ctrl+C or SIGTERM. From here on, neither ends the process by default.
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
