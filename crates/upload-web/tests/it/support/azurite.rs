//! Azurite, in memory, on free ports.

use std::{env, net::TcpListener, path::PathBuf, process::Stdio};

use tokio::{
    net::TcpStream,
    process::{Child, Command},
};

use super::eventually;

pub(crate) struct Azurite {
    port: u16,
    queue_port: u16,
    _process: Child,
}

impl Azurite {
    pub(crate) async fn start() -> Self {
        let [port, queue_port, table_port] = free_ports();
        let mut command = Command::new(executable());
        command
            .args(["--silent", "--inMemoryPersistence", "--disableTelemetry"])
            .arg("--skipApiVersionCheck")
            .args(["--blobPort", &port.to_string()])
            .args(["--queuePort", &queue_port.to_string()])
            .args(["--tablePort", &table_port.to_string()])
            .stdout(Stdio::null())
            .kill_on_drop(true);
        let process = command.spawn().expect("Azurite starts");
        for port in [port, queue_port] {
            eventually("Azurite", || async {
                TcpStream::connect(("127.0.0.1", port)).await.ok()
            })
            .await;
        }
        Self {
            port,
            queue_port,
            _process: process,
        }
    }

    pub(crate) fn connection_string(&self) -> String {
        format!(
            "AccountName=devstoreaccount1;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;BlobEndpoint=http://127.0.0.1:{}/devstoreaccount1;QueueEndpoint=http://127.0.0.1:{}/devstoreaccount1",
            self.port, self.queue_port
        )
    }
}

fn executable() -> PathBuf {
    let installed =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tools/node_modules/.bin/azurite");
    let path = env::var_os("AZURITE").map_or(installed, PathBuf::from);
    assert!(
        path.exists(),
        "{} does not exist: ./dev test installs it",
        path.display()
    );
    path
}

/// Ports that were free a moment ago, because Azurite cannot report which port it took.
fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| listener.local_addr().expect("an address").port())
}
