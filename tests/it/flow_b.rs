//! Flow B at the handler: messages by trigger and by sink connector, with real storage and database.

use axum::http::StatusCode;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use contract::{DeadLetter, Record, RecordId, RefusedEvent, Source, SourceKind};
use serde_json::{Value, json};

use crate::support::{
    handler::{Answer, INVOCATION_ID, call, handler},
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
