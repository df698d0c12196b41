//! Tests `start --watch`: the effect of a change of each file. The handler is a script that prints
//! its version and then runs the usual handler. Building it means copying it, so nothing is
//! compiled.

use std::{fs, path::PathBuf};

use reqwest::{Client, Method};
use serde_json::json;

use crate::support::{App, AppBuilder, Producer, Program, Reply, eventually, free_port};

/// The copy replaces the old file, which a running shell may still read.
const BUILD: &str =
    "grep -q exec src/handler && cp src/handler new && chmod +x new && mv new handler";

struct Project {
    app: App,
    program: Program,
    url: String,
}

impl Project {
    async fn start() -> Self {
        Self::start_with(&becoming_the_relay("version 1")).await
    }

    /// With this script as the handler.
    async fn start_with(script: &str) -> Self {
        let app = AppBuilder::http()
            .build(|_| Reply::Json(json!({"Outputs": {"res": {"body": "answered"}}})))
            .await;
        fs::create_dir(app.root.path().join("src")).unwrap();
        write_handler(&app, script);
        let port = free_port().to_string();
        let arguments = ["--watch", "--build", BUILD, "--port", &port];
        Self {
            program: Program::start_with(app.root.path(), &arguments),
            app,
            url: format!("http://127.0.0.1:{port}"),
        }
    }

    async fn status(&self, method: Method, path: &str) -> Option<u16> {
        let client = Client::builder().no_proxy().build().unwrap();
        let request = client.request(method, format!("{}{path}", self.url));
        Some(request.send().await.ok()?.status().as_u16())
    }

    /// Waits until the function answers there.
    async fn answers(&self, method: Method, path: &str) {
        eventually("answer", || async {
            let status = self.status(method.clone(), path).await;
            status.filter(|status| *status == 200)
        })
        .await;
    }

    fn function_json(&self) -> PathBuf {
        self.app.root.path().join("ProcessSink/function.json")
    }
}

/// A script that prints its version, and then runs the usual handler.
fn becoming_the_relay(version: &str) -> String {
    format!(
        "echo '{version}'; exec '{}'",
        env!("CARGO_BIN_EXE_relay-handler")
    )
}

fn write_handler(app: &App, script: &str) {
    let file = app.root.path().join("src/handler");
    fs::write(file, format!("#!/bin/sh\n{script}\n")).unwrap();
}

#[tokio::test]
async fn a_changed_source_is_built_and_run() {
    let mut project = Project::start().await;
    project.program.line(&["Building: grep"]).await;
    project.program.line(&["version 1"]).await;
    project.answers(Method::POST, "/api/ProcessSink").await;
    write_handler(&project.app, &becoming_the_relay("the second version"));
    project.program.line(&["Building: grep"]).await;
    project.program.line(&["the second version"]).await;
    project.answers(Method::POST, "/api/ProcessSink").await;
}

#[tokio::test]
async fn a_build_that_fails_leaves_the_handler_as_it_is() {
    let mut project = Project::start().await;
    project.answers(Method::POST, "/api/ProcessSink").await;
    let source = project.app.root.path().join("src/handler");
    fs::write(&source, "nothing to run").unwrap();
    project.program.line(&["the build failed"]).await;
    project
        .program
        .line(&["The handler of the last successful build keeps running"])
        .await;
    assert_eq!(
        project.status(Method::POST, "/api/ProcessSink").await,
        Some(200)
    );
    write_handler(&project.app, &becoming_the_relay("version 3"));
    project.program.line(&["version 3"]).await;
}

#[tokio::test]
async fn a_change_is_not_kept_waiting_by_a_handler_that_does_not_answer() {
    let mut project = Project::start_with("echo silent; exec sleep 100").await;
    project.program.line(&["silent"]).await;
    write_handler(&project.app, &becoming_the_relay("mended"));
    project.program.line(&["mended"]).await;
    project.answers(Method::POST, "/api/ProcessSink").await;
}

#[tokio::test]
async fn a_changed_function_starts_the_host_again() {
    let mut project = Project::start().await;
    project.answers(Method::POST, "/api/ProcessSink").await;
    let text = fs::read_to_string(project.function_json()).unwrap();
    // The first change is wrong. The host waits for the next change, and does not end.
    fs::write(project.function_json(), "{").unwrap();
    project.program.line(&["function.json: EOF"]).await;
    project.program.line(&["Waiting for a change"]).await;
    fs::write(project.function_json(), text.replace("post", "put")).unwrap();
    project.program.line(&["Functions:"]).await;
    project.answers(Method::PUT, "/api/ProcessSink").await;
    assert_eq!(
        project.status(Method::POST, "/api/ProcessSink").await,
        Some(404)
    );
}

#[tokio::test]
async fn stores_in_memory_outlive_the_host() {
    let cosmos = free_port();
    let account = format!("AccountEndpoint=http://localhost:{cosmos}/;AccountKey=c2VjcmV0;");
    let app = AppBuilder::kafka()
        .setting("CosmosDb", account)
        .output(json!({
            "name": "record", "type": "cosmosDB", "direction": "out", "connection": "CosmosDb",
            "databaseName": "darkroom", "containerName": "images",
        }))
        .build(|_| Reply::empty())
        .await;
    let mut program = Program::start_with(app.root.path(), &["--watch", "--port", "0"]);
    let kafka = program.line(&["Kafka (in memory) listens on "]).await;
    let kafka = kafka.split(" on ").nth(1).unwrap();
    program.line(&["Cosmos DB (in memory) listens on "]).await;
    program.line(&["Functions:"]).await;
    let status = async || {
        let client = Client::builder().no_proxy().build().unwrap();
        let database = format!("http://localhost:{cosmos}/dbs/darkroom");
        client.get(database).send().await.unwrap().status().as_u16()
    };
    assert_eq!(status().await, 200);
    let function = app.root.path().join("ProcessMessage/function.json");
    let text = fs::read_to_string(&function).unwrap();
    fs::write(&function, format!("{text}\n")).unwrap();
    program.line(&["Starting the host again"]).await;
    program.line(&["Functions:"]).await;
    assert_eq!(status().await, 200);
    let producer = Producer::new(kafka);
    producer.send(0, "key", b"hello").await;
    assert_eq!(app.calls(1).await.len(), 1);
}

#[tokio::test]
async fn a_handler_that_fails_is_run_again_after_a_change() {
    let mut project = Project::start().await;
    project.program.line(&["Functions:"]).await;
    write_handler(&project.app, "exit 1 # in place of exec");
    project.program.line(&["failed 3 times"]).await;
    project.program.line(&["Waiting for a change"]).await;
    write_handler(&project.app, &becoming_the_relay("mended"));
    project.program.line(&["mended"]).await;
    project.answers(Method::POST, "/api/ProcessSink").await;
}
