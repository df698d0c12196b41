//! Azurite, in memory, on free ports.

use std::{
    env,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    process::Stdio,
};

use tokio::process::{Child, Command};

use super::eventually;

/// The account of the images, and that of the Functions host, as in a deployment. Both have the key
/// that Microsoft publishes for the emulator.
const IMAGES: &str = "devstoreaccount1";
const HOST: &str = "hostaccount";
const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// How often other ports are tried.
const TRIES: u32 = 5;

pub(crate) struct Azurite {
    blob_port: u16,
    queue_port: u16,
    process: Child,
}

impl Azurite {
    pub(crate) async fn start() -> Self {
        for _ in 0..TRIES {
            if let Some(azurite) = Self::try_to_start().await {
                return azurite;
            }
        }
        panic!("Azurite finds no free ports");
    }

    /// Returns nothing if another process took one of its ports first, which makes Azurite end.
    async fn try_to_start() -> Option<Self> {
        let [blob_port, queue_port, table_port] = free_ports();
        let mut command = Command::new(executable());
        command
            .args(["--silent", "--inMemoryPersistence", "--disableTelemetry"])
            .args(["--skipApiVersionCheck", "--loose"])
            .args(["--blobPort", &blob_port.to_string()])
            .args(["--queuePort", &queue_port.to_string()])
            .args(["--tablePort", &table_port.to_string()])
            .env("AZURITE_ACCOUNTS", format!("{IMAGES}:{KEY};{HOST}:{KEY}"))
            .stdout(Stdio::null())
            .kill_on_drop(true);
        let mut process = command.spawn().expect("Azurite starts");
        let is_up = async {
            answers("Azurite-Blob", blob_port).await;
            answers("Azurite-Queue", queue_port).await;
        };
        tokio::select! {
            () = is_up => {}
            _ = process.wait() => return None,
        }
        Some(Self {
            blob_port,
            queue_port,
            process,
        })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.id().expect("Azurite runs")
    }

    pub(crate) fn blob_address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.blob_port).into()
    }

    pub(crate) fn blob_port(&self) -> u16 {
        self.blob_port
    }

    /// The account of the images, whose blobs are reached at `blob_port`.
    pub(crate) fn images(&self, blob_port: u16) -> String {
        self.account(IMAGES, blob_port)
    }

    /// The account of the Functions host, whose blobs are reached at `blob_port`.
    pub(crate) fn host(&self, blob_port: u16) -> String {
        self.account(HOST, blob_port)
    }

    fn account(&self, name: &str, blob_port: u16) -> String {
        let queue_port = self.queue_port;
        format!(
            "DefaultEndpointsProtocol=http;AccountName={name};AccountKey={KEY};\
             BlobEndpoint=http://127.0.0.1:{blob_port}/{name};\
             QueueEndpoint=http://127.0.0.1:{queue_port}/{name}"
        )
    }
}

fn executable() -> PathBuf {
    let installed =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tools/node_modules/.bin/azurite");
    let path = env::var_os("AZURITE").map_or(installed, PathBuf::from);
    assert!(
        path.exists(),
        "{} does not exist: ./dev test installs it",
        path.display()
    );
    path
}

/// Waits until this service answers on the port.
async fn answers(service: &str, port: u16) {
    let url = format!("http://127.0.0.1:{port}/");
    eventually(service, || async {
        let answer = reqwest::get(&url).await.ok()?;
        let server = answer.headers().get("server")?.to_str().ok()?;
        server.starts_with(service).then_some(())
    })
    .await;
}

/// Ports that were free a moment ago, because these programs cannot report which port they took.
pub(super) fn free_ports<const N: usize>() -> [u16; N] {
    let listeners: [TcpListener; N] =
        std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").expect("a free port"));
    listeners.map(|listener| {
        listener
            .local_addr()
            .expect("a bound socket has an address")
            .port()
    })
}
