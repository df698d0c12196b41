//! Tansu, a Kafka broker that shares no code with librdkafka, in memory, on a free port.

use std::{env, path::PathBuf, process::Stdio};

use tokio::process::{Child, Command};

use super::{azurite::free_ports, eventually};

pub(crate) struct Tansu {
    brokers: String,
    _process: Child,
}

impl Tansu {
    /// A broker with the topic `images`.
    pub(crate) async fn start(partitions: usize) -> Self {
        let program = executable();
        let [port] = free_ports();
        let url = format!("tcp://127.0.0.1:{port}");
        let process = Command::new(&program)
            .args([
                "broker",
                "--listener-url",
                &url,
                "--advertised-listener-url",
                &url,
            ])
            .args(["--storage-engine", "memory://tansu/", "--silent"])
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Tansu starts");
        eventually("the topic", || async {
            let mut command = Command::new(&program);
            command
                .args(["topic", "create", "images", "--broker", &url])
                .args(["--partitions", &partitions.to_string()])
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let status = command.status().await.expect("Tansu starts");
            status.success().then_some(())
        })
        .await;
        Self {
            brokers: format!("127.0.0.1:{port}"),
            _process: process,
        }
    }

    pub(crate) fn brokers(&self) -> &str {
        &self.brokers
    }
}

fn executable() -> PathBuf {
    let installed = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tools/.venv/tansu");
    let path = env::var_os("TANSU").map_or(installed, PathBuf::from);
    assert!(
        path.exists(),
        "{} does not exist: ./dev test installs it",
        path.display()
    );
    path
}
