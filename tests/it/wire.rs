//! The handler alone, called as the Functions host calls it.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;
use connections::StorageConnection;
use darkroom::{app::App, router::router, settings::Settings, wiring::Wiring};
use imaging::Presets;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{azurite::Azurite, images, script_root::ScriptRoot};

const INLINE: &str = include_str!("fixtures/blob_inline.json");
const DEFERRED: &str = include_str!("fixtures/blob_deferred.json");
const NO_STORAGE: &str = "BlobEndpoint=http://127.0.0.1:1/none;SharedAccessSignature=sig=none";

/// The real router on the real script root, with the given storage account.
fn handler(storage: &str) -> Router {
    let root = ScriptRoot::new();
    let lookup = |key: &str| match key {
        "AzureWebJobsStorage" => Some(storage.to_owned()),
        "CosmosDb" => Some("AccountEndpoint=http://localhost:1/;AccountKey=a2V5".to_owned()),
        _ => None,
    };
    let settings = Settings::from_lookup(lookup).unwrap();
    let text = std::fs::read_to_string(root.path().join("presets.toml")).unwrap();
    let presets = Presets::parse(&text).unwrap();
    let wiring = Wiring::check(root.path(), &presets, &settings.incoming, lookup).unwrap();
    router(
        App::new(&settings, presets, &wiring, lookup).unwrap(),
        &settings,
    )
}

async fn invoke(handler: Router, body: String) -> (StatusCode, Value) {
    let request = Request::post("/ProcessUpload")
        .header("Content-Type", "application/json; charset=utf-8")
        .header(
            "X-Azure-Functions-InvocationId",
            "7d9f5a0f-7f0a-4f62-9d0f-0a5b5a0c9b11",
        )
        .header(
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        )
        .body(Body::from(body))
        .unwrap();
    let response = handler.oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

fn inline(bytes: &[u8]) -> String {
    INLINE.replace("@BASE64@", &STANDARD.encode(bytes))
}

#[tokio::test]
async fn an_inline_original_is_answered_with_every_output() {
    let (status, answer) = invoke(handler(NO_STORAGE), inline(&images::jpeg(700, 500, 1))).await;
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
    assert_eq!(
        record["processing"]["invocationId"],
        "7d9f5a0f-7f0a-4f62-9d0f-0a5b5a0c9b11"
    );
    assert_eq!(
        record["processing"]["traceId"],
        "4bf92f3577b34da6a3ce929d0e0e4736"
    );
    assert_eq!(answer["Logs"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_event_gives_the_same_answer() {
    let body = inline(&images::jpeg(700, 500, 1));
    let handler = handler(NO_STORAGE);
    let (_, mut first) = invoke(handler.clone(), body.clone()).await;
    let (_, mut second) = invoke(handler, body).await;
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
}

#[tokio::test]
async fn what_is_no_image_is_a_record_and_nothing_else() {
    let (status, answer) = invoke(handler(NO_STORAGE), inline(b"plain text")).await;
    assert_eq!(status, StatusCode::OK);
    let outputs = answer["Outputs"].as_object().unwrap();
    assert_eq!(outputs.keys().collect::<Vec<_>>(), ["record"]);
    assert_eq!(outputs["record"]["error"]["code"], "not-an-image");
}

#[tokio::test]
async fn a_name_that_can_be_no_path_is_rejected() {
    for name in ["..", "a/../b.jpg", r"a\b.jpg", "a\nb.jpg"] {
        let once = serde_json::to_string(name).unwrap();
        let twice = serde_json::to_string(&once).unwrap();
        let body = inline(&images::jpeg(64, 64, 1)).replace(r#""\"holiday/beach 1.jpg\"""#, &twice);
        let (status, answer) = invoke(handler(NO_STORAGE), body).await;
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
    let length = 64 * 1024 * 1024 + 3;
    let (status, answer) = invoke(handler(NO_STORAGE), inline(&vec![0; length])).await;
    assert_eq!(status, StatusCode::OK);
    let record = &answer["Outputs"]["record"];
    assert_eq!(record["error"]["code"], "too-many-bytes");
}

#[tokio::test]
async fn a_deferred_original_is_read_by_name_and_not_from_the_uri() {
    let azurite = Azurite::start().await;
    let storage = azurite.connection_string();
    let connection = StorageConnection::from_settings("S", |_| Some(storage.clone())).unwrap();
    let container = connection.blobs().unwrap().blob_container_client("uploads");
    container.create(None).await.unwrap();
    let blob = container.blob_client("beach.jpg");
    blob.upload(Bytes::from(images::jpeg(320, 200, 1)).into(), None)
        .await
        .unwrap();

    let (status, answer) = invoke(handler(&storage), DEFERRED.to_owned()).await;
    assert_eq!(status, StatusCode::OK);
    let record = &answer["Outputs"]["record"];
    assert_eq!(record["status"], "processed");
    assert_eq!(record["image"]["width"], 320);
    assert!(
        record["source"]["etag"]
            .as_str()
            .unwrap()
            .starts_with("\"0x"),
        "{record}"
    );

    blob.delete(None).await.unwrap();
    let (status, answer) = invoke(handler(&storage), DEFERRED.to_owned()).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(answer["Outputs"], json!({}));
    assert!(answer["Logs"][0].as_str().unwrap().contains("deleted"));
}

#[tokio::test]
async fn storage_trouble_asks_for_another_try() {
    let (status, _) = invoke(handler(NO_STORAGE), DEFERRED.to_owned()).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test]
async fn what_no_host_sends_is_an_error() {
    for body in [
        "",
        "null",
        "{}",
        r#"{"Data": {}, "Metadata": {"name": "\"a\""}}"#,
    ] {
        let (status, _) = invoke(handler(NO_STORAGE), body.to_owned()).await;
        assert!(!status.is_success(), "{body}");
    }
}

#[tokio::test]
async fn the_host_finds_it_ready() {
    let request = Request::get("/").body(Body::empty()).unwrap();
    let response = handler(NO_STORAGE).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}
