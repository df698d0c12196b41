//! The local Functions host, which also serves Cosmos DB and starts the handler.

use std::path::Path;

use anyhow::Result;
use tokio::process::Command;

use super::Part;
use crate::settings::Settings;

/// Starts the host binary `program` on the function app in `script_root`.
///
/// The settings go through its environment, as on Azure, so that they are never part of the app's
/// folder. Its log is the log of `./dev run`.
pub(crate) fn start(program: &Path, script_root: &Path, settings: &Settings) -> Result<Part> {
    let mut command = Command::new(program);
    command
        .arg("start")
        .arg("--script-root")
        .arg(script_root)
        .envs(settings.iter());
    Part::start("The Functions host", command)
}
