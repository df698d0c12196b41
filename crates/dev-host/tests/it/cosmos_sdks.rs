//! Tests the local Cosmos DB with Microsoft's SDKs for other languages: each creates, reads,
//! replaces under a condition, queries, patches, sends batches and follows the change feed
//! (`tests/sdks`).
//!
//! If its language is not installed, a test is skipped with a message. In CI it fails.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use functions_dev_host::CosmosEmulator;
use tokio::{net::TcpListener, process::Command, time::timeout};

/// Go compiles its SDK first.
const PATIENCE: Duration = Duration::from_mins(5);

#[tokio::test]
async fn javascript() {
    let modules = tools().join("node_modules");
    if is_missing("node", "--version").await {
        return;
    }
    let mut node = Command::new("node");
    node.arg(sdks().join("exercise.cjs"))
        .env("NODE_PATH", modules);
    exercise(node).await;
}

#[tokio::test]
async fn python() {
    let python = tools().join(".venv/bin/python");
    if is_missing(&python, "--version").await {
        return;
    }
    let mut python = Command::new(python);
    python.arg(sdks().join("exercise.py"));
    exercise(python).await;
}

#[tokio::test]
async fn go() {
    if is_missing("go", "version").await {
        return;
    }
    let mut go = Command::new("go");
    go.args(["run", "."]).current_dir(sdks().join("go"));
    exercise(go).await;
}

#[tokio::test]
async fn java() {
    let folder = sdks().join("java");
    if !folder.join("target/pom.installed").exists() || is_missing("javac", "-version").await {
        skip("the SDK for Java");
        return;
    }
    let mut java = Command::new("java");
    // It goes without TLS only if that is asked for.
    java.arg("-DCOSMOS.HTTP_CONNECTION_WITHOUT_TLS_ALLOWED=true")
        .args(["-cp", "target/dependency/*", "Exercise.java"])
        .current_dir(folder);
    exercise(java).await;
}

/// Runs a program on an empty account. Its exit status says whether everything was right.
async fn exercise(mut program: Command) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let account = CosmosEmulator::start(listener).unwrap();
    let run = program.arg(account.endpoint()).kill_on_drop(true).output();
    let output = timeout(PATIENCE, run).await.expect("it ends").unwrap();
    assert!(
        output.status.success(),
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

async fn is_missing(program: impl AsRef<Path>, version: &str) -> bool {
    let program = program.as_ref();
    let mut command = Command::new(program);
    let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
    let found = quiet.arg(version).status().await;
    let is_missing = !found.is_ok_and(|status| status.success());
    if is_missing {
        skip(&program.display().to_string());
    }
    is_missing
}

#[expect(clippy::print_stderr, reason = "a skipped test must print a message")]
fn skip(missing: &str) {
    let is_ci = env::var("CI").as_deref() == Ok("true");
    assert!(!is_ci, "{missing} is missing");
    eprintln!("Skipped: {missing} is missing. ./dev test installs everything except languages.");
}

fn sdks() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdks")
}

fn tools() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tools")
}
