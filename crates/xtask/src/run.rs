//! `./dev run`: runs Darkroom on this machine, with everything it needs.
//!
//! It builds, lays out the function app, starts storage, then the Functions host with database and
//! Kafka inside it, then the web application. It waits until all of them listen, and stops all of
//! them when asked to, or when one of them dies.

mod events;
mod local_kafka;

use std::{fmt::Write as _, path::Path, process::ExitCode};

use anyhow::{Result, bail};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    kafka::Cluster,
    package,
    ports::Ports,
    settings::Settings,
    stack::{Stack, azurite, host, listening, web},
    workspace::{self, Profile},
};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Build as for deployment, which takes longer to build and runs faster
    #[arg(long)]
    release: bool,
    /// Scan for uploads instead of having Event Grid announce them
    #[arg(long)]
    polling: bool,
    /// Print a line for each image event
    #[arg(long)]
    events: bool,
    #[command(flatten)]
    ports: Ports,
}

/// Runs until Ctrl+C or SIGTERM (success), or until a part dies (failure).
pub(crate) async fn run(options: &Options) -> Result<ExitCode> {
    options.ports.ensure_free()?;
    let profile = if options.release {
        Profile::Release
    } else {
        Profile::Dev
    };
    workspace::build(profile, &workspace::STACK)?;
    // This is separate from the folder of `./dev package`, because a quick build must never be
    // deployed.
    let script_root = workspace::target().join("functionapp-local");
    package::lay_out(profile, &script_root)?;
    if !options.polling {
        package::use_event_grid(&script_root)?;
    }
    let settings = Settings::read(&workspace::root().join("local.settings.json"))?;
    if settings.lookup("KAFKA_USERNAME").is_none() {
        local_kafka::use_plaintext(&script_root)?;
    }

    let more = if options.events {
        events::make_leases(&script_root)?;
        events::receive().await?
    } else {
        Vec::new()
    };

    let mut stack = Stack::default();
    let outcome = tokio::select! {
        stop = stop_signal() => stop.map(|()| ExitCode::SUCCESS),
        failure = start_and_watch(&mut stack, options, &script_root, profile, (&settings, more)) => failure,
    };
    stack.stop().await;
    outcome
}

/// Starts everything, prints that it is ready, and returns only when something went wrong.
async fn start_and_watch(
    stack: &mut Stack,
    options: &Options,
    script_root: &Path,
    profile: Profile,
    (settings, more): (&Settings, Vec<(String, String)>),
) -> Result<ExitCode> {
    let ports = &options.ports;
    let storage_ports = [ports.blob_port, ports.queue_port, ports.table_port];
    stack
        .add(azurite::start(ports)?, listening(&storage_ports))
        .await?;
    let program = workspace::binary(profile, "functions-dev-host");
    let host = host::start(&program, script_root, ports, more)?;
    stack.add(host, host::running(ports.host_port)).await?;
    let cluster = Cluster::of(settings, ports.host_port).await?;
    let program = workspace::binary(profile, "upload-web");
    let web = web::start(&program, &cluster, ports)?;
    stack.add(web, listening(&[ports.web_port])).await?;
    println!("{}", ready(ports));
    bail!(stack.first_death().await)
}

/// The line with all addresses and with commands to try next.
fn ready(ports: &Ports) -> String {
    let mut upload = "./dev upload".to_owned();
    let usual = Ports::default();
    if ports.blob_port != usual.blob_port {
        let _ = write!(upload, " --blob-port {}", ports.blob_port);
    }
    if ports.cosmos_port != usual.cosmos_port {
        let _ = write!(upload, " --cosmos-port {}", ports.cosmos_port);
    }
    format!(
        "Darkroom is ready: open http://localhost:{}/ or try `{upload} PHOTO.jpg` in another \
         terminal. Blob Storage is at {}, Cosmos DB at {}. Ctrl+C stops everything.",
        ports.web_port,
        ports.blob_endpoint(),
        ports.cosmos_endpoint()
    )
}

/// Waits for a request to stop: Ctrl+C, SIGTERM, or the end of the terminal.
async fn stop_signal() -> Result<()> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_names_unusual_ports_only() {
        let usual = ready(&Ports::default());
        assert!(usual.contains("`./dev upload PHOTO.jpg`"), "{usual}");
        let unusual = ready(&Ports {
            blob_port: 1,
            cosmos_port: 2,
            ..Ports::default()
        });
        assert!(
            unusual.contains("--blob-port 1 --cosmos-port 2 PHOTO.jpg"),
            "{unusual}"
        );
        assert!(!unusual.contains('\n'));
    }
}
