//! Tests `invoke`, which sends one event to a running host.

use std::{fs, process::Stdio};

use axum::{Router, http::StatusCode, routing::post};
use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt as _, net::TcpListener};

use crate::support::{App, AppBuilder, Reply, program};

/// Runs the command against an app, with standard input, and returns its exit status and output.
async fn invoke(app: &App, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = program(&["invoke"])
        .args(arguments)
        .arg("--script-root")
        .arg(app.root.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Not every run reads it.
    let _ = child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .await;
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (
        output.status.code().unwrap(),
        text(&output.stdout),
        text(&output.stderr),
    )
}

#[tokio::test]
async fn an_http_function_gets_a_request_and_its_answer_is_printed() {
    let app = AppBuilder::http()
        .start(|call| {
            let body = call.json()["Data"]["req"]["Body"].clone();
            let status = if body == "bad" { 400 } else { 201 };
            Reply::Json(json!({"Outputs": {"res": {"statusCode": status, "body": body}}}))
        })
        .await;
    let url = ["ProcessSink", "--url", &app.url];

    let arguments = [&url[..], &["--data", "hello"]].concat();
    let (status, output, note) = invoke(&app, &arguments, "").await;
    assert_eq!((status, output.as_str()), (0, "hello"), "{note}");
    assert_eq!(note, "201 Created\n");

    let arguments = [&url[..], &["--event", "-", "--path", "/ProcessSink?size=2"]].concat();
    let (status, output, _) = invoke(&app, &arguments, "from standard input").await;
    assert_eq!((status, output.as_str()), (0, "from standard input"));
    let call = app.handler.calls().pop().unwrap().json();
    assert_eq!(call["Data"]["req"]["Query"]["size"], "2");

    let arguments = [&url[..], &["--data", "bad"]].concat();
    let (status, output, note) = invoke(&app, &arguments, "").await;
    assert_eq!((status, output.as_str()), (1, "bad"));
    assert!(note.contains("the answer is 400 Bad Request"), "{note}");
}

#[tokio::test]
async fn a_key_is_asked_for_and_sent() {
    let mut app = AppBuilder::http()
        .setting("DEV_HOST_FUNCTION_KEY", "secret")
        .build(|_| Reply::empty())
        .await
        .with_required_keys();
    app.start().await;
    let url = ["ProcessSink", "--url", &app.url];
    let (status, _, note) = invoke(&app, &url, "").await;
    assert_eq!(status, 1);
    assert!(note.contains("--key"), "{note}");
    let arguments = [&url[..], &["--key", "secret"]].concat();
    assert_eq!(invoke(&app, &arguments, "").await.0, 0);
}

#[tokio::test]
async fn mistakes_are_one_line_that_says_what_to_do() {
    let app = AppBuilder::http().build(|_| Reply::empty()).await;
    let nobody = "http://127.0.0.1:1";
    for (arguments, status, wanted) in [
        (&["Other"][..], 64, "choose one of ProcessSink"),
        (
            &["ProcessSink", "--url", nobody],
            1,
            "functions-dev-host start",
        ),
        (&["ProcessSink", "--event", "/no/such"], 64, "with --event"),
    ] {
        let (code, output, note) = invoke(&app, arguments, "").await;
        assert_eq!((code, output.as_str()), (status, ""), "{note}");
        assert!(note.contains(wanted), "{note}");
        assert_eq!(note.lines().count(), 1, "{note}");
    }
}

/// The requests are those that were recorded from the real host in `conformance/cases/other`.
#[tokio::test]
async fn other_functions_are_started_as_by_the_real_host() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/cases/other");
    for case in ["admin-queue", "admin-blob", "timer-admin"] {
        let case = fs::read_to_string(format!("{folder}/{case}.json")).unwrap();
        let case: Value = serde_json::from_str(&case).unwrap();
        let sent = case["action"]["sent"].clone();
        let got = case["action"]["got"]["status"].as_u64().unwrap();
        let status = StatusCode::from_u16(got.try_into().unwrap()).unwrap();
        let function = case["function"].as_str().unwrap();

        let (sender, mut bodies) = tokio::sync::mpsc::unbounded_channel();
        let router = Router::new().route(
            sent["path"].as_str().unwrap(),
            post(async move |body: String| {
                sender.send(body).unwrap();
                status
            }),
        );
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = tokio::spawn(async move { axum::serve(listener, router).await });

        let app = AppBuilder::queue().build(|_| Reply::empty()).await;
        let root = app.root.path();
        fs::rename(root.join("ProcessQueue"), root.join(function)).unwrap();
        let mut arguments = vec![function, "--url", &url];
        if let Some(input) = sent["body"]["input"].as_str() {
            arguments.extend(["--data", input]);
        } else {
            let timer = json!({"name": "timer", "type": "timerTrigger", "schedule": "0 0 0 1 1 *"});
            let file = root.join(function).join("function.json");
            fs::write(file, json!({"bindings": [timer]}).to_string()).unwrap();
        }
        let (code, _, note) = invoke(&app, &arguments, "").await;
        assert_eq!(code, 0, "{note}");
        let body: Value = serde_json::from_str(&bodies.recv().await.unwrap()).unwrap();
        assert_eq!(body, sent["body"]);
        server.abort();
    }
}

#[tokio::test]
async fn an_event_that_is_not_accepted_is_a_failure() {
    let app = AppBuilder::queue().start(|_| Reply::empty()).await;
    let root = app.root.path();
    // The host does not know this one, which was added after its start.
    fs::create_dir(root.join("Later")).unwrap();
    fs::copy(
        root.join("ProcessQueue/function.json"),
        root.join("Later/function.json"),
    )
    .unwrap();
    let (status, _, note) = invoke(&app, &["Later", "--url", &app.url], "").await;
    assert_eq!(status, 64);
    assert!(note.contains("needs an event"), "{note}");
    let arguments = ["Later", "--data", "x", "--url", &app.url];
    let (status, _, note) = invoke(&app, &arguments, "").await;
    assert_eq!(status, 1);
    assert!(note.contains("no such function"), "{note}");
}

/// The real host cannot start these by hand.
#[tokio::test]
async fn a_kafka_function_gets_a_message() {
    let app = AppBuilder::kafka().start(|_| Reply::empty()).await;
    let arguments = ["ProcessMessage", "--data", "hello", "--url", &app.url];
    let (status, output, note) = invoke(&app, &arguments, "").await;
    assert_eq!(status, 0, "{note}");
    let place: Value = serde_json::from_str(&output).unwrap();
    assert_eq!(place["topic"], "images");
    let call = app.calls(1).await.remove(0);
    assert_eq!(call.json()["Data"]["original"], "aGVsbG8=");
    assert_eq!(place["offset"], call.place().1);

    let app = AppBuilder::http().start(|_| Reply::empty()).await;
    let kafka = AppBuilder::kafka().build(|_| Reply::empty()).await;
    let arguments = ["ProcessMessage", "--url", &app.url];
    let (status, _, note) = invoke(&kafka, &arguments, "").await;
    assert_eq!(status, 64);
    assert!(note.contains("does not serve Kafka"), "{note}");
}
