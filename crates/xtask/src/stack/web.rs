//! The web application, on the storage, the database and the Kafka of this stack.

use std::path::Path;

use anyhow::Result;
use tokio::process::Command;

use super::Part;
use crate::{kafka::Cluster, ports::Ports};

/// Starts the binary `program`. Without authentication it serves only this machine.
pub(crate) fn start(program: &Path, cluster: &Cluster, ports: &Ports) -> Result<Part> {
    let mut command = Command::new(program);
    command
        .env("PORT", ports.web_port.to_string())
        .env("DARKROOM_AUTH", "none")
        .env("DARKROOM_FLOWS", "blob,kafka")
        .env("ImageStorage", ports.storage())
        .env("CosmosDb", ports.cosmos())
        .env("KAFKA_BROKERS", &cluster.brokers)
        .env("KAFKA_TOPIC", &cluster.topic);
    Part::start("The web application", command)
}
