//! Flow B at the handler: messages by trigger and by sink connector, with real storage and database.

mod sink;

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use contract::{DeadLetter, Record, RefusedEvent, Source, SourceKind};
use serde_json::json;

use crate::support::{
    handler::{INVOCATION_ID, call, handler},
    images,
    stack::{Plan, Stack},
};

const MESSAGE: &str = include_str!("fixtures/kafka_message.json");

fn message(key: &str, value: &[u8], more_headers: &str) -> String {
    MESSAGE
        .replace("@BASE64@", &STANDARD.encode(value))
        .replace("@KEY@", key)
        .replace("@HEADERS@", more_headers)
}

#[tokio::test]
async fn a_message_is_answered_with_every_output() {
    let stack = Stack::start().await;
    let body = message("k1", &images::jpeg(400, 300, 1), "");
    let answer = call(handler(&stack.settings), "/ProcessMessage", body).await;
    assert_eq!(answer.status, StatusCode::OK);
    let outputs = answer.json["Outputs"].as_object().unwrap();
    let names: Vec<_> = outputs.keys().collect();
    assert_eq!(names, ["large", "medium", "record", "small", "thumb"]);
    let record = &outputs["record"];
    assert_eq!(record["id"], "k1");
    assert_eq!(record["source"]["kind"], "kafka");
    assert_eq!(record["source"]["partition"], 2);
    assert_eq!(record["source"]["offset"], 12);
    assert_eq!(
        record["source"]["uploadedAt"],
        "2026-11-24T09:30:00.000000000Z"
    );
    assert_eq!(record["file"]["name"], "beach.jpg");
    assert_eq!(record["user"], json!({"title": "Sunrise"}));
    assert_eq!(record["processing"]["attempt"], 1);
}

#[tokio::test]
async fn what_can_never_succeed_is_a_record_and_a_dead_letter() {
    let stack = Stack::start().await;
    let without_key = message("", b"no key", "")
        .replace("\"Key\": \"\\\"\\\"\",\n", "")
        .replace("@KEY@", "");
    for (offset, body, id, code, value) in [
        (
            21,
            message("k2", b"no image", ""),
            "k2",
            "not-an-image",
            &b"no image"[..],
        ),
        (22, without_key, "images=2F2=2F22", "no-key", b"no key"),
        (
            23,
            message("../k", b"x", ""),
            "images=2F2=2F23",
            "name-dot-segment",
            b"x",
        ),
        (
            24,
            message("caf\u{fffd}", b"x", ""),
            "images=2F2=2F24",
            "key-not-text",
            b"x",
        ),
        (
            25,
            message(&"k".repeat(500_000), b"x", ""),
            "images=2F2=2F25",
            "name-too-long",
            b"x",
        ),
    ] {
        let body = body.replace(r#""Offset": "12""#, &format!(r#""Offset": "{offset}""#));
        let answer = call(handler(&stack.settings), "/ProcessMessage", body).await;
        assert_eq!(answer.status, StatusCode::OK, "{code}");
        let outputs = answer.json["Outputs"].as_object().unwrap();
        assert_eq!(outputs.keys().collect::<Vec<_>>(), ["record"]);
        assert_eq!(outputs["record"]["id"], id);
        assert_eq!(outputs["record"]["error"]["code"], code);
        let place = format!("images/2/{offset}");
        let letter = stack.blob("dead-letter", &place).await.unwrap();
        let letter: DeadLetter = serde_json::from_slice(&letter).unwrap();
        assert_eq!(letter.error.code, code);
        assert_eq!(STANDARD.decode(letter.value).unwrap(), value);
        assert_eq!(letter.headers.len(), 3);
    }
}

#[tokio::test]
async fn a_large_original_comes_by_reference() {
    let stack = Stack::start().await;
    stack.put("incoming", "k3", images::jpeg(500, 400, 1)).await;
    let header = |blob: &str| {
        format!(
            r#",{{\"Key\":\"blob\",\"Value\":\"{}\"}}"#,
            STANDARD.encode(blob)
        )
    };
    let body = message("k3", b"", &header("k3"));
    let answer = call(handler(&stack.settings), "/ProcessMessage", body).await;
    let record = &answer.json["Outputs"]["record"];
    assert_eq!(record["status"], "processed", "{record}");
    assert_eq!(record["source"]["container"], "incoming");

    for (blob, code) in [
        ("gone", "blob-missing"),
        ("../uploads/x", "name-dot-segment"),
    ] {
        let body = message("k4", b"", &header(blob));
        let answer = call(handler(&stack.settings), "/ProcessMessage", body).await;
        assert_eq!(answer.json["Outputs"]["record"]["error"]["code"], code);
    }
}

#[tokio::test]
async fn both_ways_out_give_the_same_names_bytes_and_record() {
    let stack = Stack::start().await;
    let photo = Bytes::from(images::jpeg(900, 700, 5));
    let etag = stack.upload("same.jpg", photo).await;
    let mut by_bindings = stack.record_of("same.jpg", &etag).await;
    let names = ["large.jpg", "medium.webp", "small.webp", "thumb.webp"]
        .map(|file| format!("same.jpg/{file}"));
    let mut stored = Vec::new();
    for name in &names {
        stored.push(stack.eventual_blob("renditions", name).await);
        stack.delete("renditions", name).await;
    }

    let mut settings = stack.settings.clone();
    settings.insert("DARKROOM_DELIVERY".to_owned(), "direct".to_owned());
    stack.forget("same.jpg").await;
    let deferred = include_str!("fixtures/blob_deferred.json")
        .replace("@URI@", &stack.uri("uploads", "same.jpg"))
        .replace("beach.jpg", "same.jpg");
    let answer = call(handler(&settings), "/ProcessUpload", deferred).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json["Outputs"], json!({}));
    let mut directly = stack.record("same.jpg").await.unwrap();
    for (name, bytes) in names.iter().zip(stored) {
        assert_eq!(stack.blob("renditions", name).await, Some(bytes), "{name}");
    }
    for record in [&mut by_bindings, &mut directly] {
        let record = record.as_object_mut().unwrap();
        record.retain(|field, _| !field.starts_with('_'));
        for field in ["createdAt", "createdDay", "processing"] {
            record.remove(field);
        }
    }
    assert_eq!(by_bindings, directly);
}

#[tokio::test]
async fn a_message_does_not_take_over_the_name_of_a_blob() {
    let stack = Stack::start().await;
    let etag = stack.upload("mine.jpg", images::jpeg(300, 200, 1)).await;
    let record = stack.record_of("mine.jpg", &etag).await;
    let intruder = images::jpeg(400, 300, 2);
    let body = message("mine.jpg", &intruder, "");
    let answer = call(handler(&stack.settings), "/ProcessMessage", body).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json["Outputs"], json!({}));
    assert_eq!(stack.record("mine.jpg").await, Some(record));
    let letter = stack.blob("dead-letter", "images/2/12").await.unwrap();
    let letter: DeadLetter = serde_json::from_slice(&letter).unwrap();
    assert_eq!(letter.error.code, "name-taken");
    assert_eq!(letter.key.as_deref(), Some("mine.jpg"));
    assert_eq!(STANDARD.decode(letter.value).unwrap(), intruder);
}

#[tokio::test]
async fn an_event_that_cannot_be_read_is_kept() {
    let stack = Stack::start().await;
    let body = message("k5", b"value", "").replace("\"Topic\"", "\"Subject\"");
    let answer = call(handler(&stack.settings), "/ProcessMessage", body.clone()).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json["Outputs"], json!({}));
    let place = format!("events/ProcessMessage/{INVOCATION_ID}.json");
    let kept = stack.blob_names("dead-letter").await;
    assert_eq!(kept, std::slice::from_ref(&place));
    let event = stack.blob("dead-letter", &place).await.unwrap();
    let event: RefusedEvent = serde_json::from_slice(&event).unwrap();
    assert_eq!(event.error.code, "invalid-invocation");
    assert!(
        event.error.message.contains("Topic"),
        "{}",
        event.error.message
    );
    assert_eq!(
        STANDARD.decode(event.body.unwrap()).unwrap(),
        body.as_bytes()
    );
}

/// After a failure of an output the host cannot serialise its own exception, and breaks off in it.
#[tokio::test]
async fn a_request_that_is_cut_off_in_its_retry_context_is_processed() {
    let stack = Stack::start().await;
    let whole = message("k6", &images::jpeg(300, 200, 1), "");
    let (before, _) = whole.split_once("\"RetryContext\"").unwrap();
    let cut = r#""RetryContext":{"RetryCount":1,"MaxRetryCount":-1,"Exception":{"ClassName":"Microsoft.Azure.WebJobs.Host.FunctionInvocationException","Data":{"Self"#;
    let body = format!("{before}\"sys\": {{\"MethodName\": \"ProcessMessage\"}},{cut}");
    let answer = call(handler(&stack.settings), "/ProcessMessage", body).await;
    assert_eq!(answer.status, StatusCode::OK);
    let record = &answer.json["Outputs"]["record"];
    assert_eq!(record["status"], "processed", "{record}");
    assert_eq!(record["source"]["offset"], 12);
}

#[tokio::test]
async fn a_message_from_before_its_image_was_deleted_changes_nothing() {
    let stack = Plan::without_triggers().start().await;
    let source = Source {
        name: "k7".to_owned(),
        kind: SourceKind::Kafka,
        ..Source::default()
    };
    // This is half an hour after the message of the fixture.
    let tombstone = Record::tombstone(source, "2026-11-24T10:00:00Z".parse().unwrap());
    stack.store(&serde_json::to_value(tombstone).unwrap()).await;
    let deleted = stack.record("k7").await;
    let body = message("k7", &images::jpeg(300, 200, 1), "");
    let answer = call(handler(&stack.settings), "/ProcessMessage", body).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(answer.json["Outputs"], json!({}));
    assert_eq!(stack.record("k7").await, deleted);
    assert!(stack.blob_names("renditions").await.is_empty());
    assert!(stack.blob_names("dead-letter").await.is_empty());
}
