//! `functions-dev-host`: a local Azure Functions host for custom handlers.
//!
//! - [`start`]: the host itself
//! - [`produce`]: messages for Kafka

mod produce;
mod start;

use std::{net::SocketAddr, process::ExitCode};

use clap::{Parser, Subcommand};
use dev_host::{CosmosEmulator, HostError, KafkaBroker};
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
    Start(start::Options),
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
        /// A topic to create; others are created when they are used.
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
            // It cannot be helped if not even this can be printed.
            let _ = error.print();
            return if error.use_stderr() {
                ExitCode::from(EXIT_CONFIGURATION)
            } else {
                ExitCode::SUCCESS
            };
        }
    };
    let outcome = match cli.command {
        Command::Start(start) => {
            dev_host::log::init();
            start.run().await
        }
        Command::Cosmos { listen } => {
            dev_host::log::init();
            serve_cosmos(listen).await
        }
        Command::Kafka { topics, partitions } => {
            dev_host::log::init();
            serve_kafka(&topics, partitions).await
        }
        Command::Produce(produce) => return produce.run().await,
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
fn print_error(error: &impl std::error::Error) {
    eprintln!("functions-dev-host: {error}");
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
