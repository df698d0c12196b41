//! Tests the live events about images.

use std::time::Duration;

use axum::{body::BodyDataStream, http::StatusCode};
use futures::{FutureExt as _, StreamExt as _};
use tokio::time::timeout;

use crate::support::{
    eventually, jpeg,
    kafka::Broker,
    records::{record, rejected},
    requests::{by, get, header, json, request, text},
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
    assert!(end.is_ok(), "the stream continues");
}

/// Streams about `id`, which are open until they are dropped.
async fn open(stack: &Stack, user: &str, id: &str) -> (StatusCode, BodyDataStream) {
    let uri = format!("/api/v1/images/{id}/events");
    let response = stack.send(by(user, get(&uri))).await;
    (response.status(), response.into_body().into_data_stream())
}

#[tokio::test]
async fn streams_are_bounded_and_their_places_come_free() {
    let stack = Stack::with(&[
        ("WEBSITE_AUTH_ENABLED", "True"),
        ("DARKROOM_STREAMS_AT_ONCE", "3"),
        ("DARKROOM_STREAMS_PER_USER", "2"),
    ])
    .await;
    stack.put_blob("uploads", "waiting", "original").await;
    let first = open(&stack, "admin", "waiting").await;
    let second = open(&stack, "admin", "waiting").await;
    assert_eq!((first.0, second.0), (StatusCode::OK, StatusCode::OK));
    let refused = open(&stack, "admin", "waiting").await;
    assert_eq!(refused.0, StatusCode::TOO_MANY_REQUESTS);
    let _third = open(&stack, "ben", "waiting").await;
    let busy = open(&stack, "carl", "waiting").await;
    assert_eq!(busy.0, StatusCode::SERVICE_UNAVAILABLE);
    drop(first);
    assert_eq!(open(&stack, "carl", "waiting").await.0, StatusCode::OK);
}

#[tokio::test]
async fn an_image_is_looked_up_once_for_all_who_follow_it() {
    let stack = Stack::signed_in().await;
    stack.put_blob("uploads", "waiting", "original").await;
    let mut streams = Vec::new();
    for _ in 0..5 {
        let (_, mut stream) = open(&stack, "admin", "waiting").await;
        // Nothing is requested before the stream is read.
        assert!(stream.next().now_or_never().is_none());
        streams.push(stream);
    }
    assert_eq!(stack.app.followed.len(), 1);
    // A user who may not see the image gets the answer at once, although others wait for it.
    let (_, stream) = open(&stack, "ben", "waiting").await;
    let told: Vec<_> = stream.map(|chunk| chunk.unwrap().to_vec()).collect().await;
    let told = String::from_utf8(told.concat()).unwrap();
    assert!(told.contains("\"missing\"") && told.contains("event: done"));

    stack.put_record(&record("waiting", |_| {})).await;
    for stream in streams {
        let told: Vec<_> = stream.map(|chunk| chunk.unwrap().to_vec()).collect().await;
        let told = String::from_utf8(told.concat()).unwrap();
        assert!(told.contains("\"processed\""), "{told}");
    }
    assert!(stack.app.followed.is_empty());
}

#[tokio::test]
async fn who_goes_away_is_waited_for_no_longer() {
    let stack = Stack::signed_in().await;
    stack.put_blob("uploads", "waiting", "original").await;
    let (_, mut stream) = open(&stack, "admin", "waiting").await;
    assert!(stream.next().now_or_never().is_none());
    assert_eq!(stack.app.followed.len(), 1);
    drop(stream);
    eventually("the end of looking", || async {
        stack.app.followed.is_empty().then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_name_that_was_made_up_is_not_on_its_way() {
    let broker = Broker::start();
    let stack = Stack::with(&[
        ("DARKROOM_AUTH", "none"),
        ("DARKROOM_FLOWS", "kafka"),
        ("KAFKA_BROKERS", &broker.address()),
    ])
    .await;
    // Version 7, of the year 2119 and of 2024.
    for uuid in [
        "0449e7d4-8000-7000-8000-000000000000",
        "0190163d-8694-739b-aea5-966c26f8ad91",
    ] {
        let events = text(
            stack
                .send(get(&format!("/api/v1/events?id={uuid}=2Fa.jpg")))
                .await,
        )
        .await;
        assert!(events.contains("\"missing\""), "{events}");
    }
}
