//! Tests blob outputs, by what is in storage afterwards.

use azure_storage_blob::models::BlobClientGetPropertiesResultHeaders as _;
use serde_json::{Value, json};

use crate::support::{AppBuilder, Reply, queue, texts};

#[tokio::test]
async fn every_conversion_of_a_blob_output() {
    let builder = AppBuilder::new();
    let typed = json!({
        "name": "typed", "type": "blob", "direction": "out", "dataType": "binary",
        "path": format!("{}/typed", builder.output_container()), "connection": "AzureWebJobsStorage",
    });
    let app = builder
        .blob("decoded", "decoded")
        .blob("text", "text")
        .blob("number", "number")
        .blob("object", "object")
        .blob("array", "array")
        .blob("null", "null")
        .blob("missing", "{no-such-value}")
        .blob("Case", "case")
        .blob("$return", "returned")
        .output(typed)
        .start(|_| {
            Reply::Json(json!({
                "Outputs": {
                    "decoded": "RGFya3Jvb20=",
                    "text": "no base64!",
                    "number": 12,
                    "object": {"a": [1]},
                    "array": [{"a": 1}],
                    "null": null,
                    "case": "eA==",
                    "typed": "RGFya3Jvb20=",
                },
                "ReturnValue": "cmV0dXJuZWQ=",
            }))
        })
        .await;
    app.upload("a.png", b"x").await;
    app.receipts(1).await;

    assert_eq!(app.output("decoded").await, b"Darkroom");
    assert_eq!(app.output("text").await, b"no base64!");
    assert_eq!(app.output("number").await, [12, 0, 0, 0]);
    assert_eq!(app.output("object").await, br#"{"a":[1]}"#);
    assert_eq!(app.output("array").await, br#"[{"a":1}]"#);
    assert_eq!(app.output("typed").await, b"RGFya3Jvb20=");
    assert_eq!(app.output("returned").await, b"returned");
    for missing in ["null", "case"] {
        assert!(
            !app.out().blob_client(missing).exists().await.unwrap(),
            "{missing}"
        );
    }
}

#[tokio::test]
async fn a_blob_output_is_a_block_blob_without_a_type_of_its_own() {
    let app = AppBuilder::new()
        .blob("copy", "{name}")
        .start(|_| Reply::Json(json!({"Outputs": {"copy": "eA=="}})))
        .await;
    app.upload("a.png", b"x").await;
    app.output("a.png").await;
    let id = app.handler.calls()[0].headers["x-azure-functions-invocationid"].clone();
    let blob = app.out().blob_client("a.png");
    let properties = blob.get_properties(None).await.unwrap();
    assert_eq!(
        properties.content_type().unwrap().as_deref(),
        Some("application/octet-stream")
    );
    assert_eq!(
        properties.blob_type().unwrap().unwrap().to_string(),
        "BlockBlob"
    );
    assert_eq!(
        properties
            .metadata()
            .unwrap()
            .get("azurewebjobsparentid")
            .map(String::as_str),
        id.to_str().ok()
    );
}

#[tokio::test]
async fn paths_are_resolved_from_settings_and_the_event() {
    let builder = AppBuilder::new().setting("Folder", "set");
    let app = builder
        .blob(
            "copy",
            "%Folder%/{name}/{Properties.ContentLength}/{sys.MethodName}/{datetime:yyyy}",
        )
        .start(|_| Reply::Json(json!({"Outputs": {"copy": "eA=="}})))
        .await;
    app.upload("a/b.png", b"12345").await;
    let system = &app.calls(1).await[0].json()["Metadata"]["sys"];
    let year = &system["UtcNow"].as_str().unwrap()[..4];
    assert_eq!(
        app.output(&format!("set/a/b.png/5/ProcessUpload/{year}"))
            .await,
        b"x"
    );
}

#[tokio::test]
async fn a_failed_output_fails_the_invocation_and_empties_the_blobs() {
    let builder = AppBuilder::new();
    let name = builder.queue_name();
    let app = builder
        .host_json("extensions", json!({"blobs": {"poisonBlobThreshold": 1}}))
        .blob("good", "good")
        .blob("bad", "{no-such-value}")
        .output(json!({
            "name": "next", "type": "queue", "direction": "out", "queueName": name,
            "connection": "AzureWebJobsStorage",
        }))
        .start(|_| {
            Reply::Json(json!({"Outputs": {"good": "eA==", "bad": "eA==", "next": "sent!"}}))
        })
        .await;
    app.upload("a.png", b"x").await;
    app.poison_messages(1).await;
    assert_eq!(app.output_now("good").await.as_deref(), Some(&b""[..]));
    assert_eq!(texts(&queue(&name)).await, ["sent!"]);
}

#[tokio::test]
async fn a_time_fails_a_blob_and_leaves_it_empty() {
    let app = AppBuilder::new()
        .host_json("extensions", json!({"blobs": {"poisonBlobThreshold": 1}}))
        .blob("copy", "copy")
        .start(|_| Reply::Json(json!({"Outputs": {"copy": "2026-11-27T10:00:00.000Z"}})))
        .await;
    app.upload("a.png", b"x").await;
    app.poison_messages(1).await;
    assert_eq!(app.output_now("copy").await.as_deref(), Some(&b""[..]));
}

#[tokio::test]
async fn an_array_is_many_messages_of_a_queue() {
    let builder = AppBuilder::new();
    let name = builder.queue_name();
    let app = builder
        .output(json!({
            "name": "next", "type": "queue", "direction": "out", "queueName": name,
            "connection": "AzureWebJobsStorage",
        }))
        .start(|_| Reply::Json(json!({"Outputs": {"next": ["one", {"a": 1}]}})))
        .await;
    app.upload("a.png", b"x").await;
    app.receipts(1).await;
    assert_eq!(texts(&queue(&name)).await, ["one", "{\n  \"a\": 1\n}"]);
}

#[tokio::test]
async fn large_outputs_are_written_whole() {
    const LENGTH: usize = 6 * 1024 * 1024;
    let app = AppBuilder::new()
        .blob("copy", "copy")
        .start(|_| {
            let base64 = "AAAA".repeat(LENGTH / 3);
            Reply::Json(json!({"Outputs": {"copy": Value::from(base64)}}))
        })
        .await;
    app.upload("a.png", b"x").await;
    assert_eq!(app.output("copy").await, vec![0; LENGTH]);
}
