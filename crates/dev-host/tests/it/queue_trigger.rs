//! Tests the queue trigger beyond the recorded cases: failures, and the poison queue of the blob
//! trigger.

use std::fs;

use serde_json::json;

use crate::support::{AppBuilder, Reply, eventually, queue, send, texts};

#[tokio::test]
async fn a_failing_message_is_tried_five_times_and_parked() {
    let builder = AppBuilder::queue();
    let name = builder.queue_name();
    queue(&name).create(None).await.unwrap();
    let app = builder.start(|_| Reply::status(500)).await;
    // Messages that are not encoded are accepted, too.
    send(&queue(&name), "not base64").await;
    let poison = queue(&format!("{name}-poison"));
    let moved = eventually("poison message", || async { texts(&poison).await.pop() }).await;
    assert_eq!(moved, "not base64");
    let counts: Vec<_> = app
        .handler
        .calls()
        .iter()
        .map(|call| call.json()["Metadata"]["DequeueCount"].clone())
        .collect();
    assert_eq!(counts, ["1", "2", "3", "4", "5"]);
}

#[tokio::test]
async fn what_is_parked_can_trigger_another_function() {
    let builder = AppBuilder::queue();
    let name = builder.queue_name();
    queue(&name).create(None).await.unwrap();
    let mut app = builder
        .build(|call| match call.function.as_str() {
            "ProcessQueue" => Reply::status(500),
            _ => Reply::empty(),
        })
        .await;
    let binding =
        json!({"name": "parked", "type": "queueTrigger", "queueName": format!("{name}-poison")});
    let folder = app.root.path().join("Unpark");
    fs::create_dir(&folder).unwrap();
    let function = json!({"bindings": [binding]}).to_string();
    fs::write(folder.join("function.json"), function).unwrap();
    app.start().await;
    send(&queue(&name), "e30=").await;
    let calls = app.calls(6).await;
    let last = calls.last().unwrap();
    assert_eq!(last.function, "Unpark");
    assert_eq!(last.json()["Data"]["parked"], "\"{}\"");
    eventually("empty queues", || async {
        let left = [
            texts(&queue(&name)).await,
            texts(&queue(&format!("{name}-poison"))).await,
        ];
        left.concat().is_empty().then_some(())
    })
    .await;
    assert_eq!(app.handler.calls().len(), 6);
}

#[tokio::test]
async fn a_queue_that_is_created_later_is_watched() {
    let builder = AppBuilder::queue();
    let watched = queue(&builder.queue_name());
    let app = builder
        .host_json(
            "extensions",
            json!({"queues": {"maxPollingInterval": "00:00:00.1"}}),
        )
        .start(|_| Reply::empty())
        .await;
    watched.create(None).await.unwrap();
    send(&watched, "aGVsbG8=").await;
    let body = app.calls(1).await[0].json();
    assert_eq!(body["Data"]["item"], "\"hello\"");
}

#[tokio::test]
async fn a_setting_that_cannot_be_used_is_named() {
    for (queues, problem) in [
        (
            json!({"batchSize": 33}),
            "batchSize of extensions.queues must be",
        ),
        (json!({"maxDequeueCount": 0}), "maxDequeueCount at least 1"),
        (
            json!({"visibilityTimeout": "30"}),
            "visibilityTimeout of extensions.queues is 30",
        ),
    ] {
        let app = AppBuilder::queue()
            .host_json("extensions", json!({"queues": queues}))
            .build(|_| Reply::empty())
            .await;
        let message = app.try_start().await.unwrap_err().to_string();
        assert!(message.contains(problem), "{message}");
    }
}
