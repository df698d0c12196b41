//! Deleting an original, with any tool, also deletes what was made of it.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;

use crate::support::{
    eventually, images,
    stack::{Mode, Stack},
};

/// How long a person who deletes an image may have to wait.
const SOON: Duration = Duration::from_secs(5);

#[tokio::test]
async fn a_deleted_original_takes_its_renditions_and_its_record_with_it() {
    let stack = Stack::in_mode(Mode::Deployed).await;
    let names = ["gone.jpg", "a folder/gone ü.jpg", "stays.jpg"];
    for name in names {
        let etag = stack.upload(name, images::jpeg(320, 240, 1)).await;
        stack.record_of(name, &etag).await;
    }
    let [gone, nested, stays] = names;
    stack.delete("uploads", gone).await;
    stack.delete("uploads", nested).await;
    for name in [gone, nested] {
        let deleted = eventually("the tombstone", || async {
            let record = stack.record(name).await?;
            (record["status"] == "deleted").then_some(record)
        });
        let record = timeout(SOON, deleted).await.expect("it takes a moment");
        assert_eq!(record.get("image"), None);
        assert_eq!(record["renditions"], json!([]));
    }
    let left = stack.blob_names("renditions").await;
    assert!(!left.is_empty());
    assert!(
        left.iter().all(|path| path.starts_with("stays.jpg/")),
        "{left:?}"
    );
    assert_eq!(stack.record(stays).await.unwrap()["status"], "processed");
}

/// Event Grid delivers late and in any order. A deletion from before an upload does not affect the
/// upload.
#[tokio::test]
async fn a_deletion_that_comes_late_does_not_touch_what_was_uploaded_since() {
    let stack = Stack::in_mode(Mode::Deployed).await;
    let name = "again.jpg";
    let etag = stack.upload(name, images::jpeg(320, 240, 1)).await;
    let record = stack.record_of(name, &etag).await;
    let event = json!([{
        "id": "1",
        "topic": "/subscriptions/x",
        "subject": format!("/blobServices/default/containers/uploads/blobs/{name}"),
        "eventType": "Microsoft.Storage.BlobDeleted",
        "eventTime": "2026-01-01T00:00:00Z",
        "dataVersion": "",
        "metadataVersion": "1",
        "data": {"api": "DeleteBlob", "url": stack.uri("uploads", name)},
    }]);
    let url = format!(
        "http://{}/runtime/webhooks/eventgrid?functionName=RemoveImage",
        stack.address
    );
    let request = reqwest::Client::new()
        .post(url)
        .header("aeg-event-type", "Notification")
        .header("Content-Type", "application/json")
        .body(event.to_string());
    let response = request.send().await.unwrap();
    assert!(response.status().is_success(), "{response:?}");
    assert_eq!(stack.record(name).await.unwrap()["_etag"], record["_etag"]);
    assert!(!stack.blob_names("renditions").await.is_empty());
}
