//! The local Functions host, which also serves Cosmos DB and starts the handler.

use std::{path::Path, time::Duration};

use anyhow::{Context, Result};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    process::Command,
    time::sleep,
};

use super::Part;
use crate::{ports::Ports, workspace};

/// The deployment has this subscription as well: it reports originals that were deleted.
const DELETIONS: &str = "RemoveImage=ImageStorage/uploads:Microsoft.Storage.BlobDeleted";

/// Starts the host binary `program` on the function app in `script_root`.
///
/// Settings come from local.settings.json at the top of the repository, so that they are never part of the app's
/// folder. The accounts are the ones on `ports`. Accounts in the environment are not used, because an experiment should
/// not touch a real one. `more` are settings of this run. The host's log is the log of `./dev run`.
pub(crate) fn start(
    program: &Path,
    script_root: &Path,
    ports: &Ports,
    more: Vec<(String, String)>,
) -> Result<Part> {
    let mut command = Command::new(program);
    command
        .arg("start")
        .arg("--script-root")
        .arg(script_root)
        .arg("--settings")
        .arg(workspace::root().join("local.settings.json"))
        .args(["--port", &ports.host_port.to_string()])
        .args(["--event-subscription", DELETIONS])
        .env("AzureWebJobsStorage", ports.storage())
        .env("ImageStorage", ports.storage())
        .env("CosmosDb", ports.cosmos())
        .envs(more);
    Part::start("The Functions host", command)
}

/// Waits until the host on `port` reports that it runs, which it does once the handler is ready.
pub(crate) async fn running(port: u16) {
    while !status(port)
        .await
        .is_ok_and(|status| status["state"] == "Running")
    {
        sleep(Duration::from_millis(20)).await;
    }
}

/// The status of the host on `port`.
pub(crate) async fn status(port: u16) -> Result<Value> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await?;
    // One request without a body does not need an HTTP client. With HTTP/1.0 the end of the connection ends the answer.
    stream
        .write_all(b"GET /admin/host/status HTTP/1.0\r\n\r\n")
        .await?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await?;
    let (_, body) = answer.split_once("\r\n\r\n").context("no HTTP answer")?;
    Ok(serde_json::from_str(body)?)
}
