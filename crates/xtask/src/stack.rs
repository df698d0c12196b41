//! The processes of the local stack: started together, stopped together.
//!
//! - [`part`]: one of them
//! - [`azurite`]: Blob, Queue and Table Storage
//! - [`host`]: the Functions host, with Cosmos DB and Kafka inside
//! - [`web`]: the web application

pub(crate) mod azurite;
pub(crate) mod host;
mod part;
pub(crate) mod web;

use std::time::Duration;

use anyhow::{Result, bail};
use futures::future::select_all;
use tokio::{net::TcpStream, time::sleep};

pub(crate) use part::Part;

/// How long a part may take to be ready, even on a busy machine.
const START: Duration = Duration::from_mins(1);

/// The started parts, in the order of starting.
#[derive(Default)]
pub(crate) struct Stack {
    parts: Vec<Part>,
}

impl Stack {
    /// Adds `part` and waits until it is `ready`. Fails if it, or another part, dies before that.
    pub(crate) async fn add(&mut self, part: Part, ready: impl Future<Output = ()>) -> Result<()> {
        let name = part.name();
        self.parts.push(part);
        tokio::select! {
            death = self.first_death() => bail!(death),
            () = ready => Ok(()),
            () = sleep(START) => bail!("{name} is not ready after {} s", START.as_secs()),
        }
    }

    /// Waits until one of the parts dies and returns which.
    pub(crate) async fn first_death(&mut self) -> String {
        let deaths = self.parts.iter_mut().map(|part| Box::pin(part.death()));
        select_all(deaths).await.0
    }

    /// Stops everything, the latest part first, because later parts use the earlier ones.
    pub(crate) async fn stop(mut self) {
        while let Some(part) = self.parts.pop() {
            part.stop().await;
        }
    }
}

/// Waits until something listens on each of `ports`.
pub(crate) async fn listening(ports: &[u16]) {
    for &port in ports {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;

    use tokio::process::Command;

    use super::*;

    fn shell(script: &str) -> Part {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Part::start("The shell", command).unwrap()
    }

    #[tokio::test]
    async fn a_part_that_dies_before_it_is_ready_is_named() {
        let error = Stack::default()
            .add(shell("exit 3"), listening(&[1]))
            .await
            .unwrap_err();
        assert_eq!(error.to_string(), "The shell stopped (exit status: 3)");
    }

    #[tokio::test]
    async fn a_later_death_is_noticed_and_the_rest_stops() {
        let mut stack = Stack::default();
        stack.add(shell("exec sleep 600"), ready(())).await.unwrap();
        stack.parts.push(shell("kill -9 $$"));
        let death = stack.first_death().await;
        assert_eq!(death, "The shell stopped (signal: 9 (SIGKILL))");
        stack.stop().await;
    }

    #[tokio::test]
    async fn real_storage_starts_and_stops() {
        let ports = azurite::free_ports();
        let mut stack = Stack::default();
        let azurite = azurite::start(&ports).unwrap();
        stack
            .add(azurite, listening(&[ports.blob_port, ports.queue_port]))
            .await
            .unwrap();
        assert!(ports.ensure_free().is_err());
        stack.stop().await;
        ports.ensure_free().unwrap();
    }
}
