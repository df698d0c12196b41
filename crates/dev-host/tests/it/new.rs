//! Tests `new`, up to the first answer of the new function.

use std::{fs, path::Path, process::Output, time::Duration};

use tokio::process::Command;

use crate::support::{Program, free_port, program};

const CRATES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
/// A first build takes one to two minutes on two cores that others use, too. Later builds take a
/// few seconds.
const BUILD_LIMIT: Duration = Duration::from_mins(15);

async fn new(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = program(&["new"]);
    command.args(arguments).current_dir(folder);
    command.output().await.unwrap()
}

#[track_caller]
fn assert_refused(output: &Output, wanted: &str) {
    assert_eq!(output.status.code(), Some(64), "{output:?}");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains(wanted), "{error}");
}

/// Makes cargo build into a folder that is kept, with the crates that are already on this machine.
fn with_target(command: &mut Command) -> &mut Command {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-project");
    command
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_NET_OFFLINE", "true")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .kill_on_drop(true)
}

#[tokio::test]
async fn a_new_project_answers() {
    let folder = tempfile::tempdir().unwrap();
    let output = new(folder.path(), &["greet", "--path-to-crates", CRATES]).await;
    assert!(output.status.success(), "{output:?}");
    let project = folder.path().join("greet");
    // The versions are the same as here, so that nothing is downloaded.
    let lock = Path::new(CRATES).join("../Cargo.lock");
    fs::copy(lock, project.join("Cargo.lock")).unwrap();
    let mut build = Command::new(env!("CARGO"));
    with_target(build.arg("build").current_dir(&project));
    let built = tokio::time::timeout(BUILD_LIMIT, build.status()).await;
    assert!(built.expect("the build ends").unwrap().success());

    let port = free_port().to_string();
    let mut start = program(&["start", "--port", &port]);
    with_target(start.current_dir(&project));
    let mut host = Program::spawn(start);
    host.line(&["Functions:"]).await;
    let url = format!("http://127.0.0.1:{port}");
    let invoke = program(&["invoke", "greet", "--data", "hello", "--url", &url])
        .current_dir(&project)
        .output()
        .await
        .unwrap();
    assert!(invoke.status.success(), "{invoke:?}");
    let answer = String::from_utf8_lossy(&invoke.stdout);
    assert_eq!(answer, r#"{"body":"hello","method":"POST"}"#);
}

#[tokio::test]
async fn every_trigger_has_a_project() {
    let folder = tempfile::tempdir().unwrap();
    for trigger in [
        "http",
        "queue",
        "blob",
        "timer",
        "kafka",
        "event-grid",
        "cosmos",
    ] {
        let name = format!("my-{trigger}");
        let output = new(folder.path(), &[&name, "--trigger", trigger]).await;
        assert!(output.status.success(), "{output:?}");
        let needs_storage = ["queue", "blob", "timer"].contains(&trigger);
        let said = String::from_utf8_lossy(&output.stdout).contains("Azurite");
        assert_eq!(said, needs_storage, "{output:?}");
        let read = |file: &str| fs::read_to_string(folder.path().join(&name).join(file)).unwrap();
        assert!(read("Cargo.toml").contains("azure-functions-custom-handler = \"0.1\""));
        assert!(read("src/main.rs").contains(&format!("\"/{name}\"")));
        assert!(read(&format!("{name}/function.json")).contains("Trigger\""));
        assert_eq!(read("README.md").contains("Azurite"), needs_storage);
        assert!(read(".gitignore").contains("local.settings.json"));
        assert!(read(".funcignore").contains("local.settings.json"));
    }
}

#[tokio::test]
async fn nothing_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let occupied = folder.path().join("greet");
    fs::create_dir(&occupied).unwrap();
    fs::write(occupied.join("mine"), "mine").unwrap();
    let output = new(folder.path(), &["greet"]).await;
    assert_refused(&output, "greet exists and is not empty");
    assert_eq!(fs::read_dir(&occupied).unwrap().count(), 1);

    fs::remove_file(occupied.join("mine")).unwrap();
    assert!(new(folder.path(), &["greet"]).await.status.success());
}

#[tokio::test]
async fn a_name_must_do_for_a_function_and_a_package() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["2fast", "a b", "../a", "src"] {
        assert_refused(&new(folder.path(), &[name]).await, "name");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}
