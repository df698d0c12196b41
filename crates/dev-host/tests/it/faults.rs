//! Tests that nothing is lost if processes are killed.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::PermissionsExt as _,
    sync::atomic::{AtomicBool, Ordering},
};

use rustix::process::{Signal, kill_process, test_kill_process};
use serde_json::json;

use crate::support::{App, AppBuilder, Program, Reply, eventually};

#[tokio::test]
async fn a_handler_killed_in_the_middle_loses_nothing() {
    const BLOBS: usize = 50;
    let first = AtomicBool::new(true);
    let app = AppBuilder::new()
        .blob("copy", "{name}")
        .start(move |_| {
            if first.swap(false, Ordering::SeqCst) {
                Reply::Hang
            } else {
                Reply::Json(json!({"Outputs": {"copy": "eA=="}}))
            }
        })
        .await;
    for index in 0..BLOBS {
        app.upload(&format!("{index}.png"), b"x").await;
    }
    app.calls(BLOBS / 2).await;
    let killed = app.handler_pid().unwrap();
    kill_process(killed, Signal::KILL).unwrap();

    app.receipts(BLOBS).await;
    assert_ne!(app.handler_pid().unwrap(), killed);
    let called: BTreeSet<_> = app.called_blobs().into_iter().collect();
    assert_eq!(called.len(), BLOBS);
    for index in 0..BLOBS {
        app.output(&format!("{index}.png")).await;
    }
}

#[tokio::test]
async fn a_host_that_ends_in_the_middle_starts_where_it_was() {
    let first = AtomicBool::new(true);
    let mut app = AppBuilder::new()
        .start(move |_| {
            if first.swap(false, Ordering::SeqCst) {
                Reply::Hang
            } else {
                Reply::empty()
            }
        })
        .await;
    app.upload("a.png", b"x").await;
    app.calls(1).await;
    let killed = app.handler_pid().unwrap();
    app.drop_host();
    assert!(
        test_kill_process(killed).is_err(),
        "the handler continues to run"
    );
    assert!(app.receipts_now().await.is_empty());

    app.start().await;
    app.receipts(1).await;
    assert_eq!(app.handler.calls().len(), 2);
}

#[tokio::test]
async fn a_host_killed_again_and_again_loses_nothing() {
    const BLOBS: usize = 40;
    let app = AppBuilder::new()
        .host_json(
            "extensions",
            json!({"blobs": {"maxDegreeOfParallelism": 4}}),
        )
        .blob("copy", "{name}")
        .build(|_| Reply::Json(json!({"Outputs": {"copy": "eA=="}})))
        .await;
    for index in 0..BLOBS {
        app.upload(&format!("{index}.png"), b"x").await;
    }
    for round in 1..4 {
        let mut program = Program::start(&app);
        app.calls(round * BLOBS / 5).await;
        program.signal(Signal::KILL);
        program.child.wait().await.unwrap();
    }
    let _program = Program::start(&app);
    assert_eq!(app.receipts(BLOBS).await.len(), BLOBS);
    for index in 0..BLOBS {
        app.output(&format!("{index}.png")).await;
    }
}

/// Makes the handler's first runs end with this status.
fn exit_first(app: &App, runs: u32, status: u8) {
    let handler = app.root.path().join("handler");
    let relay = fs::read_link(&handler).unwrap();
    let script = format!(
        "#!/bin/sh\necho x >> runs\n[ \"$(wc -l < runs)\" -gt {runs} ] || exit {status}\nexec {}\n",
        relay.display()
    );
    fs::remove_file(&handler).unwrap();
    fs::write(&handler, script).unwrap();
    fs::set_permissions(&handler, fs::Permissions::from_mode(0o755)).unwrap();
}

#[tokio::test]
async fn a_handler_may_ask_to_be_started_again_as_often_as_it_likes() {
    let mut app = AppBuilder::new().build(|_| Reply::empty()).await;
    exit_first(&app, 4, 200);
    app.start().await;
    app.upload("a.png", b"x").await;
    app.calls(1).await;
}

#[tokio::test]
async fn hosts_of_today_start_a_handler_again_that_has_finished() {
    let mut app = AppBuilder::new().build(|_| Reply::empty()).await;
    exit_first(&app, 4, 0);
    app.restart_after_exit_0 = true;
    app.start().await;
    app.upload("a.png", b"x").await;
    app.calls(1).await;
}

#[tokio::test]
async fn two_failures_are_forgiven() {
    let mut app = AppBuilder::new().build(|_| Reply::empty()).await;
    exit_first(&app, 2, 1);
    app.start().await;
    app.upload("a.png", b"x").await;
    app.calls(1).await;
}

#[tokio::test]
async fn the_third_death_of_the_handler_stops_the_host() {
    let mut app = AppBuilder::new().start(|_| Reply::empty()).await;
    for deaths in 1..=3 {
        let pid = app.handler_pid().unwrap();
        kill_process(pid, Signal::KILL).unwrap();
        if deaths < 3 {
            eventually("another handler", || async {
                app.handler_pid().filter(|new| *new != pid)
            })
            .await;
        }
    }
    assert_eq!(
        app.host().failed().await.to_string(),
        "the host stops: the handler failed 3 times within 30 minutes"
    );
}
