//! Tests the handler alone, called as the Functions host calls it.

use std::collections::HashMap;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{
    handler::{INVOCATION_ID, TRACE_ID, call, handler},
    images,
    stack::{Plan, Stack},
};

const INLINE: &str = include_str!("fixtures/blob_inline.json");
const DEFERRED: &str = include_str!("fixtures/blob_deferred.json");

async fn start() -> Stack {
    Plan::without_triggers().start().await
}

async fn invoke(stack: &Stack, body: String) -> (StatusCode, Value) {
    let answer = call(handler(&stack.settings), "/ProcessUpload", body).await;
    (answer.status, answer.json)
}

/// Settings whose services do not exist.
fn nowhere() -> HashMap<String, String> {
    let settings = [
        (
            "ImageStorage",
            "BlobEndpoint=http://127.0.0.1:1/none;SharedAccessSignature=sig=none",
        ),
        (
            "CosmosDb",
            "AccountEndpoint=http://localhost:1/;AccountKey=a2V5",
        ),
    ];
    settings
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// Stores the upload and returns the event about it.
async fn inline_upload(stack: &Stack, bytes: &[u8]) -> String {
    let name = "holiday/beach 1.jpg";
    stack
        .upload_with(name, bytes.to_vec(), &[("album", "summer")])
        .await;
    inline(bytes)
}

fn inline(bytes: &[u8]) -> String {
    INLINE.replace("@BASE64@", &STANDARD.encode(bytes))
}

#[tokio::test]
async fn an_inline_original_is_answered_with_every_output() {
    let stack = start().await;
    let event = inline_upload(&stack, &images::jpeg(700, 500, 1)).await;
    let (status, answer) = invoke(&stack, event).await;
    assert_eq!(status, StatusCode::OK);
    let outputs = answer["Outputs"].as_object().unwrap();
    let names: Vec<_> = outputs.keys().collect();
    assert_eq!(names, ["large", "medium", "record", "small", "thumb"]);
    for preset in ["thumb", "small", "medium", "large"] {
        STANDARD.decode(outputs[preset].as_str().unwrap()).unwrap();
    }
    let record = &outputs["record"];
    assert_eq!(record["id"], "holiday=2Fbeach=201.jpg");
    assert_eq!(record["source"]["name"], "holiday/beach 1.jpg");
    assert_eq!(record["file"]["name"], "beach 1.jpg");
    assert_eq!(record["file"]["declaredType"], "image/jpeg");
    assert_eq!(record["user"], json!({"album": "summer"}));
    assert_eq!(record["processing"]["invocationId"], INVOCATION_ID);
    assert_eq!(record["processing"]["traceId"], TRACE_ID);
    assert_eq!(answer["Logs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn an_original_that_could_need_too_much_memory_is_rejected() {
    let mut plan = Plan::without_triggers();
    plan.settings
        .insert("DARKROOM_MEMORY_MIB".to_owned(), "1".to_owned());
    let stack = plan.start().await;
    let event = inline_upload(&stack, &images::jpeg(2400, 1600, 1)).await;
    let (status, answer) = invoke(&stack, event).await;
    assert_eq!(status, StatusCode::OK);
    let record = &answer["Outputs"]["record"];
    assert_eq!(record["error"]["code"], "too-much-memory");
    assert_eq!(record["image"]["width"], 2400, "the header is recorded");
}

#[tokio::test]
async fn the_same_event_gives_the_same_answer_until_it_is_recorded() {
    let stack = start().await;
    let event = inline_upload(&stack, &images::jpeg(700, 500, 1)).await;
    let (_, mut first) = invoke(&stack, event.clone()).await;
    let (_, mut second) = invoke(&stack, event.clone()).await;
    for answer in [&mut first, &mut second] {
        let record = answer["Outputs"]["record"].as_object_mut().unwrap();
        record.remove("createdAt");
        record.remove("createdDay");
        record["processing"]
            .as_object_mut()
            .unwrap()
            .remove("milliseconds");
    }
    assert_eq!(first, second);

    // The host writes the outputs, and sends the event again.
    let (_, answer) = invoke(&stack, event.clone()).await;
    let outputs = &answer["Outputs"];
    stack.store(&outputs["record"]).await;
    for file in ["thumb.webp", "small.webp", "medium.webp"] {
        let preset = file.split('.').next().unwrap();
        let bytes = STANDARD.decode(outputs[preset].as_str().unwrap()).unwrap();
        let path = format!("holiday/beach 1.jpg/{file}");
        stack.put("renditions", &path, bytes).await;
    }
    let (_, incomplete) = invoke(&stack, event.clone()).await;
    assert!(
        incomplete["Outputs"]["large"].is_string(),
        "one output had failed"
    );
    let large = STANDARD.decode(outputs["large"].as_str().unwrap()).unwrap();
    stack
        .put("renditions", "holiday/beach 1.jpg/large.jpg", large)
        .await;
    let (status, answer) = invoke(&stack, event).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["Outputs"], json!({}));
    assert!(
        answer["Logs"][0]
            .as_str()
            .unwrap()
            .contains("already handled")
    );
}

#[tokio::test]
async fn what_is_no_image_is_a_record_and_nothing_else() {
    let stack = start().await;
    let event = inline_upload(&stack, b"plain text").await;
    let (status, answer) = invoke(&stack, event).await;
    assert_eq!(status, StatusCode::OK);
    let outputs = answer["Outputs"].as_object().unwrap();
    assert_eq!(outputs.keys().collect::<Vec<_>>(), ["record"]);
    assert_eq!(outputs["record"]["error"]["code"], "not-an-image");
}

#[tokio::test]
async fn bytes_that_storage_does_not_have_any_more_are_left_to_the_event_of_the_newer_ones() {
    let stack = start().await;
    inline_upload(&stack, &images::jpeg(70, 50, 2)).await;
    let (status, answer) = invoke(&stack, inline(&images::jpeg(70, 50, 1))).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["Outputs"], json!({}));
    assert!(
        answer["Logs"][0]
            .as_str()
            .unwrap()
            .contains("newer version")
    );
}

#[tokio::test]
async fn a_name_that_can_be_no_path_is_rejected() {
    let stack = start().await;
    for name in ["..", "a/../b.jpg", r"a\b.jpg", "a\nb.jpg"] {
        let once = serde_json::to_string(name).unwrap();
        let twice = serde_json::to_string(&once).unwrap();
        let body = inline(&images::jpeg(64, 64, 1)).replace(r#""\"holiday/beach 1.jpg\"""#, &twice);
        let (status, answer) = invoke(&stack, body).await;
        assert_eq!(status, StatusCode::OK, "{name}");
        let record = &answer["Outputs"]["record"];
        assert!(
            record["error"]["code"]
                .as_str()
                .unwrap()
                .starts_with("name-"),
            "{record}"
        );
    }
}

#[tokio::test]
async fn an_inline_original_over_the_limit_is_rejected_without_being_held() {
    let stack = start().await;
    inline_upload(&stack, b"the metadata of the event counts").await;
    let length = 64 * 1024 * 1024 + 3;
    let (status, answer) = invoke(&stack, inline(&vec![0; length])).await;
    assert_eq!(status, StatusCode::OK);
    let record = &answer["Outputs"]["record"];
    assert_eq!(record["error"]["code"], "too-many-bytes");
}

#[tokio::test]
async fn a_deferred_original_is_read_by_its_name() {
    let stack = start().await;
    let etag = stack.upload("beach.jpg", images::jpeg(320, 200, 1)).await;
    let event = deferred(&stack);
    let (status, answer) = invoke(&stack, event.clone()).await;
    assert_eq!(status, StatusCode::OK);
    let record = &answer["Outputs"]["record"];
    assert_eq!(record["status"], "processed");
    assert_eq!(record["image"]["width"], 320);
    assert_eq!(record["source"]["etag"], etag);

    stack.delete("uploads", "beach.jpg").await;
    let (status, answer) = invoke(&stack, event).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["Outputs"], json!({}));
    assert!(answer["Logs"][0].as_str().unwrap().contains("gone"));
}

/// The event about the blob `beach.jpg`, as the host sends it without the blob's bytes.
fn deferred(stack: &Stack) -> String {
    DEFERRED.replace("@URI@", &stack.uri("uploads", "beach.jpg"))
}

#[tokio::test]
async fn events_that_were_not_subscribed_to_change_nothing() {
    let stack = start().await;
    stack.upload("beach.jpg", images::jpeg(320, 200, 1)).await;
    for uri in [
        "http://169.254.169.254/metadata/identity".to_owned(),
        "https://other.blob.core.windows.net/uploads/beach.jpg".to_owned(),
        stack.uri("renditions", "beach.jpg"),
        stack.uri("uploads-of-others", "beach.jpg"),
    ] {
        let event = DEFERRED.replace("@URI@", &uri);
        let unnamed = event.replace(r#""name": "\"beach.jpg\"","#, "");
        for event in [event, unnamed] {
            let (status, answer) = invoke(&stack, event).await;
            assert_eq!(status, StatusCode::OK, "{uri}");
            assert_eq!(answer["Outputs"], json!({}), "{uri}");
        }
    }
    // A name that the trigger's pattern does not match is taken from the address.
    let event = deferred(&stack).replace(r#""name": "\"beach.jpg\"","#, "");
    let (_, answer) = invoke(&stack, event).await;
    assert_eq!(answer["Outputs"]["record"]["status"], "processed");
    let event = DEFERRED
        .replace("@URI@", &stack.uri("uploads", "a%0Ab.jpg"))
        .replace(r#""name": "\"beach.jpg\"","#, "");
    let (_, answer) = invoke(&stack, event).await;
    let record = &answer["Outputs"]["record"];
    assert_eq!(record["error"]["code"], "name-control-character");
}

#[tokio::test]
async fn storage_trouble_asks_for_another_try() {
    let event = DEFERRED.replace("@URI@", "http://127.0.0.1:1/none/uploads/beach.jpg");
    let answer = call(handler(&nowhere()), "/ProcessUpload", event).await;
    assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn what_no_host_sends_is_an_error() {
    for body in [
        "",
        "null",
        "{}",
        r#"{"Data": {}, "Metadata": {"name": "\"a\""}}"#,
    ] {
        let answer = call(handler(&nowhere()), "/ProcessUpload", body.to_owned()).await;
        assert!(!answer.status.is_success(), "{body}");
    }
}

#[tokio::test]
async fn the_host_finds_it_ready() {
    let request = Request::get("/").body(Body::empty()).unwrap();
    let response = handler(&nowhere()).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}
