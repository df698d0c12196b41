//! Tests that originals are sent to the users they belong to, with the facts of the record.

use axum::http::StatusCode;
use serde_json::Value;

use crate::support::{
    records::record,
    requests::{by, get, header, page, text},
    stack::Stack,
};

/// Stores an upload of Ana and its record.
async fn put(stack: &Stack, name: &str, change: impl FnOnce(&mut Value)) {
    let etag = stack.upload(name).await;
    let image = record(name, |json| {
        json["source"]["uploader"] = "aad:ana".into();
        json["source"]["etag"] = etag.into();
        json["file"]["bytes"] = 1.into();
        change(json);
    });
    stack.put_record(&image).await;
}

#[tokio::test]
async fn an_original_is_its_uploaders_and_drawn_only_where_it_is_harmless() {
    let stack = Stack::signed_in().await;
    put(&stack, "a.jpg", |_| {}).await;
    put(&stack, "b.tiff", |json| {
        json["file"]["type"] = "image/tiff".into();
    })
    .await;
    let response = stack.send(by("ana", get("/originals/a.jpg"))).await;
    assert_eq!(header(&response, "content-type"), "image/jpeg");
    assert_eq!(header(&response, "content-length"), "1");
    assert_eq!(text(response).await, "x");
    let response = stack.send(by("ana", get("/originals/b.tiff"))).await;
    assert_eq!(
        header(&response, "content-type"),
        "application/octet-stream"
    );
    let bens = stack.send(by("ben", get("/originals/a.jpg"))).await;
    assert_eq!(bens.status(), StatusCode::NOT_FOUND);

    let text = page(
        stack.send(by("ana", get("/images/a.jpg"))).await,
        StatusCode::OK,
    )
    .await;
    assert!(
        text.contains("Compare with the original") && text.contains("src=\"/originals/a.jpg\"")
    );
    let text = page(
        stack.send(by("ana", get("/images/b.tiff"))).await,
        StatusCode::OK,
    )
    .await;
    assert!(!text.contains("Compare with the original") && text.contains("Download the original"));
}

#[tokio::test]
async fn an_original_that_is_gone_or_another_one_is_not_found() {
    let stack = Stack::signed_in().await;
    put(&stack, "a.jpg", |_| {}).await;
    stack.put_blob("uploads", "a.jpg", "another").await;
    put(&stack, "m.jpg", |json| {
        json["source"]["kind"] = "kafka".into();
    })
    .await;
    for uri in [
        "/originals/a.jpg",
        "/originals/m.jpg",
        "/originals/none.jpg",
    ] {
        let response = stack.send(by("ana", get(uri))).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND, "{uri}");
    }
    let text = page(
        stack.send(by("ana", get("/images/m.jpg"))).await,
        StatusCode::OK,
    )
    .await;
    assert!(!text.contains("/originals/"));
}
