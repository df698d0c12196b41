//! The timer trigger.

use serde_json::json;

use crate::support::{App, AppBuilder, Reply};

async fn app(schedule: &str) -> App {
    AppBuilder::new()
        .named("Timer")
        .triggered_by(json!({
            "name": "tick", "type": "timerTrigger", "direction": "in", "schedule": schedule,
        }))
        .start(|_| Reply::empty())
        .await
}

#[tokio::test]
async fn a_frequent_timer_keeps_no_status() {
    let app = app("* * * * * *").await;
    for call in app.calls(2).await {
        let tick = &call.json()["Data"]["tick"];
        assert_eq!(
            *tick,
            json!({"Schedule": {"AdjustForDST": true}, "ScheduleStatus": null, "IsPastDue": false})
        );
    }
}

#[tokio::test]
async fn what_a_host_has_missed_is_made_up_for_once() {
    let mut app = app("0 0 0 1 1 *").await;
    app.timer_status("Timer").await;
    app.drop_host();
    assert_eq!(app.handler.calls().len(), 0);
    // As if the host had been away for years.
    app.write_timer_status(
        "Timer",
        &json!({
            "Last": "2020-01-01T00:00:00+00:00", "Next": "2021-01-01T00:00:00+00:00",
            "LastUpdated": "2020-01-01T00:00:00+00:00",
        }),
    )
    .await;
    app.start().await;
    let body = app.calls(1).await[0].json();
    assert_eq!(body["Data"]["tick"]["IsPastDue"], true);
    let written = app
        .timer_status_after("Timer", "2021-01-01T00:00:00+00:00")
        .await;
    assert!(written["Last"].as_str().unwrap() > "2026");
    assert_eq!(app.handler.calls().len(), 1);
}

#[tokio::test]
async fn a_schedule_that_is_none_is_named() {
    let app = AppBuilder::new()
        .triggered_by(json!({"name": "tick", "type": "timerTrigger", "schedule": "daily"}))
        .build(|_| Reply::empty())
        .await;
    let message = app.try_start().await.unwrap_err().to_string();
    assert!(
        message.contains("the schedule daily is neither"),
        "{message}"
    );
}
