//! One Azurite for all tests of the process.

use std::{
    env,
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Command, Stdio},
    sync::OnceLock,
    thread,
    time::{Duration, Instant},
};

const KEY: &str =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

pub(crate) struct Azurite {
    blob_port: u16,
    queue_port: u16,
}

impl Azurite {
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Azurite> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    /// A connection string for the account of the emulator.
    pub(crate) fn connection_string(&self) -> String {
        let Self {
            blob_port,
            queue_port,
        } = self;
        format!(
            "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={KEY};\
             BlobEndpoint=http://127.0.0.1:{blob_port}/devstoreaccount1;\
             QueueEndpoint=http://127.0.0.1:{queue_port}/devstoreaccount1;"
        )
    }

    /// The address of the blobs, without a trailing slash.
    pub(crate) fn blob_endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/devstoreaccount1", self.blob_port)
    }

    fn start() -> Self {
        let executable = executable();
        assert!(
            executable.exists(),
            "there is no Azurite at {}: run npm ci in tools/, or name its executable in AZURITE",
            executable.display()
        );
        let [blob_port, queue_port, table_port] = free_ports();
        // Azurite ends with the thread that has started it, so that thread must never end.
        thread::spawn(move || {
            let mut command = Command::new(executable);
            command
                .args(["--silent", "--inMemoryPersistence", "--skipApiVersionCheck"])
                .args(["--disableTelemetry", "--loose"])
                .args(["--blobPort", &blob_port.to_string()])
                .args(["--queuePort", &queue_port.to_string()])
                .args(["--tablePort", &table_port.to_string()])
                .stdin(Stdio::null())
                .stdout(Stdio::null());
            let mut azurite = functions_dev_host::die_with_parent(&mut command)
                .spawn()
                .unwrap();
            panic!("Azurite has ended: {}", azurite.wait().unwrap());
        });
        let started = Instant::now();
        for port in [blob_port, queue_port] {
            while TcpStream::connect(("127.0.0.1", port)).is_err() {
                assert!(
                    started.elapsed() < super::PATIENCE,
                    "Azurite does not listen on port {port}"
                );
                thread::sleep(Duration::from_millis(20));
            }
        }
        Self {
            blob_port,
            queue_port,
        }
    }
}

fn executable() -> PathBuf {
    env::var_os("AZURITE").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tools/node_modules/.bin/azurite"),
        PathBuf::from,
    )
}

fn free_ports<const N: usize>() -> [u16; N] {
    // All ports are held until all are known, because otherwise the same one could be returned
    // twice.
    let listeners: [TcpListener; N] =
        std::array::from_fn(|_| TcpListener::bind(("127.0.0.1", 0)).unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}
