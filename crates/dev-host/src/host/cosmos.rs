//! The Cosmos DB accounts that the functions name.

use std::io;

use connections::CosmosConnection;
use tokio::net::TcpListener;

use super::HostError;
use crate::{CosmosEmulator, inputs::Source, outputs::Target, triggers::Trigger};

/// Serves every local account at whose port nobody listens yet.
pub(super) async fn serve(triggers: &[Trigger]) -> Result<Vec<CosmosEmulator>, HostError> {
    let mut served = Vec::new();
    for connection in triggers.iter().flat_map(connections) {
        served.extend(serve_one(connection).await?);
    }
    Ok(served)
}

/// Opens the containers of the outputs. On a local account they are created.
pub(super) async fn open(triggers: &[Trigger]) {
    for output in triggers
        .iter()
        .flat_map(|trigger| &trigger.function().outputs)
    {
        let Target::Cosmos(cosmos) = &output.target else {
            continue;
        };
        if let Err(error) = cosmos.open().await {
            // The first write tries again, and fails its invocation if necessary.
            tracing::warn!(
                "Cosmos DB at {} cannot be opened: {error}",
                cosmos.connection().endpoint()
            );
        }
    }
}

fn connections(trigger: &Trigger) -> impl Iterator<Item = &CosmosConnection> {
    let function = trigger.function();
    let written = function
        .outputs
        .iter()
        .filter_map(|output| match &output.target {
            Target::Cosmos(cosmos) => Some(cosmos.connection()),
            _ => None,
        });
    let read = function
        .inputs
        .iter()
        .filter_map(|input| match &input.source {
            Source::Cosmos(cosmos) => Some(cosmos.container().connection()),
            Source::Blob(_) => None,
        });
    let watched = match trigger {
        Trigger::Cosmos(cosmos) => cosmos.connections().to_vec(),
        _ => Vec::new(),
    };
    written.chain(read).chain(watched)
}

async fn serve_one(connection: &CosmosConnection) -> Result<Option<CosmosEmulator>, HostError> {
    let endpoint = connection.endpoint();
    let Some(port) = local_port(connection) else {
        return Ok(None);
    };
    let failed = || HostError::system(format!("Cosmos DB cannot be served at {endpoint}"));
    let listener = match TcpListener::bind(("127.0.0.1", port)).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Ok(None),
        other => other.map_err(failed())?,
    };
    let emulator = CosmosEmulator::start(listener).map_err(failed())?;
    tracing::info!("Cosmos DB (in memory) listens on {}", emulator.endpoint());
    Ok(Some(emulator))
}

/// The port of an account on this machine that speaks plain HTTP.
fn local_port(connection: &CosmosConnection) -> Option<u16> {
    let endpoint = connection.endpoint();
    let is_local = matches!(
        endpoint.host_str(),
        Some("localhost" | "127.0.0.1" | "[::1]")
    );
    (is_local && endpoint.scheme() == "http")
        .then(|| endpoint.port_or_known_default())
        .flatten()
}
