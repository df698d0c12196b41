//! Pictures: types, caches, ranges.

use axum::http::StatusCode;

use crate::support::{
    records::record,
    requests::{get, header, text},
    stack::Stack,
};

const BYTES: &str = "0123456789";

async fn stack() -> (Stack, String) {
    let stack = Stack::local().await;
    let record = record("a b/ü.jpg", |json| {
        json["renditions"][0]["bytes"] = 10.into();
    });
    stack.put_record(&record).await;
    stack
        .put_blob("renditions", "a b/ü.jpg/thumb.webp", BYTES)
        .await;
    let sha256 = record.renditions[0].sha256.clone().unwrap();
    let uri = format!("/renditions/{}/thumb", record.id);
    (stack, format!("{uri}?v={}", &sha256[..16]))
}

#[tokio::test]
async fn a_named_version_is_kept_for_ever_and_else_asked_about() {
    let (stack, uri) = stack().await;
    let response = stack.send(get(&uri)).await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "content-type"), "image/webp");
    assert_eq!(header(&response, "x-content-type-options"), "nosniff");
    assert_eq!(
        header(&response, "cache-control"),
        "private, max-age=31536000, immutable"
    );
    let etag = header(&response, "etag").to_owned();
    assert_eq!(text(response).await, BYTES);

    let (plain, _) = uri.split_once('?').unwrap();
    let response = stack.send(get(plain)).await;
    assert_eq!(header(&response, "cache-control"), "private, no-cache");
    let mut request = get(plain);
    request
        .headers_mut()
        .insert("if-none-match", etag.parse().unwrap());
    let response = stack.send(request).await;
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(text(response).await, "");
}

#[tokio::test]
async fn parts_are_sent_as_asked() {
    let (stack, uri) = stack().await;
    for (range, status, content_range, body) in [
        ("bytes=2-4", 206, "bytes 2-4/10", "234"),
        ("bytes=-3", 206, "bytes 7-9/10", "789"),
        ("bytes=20-", 416, "bytes */10", ""),
    ] {
        let mut request = get(&uri);
        request
            .headers_mut()
            .insert("range", range.parse().unwrap());
        let response = stack.send(request).await;
        assert_eq!(response.status(), status, "{range}");
        assert_eq!(header(&response, "content-range"), content_range);
        assert_eq!(text(response).await, body);
    }
}

#[tokio::test]
async fn what_was_not_made_is_not_there() {
    let (stack, _) = stack().await;
    for uri in [
        "/renditions/a=20b=2F=C3=BC.jpg/poster",
        "/renditions/nothing/thumb",
    ] {
        assert_eq!(stack.send(get(uri)).await.status(), 404, "{uri}");
    }
    // The record promises it, but the blob is gone.
    let uri = "/renditions/a=20b=2F=C3=BC.jpg/large";
    assert_eq!(stack.send(get(uri)).await.status(), 404);
}
