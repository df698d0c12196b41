//! Batches of the sink connector, at the handler.

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{DeadLetter, RecordId, RefusedEvent};
use serde_json::{Value, json};

use crate::support::{
    handler::{Answer, call, handler},
    images,
    stack::Stack,
};

/// A batch as the connector sends it.
fn batch(records: &[(&str, &[u8])]) -> Value {
    let records = records.iter().enumerate().map(|(offset, (key, value))| {
        json!({
            "key": key, "value": STANDARD.encode(value), "topic": "images",
            "partition": 1, "offset": offset, "timestamp": 1_795_512_600_000_i64,
        })
    });
    Value::Array(records.collect())
}

async fn sink(stack: &Stack, body: &str) -> Answer {
    call(
        handler(&stack.settings),
        "/api/ProcessSink",
        body.to_owned(),
    )
    .await
}

#[tokio::test]
async fn a_batch_with_one_bad_record_is_answered_record_by_record() {
    let stack = Stack::start().await;
    let body = batch(&[
        ("s1", &images::jpeg(300, 200, 1)),
        ("s2", b"no image"),
        ("s3", &images::png(20, 20)),
    ]);
    // Sending it again changes nothing.
    for expected in [["processed", "rejected", "processed"], ["unchanged"; 3]] {
        let answer = sink(&stack, &body.to_string()).await;
        assert_eq!(answer.status, StatusCode::OK);
        let results: Vec<_> = answer
            .json
            .as_array()
            .unwrap()
            .iter()
            .map(|one| {
                (
                    &one["payload"]["offset"],
                    one["payload"]["result"].as_str().unwrap(),
                )
            })
            .collect();
        let ends: Vec<_> = results
            .iter()
            .map(|(_, result)| result.split(':').next())
            .collect();
        assert_eq!(ends, expected.map(Some), "{results:?}");
        assert_eq!(results[2].0, &json!(2));
    }
    assert_eq!(stack.record("s1").await.unwrap()["source"]["kind"], "sink");
    assert_eq!(
        stack.record("s2").await.unwrap()["error"]["code"],
        "not-an-image"
    );
    let letter = stack.blob("dead-letter", "images/1/1").await.unwrap();
    let letter: DeadLetter = serde_json::from_slice(&letter).unwrap();
    assert_eq!(STANDARD.decode(letter.value).unwrap(), b"no image");
    assert_eq!(stack.blob_names("dead-letter").await, ["images/1/1"]);
    assert_eq!(stack.blob_names("renditions").await.len(), 8);
    let headers = stack.http_headers("renditions", "s1/thumb.webp").await;
    let headers = headers.each_ref().map(Option::as_deref);
    assert_eq!(
        headers,
        [Some("image/webp"), Some("public, max-age=31536000")]
    );
}

#[tokio::test]
async fn a_batch_in_an_envelope_is_the_same() {
    let stack = Stack::start().await;
    let body = batch(&[("e1", &images::jpeg(300, 200, 1))]).to_string();
    let envelope = json!({
        "Data": {"req": {"Url": "http://localhost/api/ProcessSink", "Method": "POST", "Query": {},
            "Headers": {"Content-Type": ["application/json"]}, "Params": {}, "Identities": [],
            "Body": body}},
        "Metadata": {"sys": {}},
    });
    let answer = call(
        handler(&stack.settings),
        "/ProcessSink",
        envelope.to_string(),
    )
    .await;
    assert_eq!(answer.status, StatusCode::OK);
    let response = &answer.json["Outputs"]["res"];
    assert_eq!(response["statusCode"], 200);
    assert!(
        response["body"].as_str().unwrap().contains("processed"),
        "{response}"
    );
    assert_eq!(stack.record("e1").await.unwrap()["status"], "processed");
}

#[tokio::test]
async fn a_body_that_is_no_batch_is_refused_and_nothing_is_done() {
    let stack = Stack::start().await;
    let mut broken = batch(&[("b1", &images::png(8, 8)), ("b2", &images::png(8, 8))]);
    broken[1].as_object_mut().unwrap().remove("topic");
    for body in ["", "{}", "[{]", &broken.to_string()] {
        let answer = sink(&stack, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body:.60}");
        assert!(answer.json["error"].is_string());
    }
    assert_eq!(stack.record("b1").await, None);
    assert!(stack.blob_names("renditions").await.is_empty());
}

#[tokio::test]
async fn a_database_that_is_away_asks_for_the_whole_batch_again() {
    let mut stack = Stack::start().await;
    let body = batch(&[("d1", &images::jpeg(300, 200, 1))]).to_string();
    stack.cosmos.stop().await;
    // Confluent's connector waits and retries after this status.
    assert_eq!(
        sink(&stack, &body).await.status,
        StatusCode::TOO_MANY_REQUESTS
    );
    stack.cosmos.resume().await.unwrap();
    assert_eq!(sink(&stack, &body).await.status, StatusCode::OK);
    assert_eq!(stack.record("d1").await.unwrap()["status"], "processed");
}

#[tokio::test]
async fn equal_keys_of_a_batch_are_handled_in_order() {
    let stack = Stack::start().await;
    let mut settings = stack.settings.clone();
    settings.insert("DARKROOM_WORKERS".to_owned(), "4".to_owned());
    // The earlier ones take longer, so in parallel they would end last.
    let sizes = [1600, 1200, 800, 400, 100];
    let photos = sizes.map(|width| images::jpeg(width, width / 2, 1));
    let records: Vec<_> = photos.iter().map(|photo| ("same", &photo[..])).collect();
    let body = batch(&records).to_string();
    let answer = call(handler(&settings), "/api/ProcessSink", body).await;
    assert_eq!(answer.status, StatusCode::OK);
    for result in answer.json.as_array().unwrap() {
        let result = result["payload"]["result"].as_str().unwrap();
        // In any other order, some would be unchanged because a newer one came first.
        assert!(result.starts_with("processed"), "{result}");
    }
    let record = stack.record("same").await.unwrap();
    assert_eq!(record["source"]["offset"], 4);
    assert_eq!(record["image"]["width"], 100);
}

#[tokio::test]
async fn a_batch_with_bad_base64_is_refused_and_nothing_is_done() {
    let stack = Stack::start().await;
    for value in ["A===", "=AAA", "AQI", "AQI=AQI=", "a-b_", "AQ==\n", "é"] {
        let mut body = batch(&[("b1", &images::png(8, 8)), ("b2", b"")]);
        body[1]["value"] = value.into();
        let answer = sink(&stack, &body.to_string()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{value}");
        let error = answer.json["error"].as_str().unwrap();
        assert!(error.contains("record 1"), "{value}: {error}");
    }
    assert_eq!(stack.record("b1").await, None);
    assert!(stack.blob_names("renditions").await.is_empty());
    assert!(stack.blob_names("dead-letter").await.is_empty());
}

#[tokio::test]
async fn a_blob_does_not_take_over_the_name_of_a_message() {
    let stack = Stack::start().await;
    let body = batch(&[("mine.jpg", &images::jpeg(300, 200, 1))]).to_string();
    assert_eq!(sink(&stack, &body).await.status, StatusCode::OK);
    let record = stack.record("mine.jpg").await;
    stack.upload("mine.jpg", images::jpeg(400, 300, 2)).await;
    let place = format!(
        "events/ProcessUpload/{}.json",
        RecordId::from_name("mine.jpg")
    );
    let event = stack.eventual_blob("dead-letter", &place).await;
    let event: RefusedEvent = serde_json::from_slice(&event).unwrap();
    assert_eq!(event.error.code, "name-taken");
    assert_eq!(event.container.as_deref(), Some("uploads"));
    assert_eq!(event.name.as_deref(), Some("mine.jpg"));
    assert_eq!(stack.record("mine.jpg").await, record);
    assert_eq!(stack.blob_names("renditions").await.len(), 4);
}
