//! Tests what the process logs while all services refuse its requests.

use std::{net::SocketAddr, process::Stdio, time::Duration};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    process::Command,
    time::timeout,
};

use crate::support::{eventually, jpeg};

/// The longest wait for a line.
const PATIENCE: Duration = Duration::from_mins(1);
/// The key of a storage account that does not exist.
const KEY: &str = "bm90IGEga2V5IGJ1dCBsb25nIGVub3VnaCB0byBzaWduIHdpdGg=";
/// The password of a Kafka user who does not exist.
const PASSWORD: &str = "hunter2-hunter2";

/// The program, with a storage account, a database and a cluster at `address`.
fn program(address: SocketAddr, port: u16) -> Command {
    let account = format!(
        "AccountName=nobody;AccountKey={KEY};BlobEndpoint=http://{address}/nobody;\
         QueueEndpoint=http://{address}/nobody"
    );
    let mut command = Command::new(env!("CARGO_BIN_EXE_upload-web"));
    command
        .env_clear()
        .env("PORT", port.to_string())
        .env("DARKROOM_AUTH", "none")
        .env("DARKROOM_FLOWS", "blob,kafka")
        .env("DARKROOM_LOG", "debug")
        .env("DARKROOM_LOG_FORMAT", "json")
        .env("ImageStorage", account)
        .env(
            "CosmosDb",
            format!("AccountEndpoint=http://{address}/;AccountKey={KEY}"),
        )
        .env("KAFKA_BROKERS", address.to_string())
        .env("KAFKA_USERNAME", "nobody")
        .env("KAFKA_PASSWORD", PASSWORD)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// Accepts connections and closes them after the first bytes.
async fn refuse(listener: TcpListener) {
    while let Ok((mut socket, _)) = listener.accept().await {
        tokio::spawn(async move {
            let _ = socket.read(&mut [0; 1024]).await;
        });
    }
}

/// An address where every connection is refused.
async fn refusing(host: &str) -> SocketAddr {
    let listener = TcpListener::bind((host, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(refuse(listener));
    address
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

async fn ask(port: u16, request: &[u8]) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    socket.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

fn assert_without_secrets(text: &str) {
    for secret in ["sig=", KEY, PASSWORD] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

#[tokio::test]
async fn a_failure_is_told_with_its_causes_and_without_secrets() {
    // The host is not called localhost, so that no container is created at the start.
    let address = refusing("127.0.0.2").await;
    let port = free_port();
    let mut program = program(address, port).spawn().unwrap();
    let mut out = BufReader::new(program.stdout.take().unwrap()).lines();
    eventually("the program", || async {
        TcpStream::connect(("127.0.0.1", port)).await.ok()
    })
    .await;
    let body = jpeg(80, 60, 1);
    let head = format!(
        "POST /api/v1/images HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let answer = ask(port, &[head.as_bytes(), &body].concat()).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("cannot reach its storage"), "{answer}");
    assert_without_secrets(&answer);

    // Both kinds of trouble come, in either order.
    let (mut storage, mut kafka) = (None, None);
    let mut all = String::new();
    while storage.is_none() || kafka.is_none() {
        let line = timeout(PATIENCE, out.next_line()).await;
        let line = line.expect("a line").unwrap().expect("the log continues");
        let json: Value = serde_json::from_str(&line).expect("JSON");
        match json["message"].as_str() {
            Some("a dependency failed") => storage = Some(json),
            Some("Kafka cannot be used") => kafka = Some(json),
            _ => {}
        }
        all.push_str(&line);
    }
    let (storage, kafka) = (storage.unwrap(), kafka.unwrap());
    assert_eq!(storage["doing"], "writing an original");
    let causes = storage["error"].as_str().unwrap();
    assert!(causes.matches(": ").count() >= 2, "{causes}");
    assert!(storage["spans"][0]["trace_id"].is_string(), "{storage}");
    assert!(storage.get("span").is_none(), "{storage}");
    let reason = kafka["reason"].as_str().unwrap();
    assert!(reason.contains("SSL"), "{reason}");
    assert!(kafka["look_at"].as_str().unwrap().contains("KAFKA_BROKERS"));
    program.kill().await.unwrap();
    assert_without_secrets(&all);
}

#[tokio::test]
async fn what_keeps_the_program_from_starting_is_told_without_secrets() {
    let address = refusing("127.0.0.1").await;
    let output = program(address, free_port()).output().await.unwrap();
    assert_eq!(output.status.code(), Some(64));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(
        told.contains("the container uploads cannot be made"),
        "{told}"
    );
    assert_without_secrets(&told);
    assert_without_secrets(&String::from_utf8(output.stdout).unwrap());
}
