//! Azurite, Microsoft's storage emulator: Blob, Queue and Table Storage in one process.

use std::{env, path::PathBuf, process::Stdio};

use anyhow::{Result, ensure};
use tokio::process::Command;

use super::Part;
use crate::{ports::Ports, workspace};

/// Starts Azurite on `ports`. It keeps everything in memory, like Cosmos DB. So both start empty
/// together, and no record is without its blobs.
pub(crate) fn start(ports: &Ports) -> Result<Part> {
    let program = program();
    ensure!(
        program.exists(),
        "{} is missing: start this command with `./dev`, which installs it, or run `npm ci` in \
         tools/",
        program.display()
    );
    let mut command = Command::new(program);
    command
        .args(["--inMemoryPersistence", "--skipApiVersionCheck"])
        .args(["--silent", "--disableTelemetry"])
        .args(["--blobPort", &ports.blob_port.to_string()])
        .args(["--queuePort", &ports.queue_port.to_string()])
        .args(["--tablePort", &ports.table_port.to_string()])
        // Its output does not matter; errors go to stderr.
        .stdout(Stdio::null())
        .env("NODE_NO_WARNINGS", "1");
    Part::start("Azurite", command)
}

/// The executable: the variable `AZURITE`, otherwise the one that `npm ci` installs in tools/.
fn program() -> PathBuf {
    match env::var_os("AZURITE") {
        Some(path) => path.into(),
        None => workspace::root().join("tools/node_modules/.bin/azurite"),
    }
}

/// Ports that were free a moment ago.
#[cfg(test)]
pub(crate) fn free_ports() -> Ports {
    use std::net::{Ipv4Addr, TcpListener};

    // All are held until each is known, so that they differ.
    let listeners = [0; 6].map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap());
    let [
        blob_port,
        queue_port,
        table_port,
        cosmos_port,
        host_port,
        web_port,
    ] = listeners.map(|listener| listener.local_addr().unwrap().port());
    Ports {
        blob_port,
        queue_port,
        table_port,
        cosmos_port,
        host_port,
        web_port,
    }
}
