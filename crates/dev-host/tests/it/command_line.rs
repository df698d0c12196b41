//! Tests the program as a user sees it: its output, its exit statuses and its end.

use std::{
    process::{Output, Stdio},
    time::Duration,
};

use rustix::process::{Pid, Signal, test_kill_process};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    net::TcpListener,
};

use crate::support::{AppBuilder, Program, Reply, eventually, program};

async fn run(arguments: &[&str]) -> Output {
    let run = program(arguments).output();
    tokio::time::timeout(Duration::from_secs(30), run)
        .await
        .expect("the program ends by itself")
        .unwrap()
}

/// Asserts that the program fails with one line on standard error.
#[track_caller]
fn assert_fails(output: &Output, status: i32, line: &str) {
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains(line), "{error}");
    assert_eq!(error.lines().count(), 1, "{error}");
}

async fn assert_ends(pid: Pid) {
    eventually("end of the handler", || async {
        test_kill_process(pid).err()
    })
    .await;
}

#[tokio::test]
async fn an_invocation_is_logged_as_under_func_start() {
    let app = AppBuilder::new()
        .build(|call| match call.blob_name().as_str() {
            "bad.png" => Reply::status(500),
            _ => Reply::Json(
                serde_json::json!({"Logs": ["said the handler"], "Outputs": {"other": 1}}),
            ),
        })
        .await;
    let mut program = Program::start(&app);
    program.line(&["Functions:"]).await;
    program.line(&["\tProcessUpload: blobTrigger"]).await;
    app.upload("a.png", b"x").await;
    let path = format!("{}/a.png", app.container);
    let reason = format!("(Reason='New blob detected: {path}', Id=");
    let line = program
        .line(&["Executing 'Functions.ProcessUpload'", &reason])
        .await;
    let (time, _) = line
        .strip_prefix('[')
        .unwrap()
        .split_once("Z] Executing")
        .unwrap();
    assert_eq!(time.len(), "2026-11-24T10:00:00.000".len());
    program.line(&["] said the handler"]).await;
    program.line(&["The output other is dropped"]).await;
    program
        .line(&["Executed 'Functions.ProcessUpload' (Succeeded, Id=", "ms)"])
        .await;
    app.upload("bad.png", b"x").await;
    program
        .line(&[
            "Executed 'Functions.ProcessUpload' (Failed, Id=",
            "the handler answered 500",
            "as the test wants it",
        ])
        .await;
    program
        .line(&["has failed 5 times", "webjobs-blobtrigger-poison"])
        .await;
}

#[tokio::test]
async fn the_handler_gets_the_environment_of_the_host() {
    let app = AppBuilder::new()
        .setting("RELAY_DESCRIBE", "1")
        .setting("RELAY_STDOUT", "on standard output")
        .setting("RELAY_STDERR", "a WARNing\nno good")
        .setting("FUNCTIONS_WORKER_RUNTIME", "custom")
        .build(|_| Reply::empty())
        .await;
    let root = app.root.path().canonicalize().unwrap();
    let root = root.to_str().unwrap();
    let arguments = ["start", "--port", "0", "--script-root", root];
    let mut child = program(&arguments)
        // A terminal shows levels by colour. Here they are allowed one by one.
        .env("RUST_LOG", "off,functions_dev_host=info")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut seen = Vec::new();
    while !seen.iter().any(|line: &String| line.contains("ready")) {
        let line = lines.next_line().await.unwrap().unwrap();
        seen.push(line.split_once("] ").unwrap().1.to_owned());
    }
    let has = |wanted: &str| seen.iter().any(|line| line == wanted);
    assert!(has("on standard output"), "{seen:?}");
    assert!(has("a WARNing") && has("no good"), "{seen:?}");
    assert!(has(&format!("cwd={root}")), "{seen:?}");
    assert!(has(&format!("FUNCTIONS_APP_ROOT_PATH={root}")), "{seen:?}");
    assert!(has("FUNCTIONS_WORKER_RUNTIME=custom"), "{seen:?}");
    let value = |name: &str| {
        let prefix = format!("{name}=");
        let value = seen.iter().find_map(|line| line.strip_prefix(&prefix));
        value
            .unwrap_or_else(|| panic!("no {name} in {seen:?}"))
            .to_owned()
    };
    assert_eq!(
        value("FUNCTIONS_CUSTOMHANDLER_PORT"),
        value("FUNCTIONS_HTTPWORKER_PORT")
    );
    assert_eq!(
        value("FUNCTIONS_CUSTOMHANDLER_WORKER_ID"),
        value("FUNCTIONS_HTTPWORKER_ID")
    );
}

#[tokio::test]
async fn standard_error_is_an_error_unless_it_speaks_of_a_warning() {
    let app = AppBuilder::new()
        .setting("RELAY_STDERR", "a WARNing\nno good")
        .build(|_| Reply::empty())
        .await;
    let root = app.root.path().to_str().unwrap();
    let mut child = program(&["start", "--port", "0", "--script-root", root])
        .env("RUST_LOG", "functions_dev_host=error")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next_line().await.unwrap().unwrap();
    assert!(first.ends_with("] no good"), "{first}");
}

#[tokio::test]
async fn blobs_are_announced_without_being_asked_for() {
    let app = AppBuilder::new()
        .event_grid()
        .build(|_| Reply::empty())
        .await;
    let mut program = Program::start(&app);
    program
        .line(&["\tProcessUpload: blobTrigger (EventGrid)"])
        .await;
    app.subscribed().await;
    app.upload("a.png", b"x").await;
    let path = format!("{}/a.png", app.container);
    let reason = format!("(Reason='New blob detected(EventGrid): {path}', Id=");
    program
        .line(&["Executing 'Functions.ProcessUpload'", &reason])
        .await;
}

#[tokio::test]
async fn events_that_azure_would_lose_are_warned_of() {
    let app = AppBuilder::new()
        .event_grid()
        .build(|_| Reply::empty())
        .await;
    let polled = app.root.path().join("Polled");
    std::fs::create_dir(&polled).unwrap();
    let function =
        r#"{"bindings": [{"name": "original", "type": "blobTrigger", "path": "other/{name}"}]}"#;
    std::fs::write(polled.join("function.json"), function).unwrap();
    let mut program = Program::start(&app);
    program
        .line(&["'ProcessUpload' would lose its events, because 'Polled'"])
        .await;
}

#[tokio::test]
async fn a_handler_that_will_not_start_stops_the_host() {
    let app = AppBuilder::new()
        .setting("RELAY_EXIT", "3")
        .build(|_| Reply::empty())
        .await;
    let root = app.root.path().to_str().unwrap();
    let output = run(&["start", "--port", "0", "--script-root", root]).await;
    assert_fails(
        &output,
        1,
        "the host stops: the handler failed 3 times within 30 minutes",
    );
    let log = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        log.matches("The handler ended with exit status: 3").count(),
        3,
        "{log}"
    );
}

#[tokio::test]
async fn a_handler_that_exits_with_success_is_not_started_again() {
    let app = AppBuilder::new()
        .setting("RELAY_EXIT", "0")
        .build(|_| Reply::empty())
        .await;
    let root = app.root.path().to_str().unwrap();
    let output = run(&["start", "--port", "0", "--script-root", root]).await;
    assert_fails(&output, 1, "exited with status 0 and is not started again");
}

#[tokio::test]
async fn the_handler_ends_with_the_host_however_that_ends() {
    for signal in [Signal::TERM, Signal::INT, Signal::KILL] {
        let app = AppBuilder::new().build(|_| Reply::empty()).await;
        let mut program = Program::start(&app);
        let handler = program.handler().await;
        program.line(&["Functions:"]).await;
        program.signal(signal);
        let status = program.child.wait().await.unwrap();
        assert_eq!(
            status.success(),
            signal != Signal::KILL,
            "{signal:?}: {status}"
        );
        assert_ends(handler).await;
    }
}

#[tokio::test]
async fn a_bad_configuration_is_one_line_and_status_64() {
    let output = run(&["start", "--script-root", "/no/such/folder", "--port", "0"]).await;
    assert_fails(&output, 64, "there is no folder /no/such/folder");

    let app = AppBuilder::new()
        .trigger("path", "%NoSuchSetting%/{name}".into())
        .build(|_| Reply::empty())
        .await;
    let root = app.root.path().to_str().unwrap();
    let output = run(&["start", "--script-root", root, "--port", "0"]).await;
    assert_fails(
        &output,
        64,
        "function.json: the binding original: path: the setting NoSuchSetting is not set",
    );

    let app = AppBuilder::new()
        .trigger("connection", "Gone".into())
        .build(|_| Reply::empty())
        .await;
    let root = app.root.path().to_str().unwrap();
    let output = run(&["start", "--script-root", root, "--port", "0"]).await;
    assert_fails(
        &output,
        64,
        "the trigger original: the connection Gone is not set",
    );
}

#[tokio::test]
async fn a_taken_port_is_one_line() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let port = taken.local_addr().unwrap().port().to_string();
    let output = run(&["start", "--script-root", "/", "--port", &port]).await;
    assert_fails(
        &output,
        1,
        &format!("the address {address} cannot be used (choose another port with --port)"),
    );
    let output = run(&["cosmos", "--listen", &address]).await;
    assert_fails(
        &output,
        1,
        &format!("the address {address} cannot be used (choose another address with --listen)"),
    );
}

#[tokio::test]
async fn a_store_that_is_served_alone_says_where() {
    for (arguments, line) in [
        (&["kafka"][..], "Kafka (in memory) listens on 127.0.0.1:"),
        (
            &["cosmos", "--listen", "127.0.0.1:0"],
            "Cosmos DB (in memory) listens on http://localhost:",
        ),
    ] {
        Program::spawn(program(arguments)).line(&[line]).await;
    }
}

#[tokio::test]
async fn the_host_tells_that_it_runs() {
    let port = {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let app = AppBuilder::new().build(|_| Reply::empty()).await;
    let root = app.root.path().to_str().unwrap();
    let _child = program(&["start", "--script-root", root, "--port", &port.to_string()])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let url = format!("http://127.0.0.1:{port}/admin/host/status");
    let body = eventually("status", || async {
        reqwest::get(&url).await.ok()?.text().await.ok()
    })
    .await;
    assert_eq!(body, r#"{"state":"Running"}"#);
}

#[tokio::test]
async fn the_status_tells_where_kafka_is() {
    let mut app = AppBuilder::kafka().start(|_| Reply::empty()).await;
    let url = format!("{}/admin/host/status", app.url);
    let body = reqwest::get(url).await.unwrap().text().await.unwrap();
    let brokers = app.host().kafka().unwrap().brokers();
    assert_eq!(
        body,
        format!(r#"{{"kafkaBrokers":"{brokers}","state":"Running"}}"#)
    );
}
