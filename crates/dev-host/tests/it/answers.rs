//! Tests how the host handles answers, and missing ones.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::{App, AppBuilder, Call, Reply};

/// An app whose handler answers the first attempt as given, and the second one successfully.
async fn second_time_well(first: Reply) -> App {
    let tried = std::sync::atomic::AtomicBool::new(false);
    AppBuilder::new()
        .blob("copy", "{name}")
        .start(move |_| {
            if tried.swap(true, std::sync::atomic::Ordering::SeqCst) {
                Reply::Json(json!({"Outputs": {"copy": "c2Vjb25k"}}))
            } else {
                first.clone()
            }
        })
        .await
}

const FIRST: &str = r#"{"Outputs": {"copy": "Zmlyc3Q="}}"#;

#[tokio::test]
async fn failures_throw_the_outputs_away_and_are_tried_again() {
    for (status, content_type, body) in [
        (500, "application/json", FIRST),
        (404, "application/json", FIRST),
        (304, "application/json", FIRST),
        (200, "text/plain", FIRST),
        (200, "application/json", "[1]"),
        (200, "application/json", "not JSON"),
    ] {
        let app = second_time_well(Reply::Raw {
            status,
            content_type,
            body,
        })
        .await;
        app.upload("a.png", b"x").await;
        assert_eq!(
            app.output("a.png").await,
            b"second",
            "{status} {content_type} {body}"
        );
        app.receipts(1).await;
        assert_eq!(app.handler.calls().len(), 2);
    }
}

#[tokio::test]
async fn every_success_status_and_json_type_will_do() {
    for (status, content_type) in [
        (201, "application/json"),
        (200, "text/json"),
        (200, "Application/JSON; charset=utf-8"),
    ] {
        let app = second_time_well(Reply::Raw {
            status,
            content_type,
            body: FIRST,
        })
        .await;
        app.upload("a.png", b"x").await;
        assert_eq!(app.output("a.png").await, b"first");
        app.receipts(1).await;
        assert_eq!(app.handler.calls().len(), 1);
    }
}

/// The handler is restarted after the time-out, and the event is tried again.
async fn assert_times_out(first: Reply) {
    const LIMIT: Duration = Duration::from_millis(500);
    let tried = std::sync::atomic::AtomicBool::new(false);
    let play = move |_: &Call| {
        if tried.swap(true, std::sync::atomic::Ordering::SeqCst) {
            Reply::empty()
        } else {
            first.clone()
        }
    };
    let mut app = AppBuilder::new()
        .build(play)
        .await
        .with_function_timeout(LIMIT);
    app.start().await;
    let pid = app.handler_pid();
    let start = Instant::now();
    app.upload("a.png", b"x").await;
    app.receipts(1).await;
    assert!(start.elapsed() >= LIMIT);
    assert_eq!(app.handler.calls().len(), 2);
    assert_ne!(app.handler_pid(), pid);
}

#[tokio::test]
async fn no_answer_in_time_restarts_the_handler() {
    assert_times_out(Reply::Hang).await;
}

#[tokio::test]
async fn an_empty_body_or_null_hangs_until_the_time_is_over() {
    for body in ["", "null"] {
        assert_times_out(Reply::Raw {
            status: 200,
            content_type: "application/json",
            body,
        })
        .await;
    }
}
