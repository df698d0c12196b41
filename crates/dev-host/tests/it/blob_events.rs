//! Tests the blob trigger with Event Grid, from the delivery to the function.

use std::{
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde_json::json;

use crate::support::{AppBuilder, Reply, eventually};

#[tokio::test]
async fn nothing_is_scanned() {
    let app = AppBuilder::new()
        .event_grid()
        .start(|_| Reply::empty())
        .await;
    app.upload("silent.png", b"x").await;
    app.upload("announced.png", b"x").await;
    assert_eq!(app.announce("announced.png").await, 202);
    app.calls(1).await;
    assert_eq!(app.called_blobs(), ["announced.png"]);
}

#[tokio::test]
async fn an_inline_event_holds_the_newest_bytes() {
    let app = AppBuilder::new()
        .event_grid()
        .start(|_| Reply::empty())
        .await;
    app.upload("a.png", b"old").await;
    app.upload("a.png", b"Darkroom").await;
    app.announce("a.png").await;
    assert_eq!(
        app.calls(1).await[0].json()["Data"]["original"],
        "RGFya3Jvb20="
    );
}

#[tokio::test]
async fn a_failing_blob_is_tried_five_times_at_once_and_parked() {
    let app = AppBuilder::new()
        .event_grid()
        .start(|_| Reply::status(500))
        .await;
    app.upload("bad.png", b"x").await;
    app.announce("bad.png").await;
    let poison = app.poison_messages(1).await.remove(0);
    assert_eq!(poison["BlobName"], "bad.png");
    assert_eq!(poison["FunctionId"], "Host.Functions.ProcessUpload");
    assert_eq!(app.handler.calls().len(), 5);
}

#[tokio::test]
async fn events_of_one_name_are_worked_on_at_the_same_time() {
    // Each call waits for the other one, so if they ran one after the other they would never end.
    let both = Arc::new(Barrier::new(2));
    let app = AppBuilder::new()
        .event_grid()
        .start(move |_| {
            both.wait();
            Reply::empty()
        })
        .await;
    app.upload("a.png", b"x").await;
    app.announce("a.png").await;
    app.announce("a.png").await;
    app.calls(2).await;
}

#[tokio::test]
async fn no_more_events_are_in_hand_than_allowed() {
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let app = AppBuilder::new()
        .event_grid()
        .host_json(
            "extensions",
            json!({"blobs": {"maxDegreeOfParallelism": 1}}),
        )
        .start(move |_| {
            released.lock().unwrap().recv().unwrap();
            Reply::empty()
        })
        .await;
    for name in ["1.png", "2.png"] {
        app.upload(name, b"x").await;
        app.announce(name).await;
    }
    app.calls(1).await;
    app.uploads()
        .blob_client("2.png")
        .delete(None)
        .await
        .unwrap();
    app.upload("3.png", b"x").await;
    app.announce("3.png").await;
    release.send(()).unwrap();
    release.send(()).unwrap();
    // The second one waited until it was deleted, so it is skipped.
    app.calls(2).await;
    let mut names = app.called_blobs();
    names.sort();
    assert_eq!(names, ["1.png", "3.png"]);
}

#[tokio::test]
async fn a_host_that_ends_in_the_middle_finds_its_messages_again() {
    let first = AtomicBool::new(true);
    let mut app = AppBuilder::new()
        .event_grid()
        .build(move |_| {
            if first.swap(false, Ordering::SeqCst) {
                Reply::Hang
            } else {
                Reply::empty()
            }
        })
        .await
        .with_message_lease(Duration::from_secs(1));
    app.start().await;
    app.upload("a.png", b"x").await;
    app.announce("a.png").await;
    app.calls(1).await;
    app.drop_host();
    app.start().await;
    app.calls(2).await;
    assert_eq!(app.called_blobs(), ["a.png", "a.png"]);
}

#[tokio::test]
async fn a_message_in_hand_stays_hidden_for_as_long_as_the_work_takes() {
    let mut app = AppBuilder::new()
        .event_grid()
        .build(|call| {
            if call.blob_name() == "slow.png" {
                // Longer than two leases.
                std::thread::sleep(Duration::from_millis(2_500));
            }
            Reply::empty()
        })
        .await
        .with_message_lease(Duration::from_secs(1));
    app.start().await;
    app.upload("slow.png", b"x").await;
    app.announce("slow.png").await;
    eventually("end of the queue", || async {
        let left = app.queued_blobs().await;
        (app.handler.calls().len() == 1 && left == Some(0)).then_some(())
    })
    .await;
    assert_eq!(app.called_blobs(), ["slow.png"]);
}
