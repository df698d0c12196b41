//! Every request that was recorded from Microsoft's host is understood.

#![expect(
    clippy::unwrap_used,
    reason = "a test says by panicking what went wrong"
)]

use std::{fs, path::PathBuf};

use axum::{
    body::Body,
    extract::{FromRequest as _, Request},
};
use custom_handler::{BlobContent, BlobProperties, HttpRequestData, Invocation, KafkaMetadata};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct BlobMetadata {
    #[serde(deserialize_with = "custom_handler::encoded")]
    uri: String,
    properties: BlobProperties,
}

fn folder() -> PathBuf {
    PathBuf::from(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../dev-host/conformance"
    ))
}

fn json(file: PathBuf) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

fn files(folder: PathBuf) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
}

/// The trigger of a function, in whichever app that is.
fn trigger(function: &str) -> Value {
    let file = files(folder().join("apps"))
        .map(|app| app.join(function).join("function.json"))
        .find(|file| file.exists())
        .unwrap();
    let bindings = json(file)["bindings"].take();
    let is_trigger = |binding: &&Value| binding["type"].as_str().unwrap().ends_with("Trigger");
    bindings
        .as_array()
        .unwrap()
        .iter()
        .find(is_trigger)
        .unwrap()
        .clone()
}

async fn invocation<T: DeserializeOwned>(body: &str) -> Invocation<T> {
    let request = Request::new(Body::from(body.to_owned()));
    Invocation::from_request(request, &()).await.unwrap()
}

async fn check(trigger: &Value, body: &str) {
    let binding = trigger["name"].as_str().unwrap();
    // The types are for this form alone: as text everything else about a message is text, too.
    let is_binary = trigger["dataType"] == "binary" && trigger["cardinality"] != "MANY";
    match trigger["type"].as_str().unwrap() {
        "blobTrigger" => {
            let mut blob = invocation::<BlobMetadata>(body).await;
            assert!(blob.metadata.uri.starts_with("http://"));
            let length = blob.metadata.properties.content_length;
            if let BlobContent::Inline(bytes) = blob.blob(binding).unwrap() {
                assert_eq!(length, Some(bytes.len() as u64));
            }
        }
        "kafkaTrigger" if is_binary => {
            let mut message = invocation::<KafkaMetadata>(body).await;
            assert!(message.metadata.topic.starts_with("wire-k-"));
            message.bytes(binding).unwrap();
        }
        "httpTrigger" => {
            let mut request = invocation::<Value>(body).await;
            let request: HttpRequestData = request.json(binding).unwrap();
            assert!(request.url.contains("/api/"));
        }
        _ => {
            let mut other = invocation::<Value>(body).await;
            other.json::<Value>(binding).unwrap();
        }
    }
}

#[tokio::test]
async fn every_recorded_request_is_understood() {
    let mut understood = 0;
    for file in files(folder().join("cases")).flat_map(files) {
        let case = json(file);
        for request in case["requests"].as_array().unwrap() {
            // Forwarded requests are not the host's own, and a redirect is followed without a body.
            let function = request["url"].as_str().unwrap().trim_start_matches('/');
            if request["method"] != "POST" || function.starts_with("api/") {
                continue;
            }
            check(&trigger(function), request["body"].as_str().unwrap()).await;
            understood += 1;
        }
    }
    assert!(understood > 250, "{understood}");
}
