//! What becomes of images, live.

use std::time::Duration;

use axum::http::StatusCode;
use futures::StreamExt as _;
use tokio::time::timeout;

use crate::support::{
    jpeg,
    records::{record, rejected},
    requests::{get, header, json, request, text},
    stack::Stack,
};

#[tokio::test]
async fn a_stream_tells_when_an_image_is_processed_and_then_ends() {
    let stack = Stack::local().await;
    let upload = request("POST", "/api/v1/images?filename=a.jpg");
    let upload = upload.body(jpeg(80, 60, 1).into()).unwrap();
    let answer = json(stack.send(upload).await, StatusCode::ACCEPTED).await;
    let uri = format!("{}/events", answer["statusUrl"].as_str().unwrap());

    let response = stack.send(get(&uri)).await;
    assert_eq!(header(&response, "content-type"), "text/event-stream");
    let name = stack.only_upload().await;
    let (events, ()) = tokio::join!(text(response), async {
        stack.put_record(&record(name.as_str(), |_| {})).await;
    });
    assert!(events.contains("event: image\n"), "{events}");
    assert!(events.contains("\"status\":\"processed\""), "{events}");
    assert!(events.contains("\"thumbUrl\":\"/renditions/"), "{events}");
    assert!(events.ends_with("event: done\ndata: {}\n\n"), "{events}");
}

#[tokio::test]
async fn one_stream_follows_many() {
    let stack = Stack::local().await;
    stack.put_record(&record("a", |_| {})).await;
    stack.put_record(&rejected("b")).await;
    let events = text(stack.send(get("/api/v1/events?id=a&id=b&id=c")).await).await;
    for expected in ["\"processed\"", "\"code\":\"not-an-image\"", "\"missing\""] {
        assert!(events.contains(expected), "{expected} in {events}");
    }
    for query in ["", "?id=", "?id=a/b"] {
        let response = stack.send(get(&format!("/api/v1/events{query}"))).await;
        assert_eq!(response.status(), 400, "{query}");
    }
}

#[tokio::test]
async fn a_stream_ends_when_the_process_is_asked_to_stop() {
    let stack = Stack::local().await;
    stack.put_blob("uploads", "waiting", "original").await;
    let mut body = stack
        .send(get("/api/v1/images/waiting/events"))
        .await
        .into_body()
        .into_data_stream();
    stack.app.stopping.send_replace(true);
    let end = timeout(Duration::from_secs(30), async {
        while body.next().await.is_some() {}
    })
    .await;
    assert!(end.is_ok(), "the stream goes on");
}
