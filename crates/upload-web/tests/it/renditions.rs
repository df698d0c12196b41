//! Tests pictures: types, caches, ranges, versions.

use axum::{body::to_bytes, http::StatusCode};
use upload_web::renditions::verify::{Expected, Found};

use crate::support::{
    records::{record, with_thumb},
    requests::{get, header, page, text},
    stack::Stack,
};

const BYTES: &str = "0123456789";

async fn stack() -> (Stack, String) {
    let stack = Stack::local().await;
    let record = record("a b/ü.jpg", |json| with_thumb(json, BYTES.as_bytes()));
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
    // The record names it, but the blob does not exist.
    let uri = "/renditions/a=20b=2F=C3=BC.jpg/large";
    assert_eq!(stack.send(get(uri)).await.status(), 404);
}

#[tokio::test]
async fn other_bytes_are_never_sent_under_the_records_hash() {
    let (stack, uri) = stack().await;
    let name = "a b/ü.jpg/thumb.webp";
    for other in ["012345678X", "0123456789 and more", "0123"] {
        stack.put_blob("renditions", name, other).await;
        for range in [None, Some("bytes=0-3")] {
            let mut request = get(&uri);
            if let Some(range) = range {
                let headers = request.headers_mut();
                headers.insert("range", range.parse().unwrap());
            }
            let response = stack.send(request).await;
            assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert_eq!(header(&response, "cache-control"), "private, no-store");
            assert_eq!(header(&response, "retry-after"), "5");
            assert!(response.headers().get("etag").is_none());
            let text = page(response, StatusCode::SERVICE_UNAVAILABLE).await;
            assert!(text.contains("being replaced"), "{text}");
        }
    }
    stack.put_blob("renditions", name, BYTES).await;
    assert_eq!(text(stack.send(get(&uri)).await).await, BYTES);
}

#[tokio::test]
async fn a_picture_that_is_too_large_to_keep_is_verified_as_well() {
    let stack = Stack::local().await;
    let mut bytes: Vec<u8> = (0..700_000_u32).flat_map(u32::to_le_bytes).collect();
    stack
        .put_record(&record("a", |json| with_thumb(json, &bytes)))
        .await;
    stack
        .put_blob("renditions", "a/thumb.webp", bytes.clone())
        .await;
    let whole = stack.send(get("/renditions/a/thumb")).await;
    assert_eq!(whole.status(), StatusCode::OK);
    let whole = to_bytes(whole.into_body(), usize::MAX).await.unwrap();
    assert!(whole == bytes);
    let mut request = get("/renditions/a/thumb");
    let range = "bytes=1500000-2600000".parse().unwrap();
    request.headers_mut().insert("range", range);
    let part = stack.send(request).await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    let part = to_bytes(part.into_body(), usize::MAX).await.unwrap();
    assert!(part == bytes[1_500_000..=2_600_000]);

    bytes[2_000_000] ^= 1;
    stack.put_blob("renditions", "a/thumb.webp", bytes).await;
    let response = stack.send(get("/renditions/a/thumb")).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_version_that_is_read_twice_is_the_same_twice() {
    let stack = Stack::local().await;
    let bytes = vec![7; 3 << 20];
    stack
        .put_blob("renditions", "a/thumb.webp", bytes.clone())
        .await;
    let record = record("a", |json| with_thumb(json, &bytes));
    let rendition = &record.renditions[0];
    let expected = Expected {
        path: "a/thumb.webp",
        bytes: 3 << 20,
        sha256: rendition.sha256.as_deref().unwrap(),
    };
    let renditions = &stack.app.renditions;
    let Found::Verified(picture) = renditions.verify(expected).await.unwrap() else {
        panic!("the bytes are those of the record")
    };
    // It is replaced between the two reads.
    stack
        .put_blob("renditions", "a/thumb.webp", vec![8; 3 << 20])
        .await;
    let body = renditions.body(picture, "a/thumb.webp", 0..10).await;
    assert!(body.unwrap().is_none());
}
