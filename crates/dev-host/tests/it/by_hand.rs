//! `POST /admin/functions/{name}`.

use serde_json::{Value, json};

use crate::{
    recorded::{cases, masked, pretty_eq, recorded_bodies},
    support::{App, AppBuilder, Reply},
};

async fn start(app: &App, function: &str, key: &str, body: Value) -> u16 {
    let url = format!("{}/admin/functions/{function}", app.url);
    let request = reqwest::Client::new()
        .post(url)
        .header("x-functions-key", key)
        .body(body.to_string());
    request.send().await.unwrap().status().as_u16()
}

async fn app(builder: AppBuilder) -> App {
    let app = builder.setting("DEV_HOST_MASTER_KEY", "mk");
    let mut app = app.build(|_| Reply::empty()).await.with_required_keys();
    app.start().await;
    app
}

#[tokio::test]
async fn a_queue_function_takes_a_text() {
    let app = app(AppBuilder::queue().named("QueuePlain")).await;
    let cases = cases("other");
    let (queue, no_key) = (&cases["admin-queue"], &cases["admin-no-key"]);
    let body = |case: &Value| case["action"]["sent"]["body"].clone();
    let status = start(&app, "QueuePlain", "no", body(no_key)).await;
    assert_eq!(status, no_key["action"]["got"]["status"]);
    let status = start(&app, "QueuePlain", "mk", body(queue)).await;
    assert_eq!(status, queue["action"]["got"]["status"]);
    let calls = app.calls(1).await;
    pretty_eq(
        "admin-queue",
        &[masked(calls[0].json())],
        &recorded_bodies(queue),
    );
    assert_eq!(start(&app, "Nothing", "mk", json!({})).await, 404);
    assert_eq!(start(&app, "QueuePlain", "mk", json!([])).await, 400);
}

#[tokio::test]
async fn a_blob_function_takes_the_path_of_a_blob() {
    let mut builder = AppBuilder::new();
    // Nothing is found by a scan.
    builder = builder.event_grid();
    let path = format!("{}/a b.jpg", builder.container());
    let app = app(builder).await;
    app.upload("a b.jpg", b"x").await;
    assert_eq!(
        start(&app, "ProcessUpload", "mk", json!({"input": path})).await,
        202
    );
    let body = app.calls(1).await[0].json();
    assert_eq!(body["Data"]["original"], "eA==");
    assert_eq!(body["Metadata"]["name"], "\"a b.jpg\"");
    assert_eq!(body["Metadata"]["original"], format!("\"{path}\""));
}

#[tokio::test]
async fn a_timer_tells_its_status() {
    let app = app(AppBuilder::new().named("Timer").triggered_by(json!({
        "name": "tick", "type": "timerTrigger", "direction": "in",
        "schedule": "0 0 0 1 1 *", "runOnStartup": true,
    })))
    .await;
    let first = app.calls(1).await[0].json();
    let status = &first["Data"]["tick"]["ScheduleStatus"];
    assert_eq!(status["Last"], "0001-01-01T00:00:00+00:00");
    app.timer_status("Timer").await;
    assert_eq!(start(&app, "timer", "mk", json!({})).await, 202);
    let case = &cases("other")["timer-admin"];
    let calls = app.calls(2).await;
    pretty_eq(
        "timer-admin",
        &[masked(calls[1].json())],
        &recorded_bodies(case),
    );
}
