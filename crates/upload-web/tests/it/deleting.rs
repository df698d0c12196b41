//! Tests that deleting removes everything, and leaves a tombstone.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use contract::{Record, SourceKind, Status};
use serde_json::json;
use tokio::time::sleep;

use crate::support::{
    jpeg,
    kafka::Broker,
    records::record,
    requests::{by, get, json, page, request, text, token},
    stack::Stack,
};

async fn stored(stack: &Stack) {
    stack.put_record(&record("a", |_| {})).await;
    stack.put_blob("uploads", "a", "original").await;
    stack.put_blob("renditions", "a/thumb.webp", "thumb").await;
    stack.put_blob("renditions", "a/large.jpeg", "large").await;
    // A rendition of a removed preset, which no record names.
    stack.put_blob("renditions", "a/banner.png", "banner").await;
}

#[tokio::test]
async fn a_page_deletes_original_renditions_and_record() {
    let stack = Stack::local().await;
    stored(&stack).await;
    // The renditions of an image whose name begins with the same text.
    stack
        .put_blob("renditions", "a/thumb.webp/thumb.webp", "another's")
        .await;
    let image = page(stack.send(get("/images/a")).await, StatusCode::OK).await;
    let body = format!("token={}", token(&image));
    let post = |body: String| {
        let request = request("POST", "/images/a/delete");
        let form = "application/x-www-form-urlencoded";
        request
            .header(header::CONTENT_TYPE, form)
            .body(body.into())
            .unwrap()
    };
    assert_eq!(stack.send(post("token=1.00".into())).await.status(), 403);
    assert!(stack.blob("uploads", "a").await.is_some());
    assert_eq!(stack.send(post(body)).await.status(), StatusCode::SEE_OTHER);
    assert!(stack.blob("uploads", "a").await.is_none());
    assert!(stack.blob("renditions", "a/thumb.webp").await.is_none());
    assert!(stack.blob("renditions", "a/large.jpeg").await.is_none());
    assert!(stack.blob("renditions", "a/banner.png").await.is_none());
    assert!(
        stack
            .blob("renditions", "a/thumb.webp/thumb.webp")
            .await
            .is_some()
    );
    assert_eq!(stack.send(get("/images/a")).await.status(), 404);
}

fn delete(id: &str) -> Request<Body> {
    request("DELETE", &format!("/api/v1/images/{id}"))
        .body(Body::empty())
        .unwrap()
}

#[tokio::test]
async fn what_is_deleted_leaves_a_tombstone_and_is_found_nowhere() {
    let stack = Stack::local().await;
    stored(&stack).await;
    stack.put_record(&record("b", |_| {})).await;
    assert_eq!(stack.send(delete("a")).await.status(), 204);
    let tombstone = stack.record("a").await.unwrap();
    assert_eq!(tombstone.status, Status::Deleted);
    assert_eq!(tombstone.source.container.as_deref(), Some("uploads"));
    assert_eq!(tombstone.source.uploader, None);
    assert_eq!(tombstone.file, contract::File::default());

    for uri in [
        "/images/a",
        "/api/v1/images/a",
        "/renditions/a/thumb",
        "/renditions/a/large",
    ] {
        assert_eq!(stack.send(get(uri)).await.status(), 404, "{uri}");
    }
    for uri in ["/", "/?tag=sea", "/uploads?id=a"] {
        let text = page(stack.send(get(uri)).await, StatusCode::OK).await;
        assert!(
            !text.contains("\"/images/a\"") || text.contains("no such image"),
            "{uri}"
        );
    }
    for uri in ["/api/v1/images", "/api/v1/images?status=processed"] {
        let listing = json(stack.send(get(uri)).await, StatusCode::OK).await;
        assert_eq!(listing["images"].as_array().unwrap().len(), 1, "{uri}");
    }
    let events = text(stack.send(get("/api/v1/images/a/events")).await).await;
    assert!(events.contains("\"missing\""), "{events}");
    let sum = json(
        stack.send(get("/api/v1/insights?days=1")).await,
        StatusCode::OK,
    )
    .await;
    assert_eq!(sum["images"], 0);
}

#[tokio::test]
async fn a_deletion_that_was_cut_off_can_be_sent_again() {
    let stack = Stack::local().await;
    stored(&stack).await;
    for _ in 0..2 {
        assert_eq!(stack.send(delete("a")).await.status(), 204);
        assert!(stack.blob("uploads", "a").await.is_none());
        // As if the deletion had been interrupted before its last step, or a handler had been
        // working at the same time.
        stack.put_blob("renditions", "a/thumb.webp", "late").await;
    }
    assert_eq!(stack.send(delete("a")).await.status(), 204);
    assert!(stack.blob("renditions", "a/thumb.webp").await.is_none());
    assert_eq!(stack.send(delete("never")).await.status(), 404);
}

#[tokio::test]
async fn the_renditions_of_a_new_image_survive_the_old_ones_deletion() {
    let stack = Stack::local().await;
    let past = "2024-05-01T08:15:30Z".parse().unwrap();
    let tombstone = Record::tombstone(record("a", |_| {}).source, past);
    stack.put_record(&tombstone).await;
    stack.put_blob("renditions", "a/thumb.webp", "new").await;
    assert_eq!(stack.send(delete("a")).await.status(), 204);
    assert!(stack.blob("renditions", "a/thumb.webp").await.is_some());
}

#[tokio::test]
async fn an_image_that_waits_is_deleted_for_good_and_its_name_is_free_again() {
    let stack = Stack::signed_in().await;
    let upload = || {
        let mut upload = request("POST", "/api/v1/images?filename=a.jpg");
        let key = "k-1".parse().unwrap();
        upload.headers_mut().unwrap().insert("idempotency-key", key);
        by("ana", upload.body(jpeg(80, 60, 1).into()).unwrap())
    };
    let answer = json(stack.send(upload()).await, StatusCode::ACCEPTED).await;
    let id = answer["id"].as_str().unwrap();
    let waits = format!("/api/v1/images/{id}");
    assert_eq!(stack.send(by("ben", delete(id))).await.status(), 404);
    assert_eq!(stack.send(by("ana", delete(id))).await.status(), 204);
    assert!(stack.uploads().await.is_empty());
    assert_eq!(stack.send(by("ana", get(&waits))).await.status(), 404);
    let tombstone = stack.record(id).await.unwrap();
    assert_eq!(tombstone.status, Status::Deleted);
    assert!(tombstone.source.etag.is_some());

    assert_eq!(stack.send(upload()).await.status(), 202);
    assert_eq!(stack.send(by("ana", get(&waits))).await.status(), 202);
    assert_eq!(stack.send(by("ben", get(&waits))).await.status(), 404);
}

#[tokio::test]
async fn a_message_that_waits_is_deleted_with_its_original() {
    let broker = Broker::start();
    let stack = Stack::with(&[
        ("DARKROOM_AUTH", "none"),
        ("DARKROOM_FLOWS", "kafka"),
        ("KAFKA_BROKERS", &broker.address()),
        ("DARKROOM_KAFKA_INLINE_KIB", "1"),
    ])
    .await;
    let upload = request("POST", "/api/v1/images?filename=a.jpg");
    let upload = upload.body(jpeg(400, 300, 1).into()).unwrap();
    let answer = json(stack.send(upload).await, StatusCode::ACCEPTED).await;
    let id = answer["id"].as_str().unwrap();
    let blob = &broker.messages(1)[0].headers["blob"];
    assert!(stack.blob("incoming", blob).await.is_some());
    let waits = format!("/api/v1/images/{id}");
    assert_eq!(stack.send(get(&waits)).await.status(), 202);
    assert_eq!(stack.send(delete(id)).await.status(), 204);
    assert!(stack.blob("incoming", blob).await.is_none());
    assert_eq!(stack.send(get(&waits)).await.status(), 404);
    let tombstone = stack.record(id).await.unwrap();
    assert_eq!(tombstone.source.kind, SourceKind::Kafka);
}

#[tokio::test]
async fn an_incoming_original_is_deleted_wherever_it_was_found() {
    let stack = Stack::local().await;
    let url = stack
        .blobs
        .blob_client("incoming", "x y/1.jpg")
        .url()
        .path()
        .to_owned();
    let referred = record("k1", |json| {
        json["source"] = json!({"kind": "kafka", "container": "incoming", "name": "k1", "key": "k1",
            "url": format!("http://127.0.0.1{url}"), "topic": "images", "partition": 1, "offset": 7});
    });
    let by_key = record("k2", |json| {
        json["source"] = json!({"kind": "sink", "name": "k2", "key": "k2", "topic": "images",
            "partition": 1, "offset": 8});
    });
    for (record, blob) in [(&referred, "x y/1.jpg"), (&by_key, "k2")] {
        stack.put_record(record).await;
        stack.put_blob("incoming", blob, "original").await;
        assert_eq!(stack.send(delete(record.id.as_str())).await.status(), 204);
        assert!(stack.blob("incoming", blob).await.is_none(), "{blob}");
        let tombstone = stack.record(record.id.as_str()).await.unwrap();
        assert_eq!(tombstone.source.version(), record.source.version());
    }
}

#[tokio::test]
async fn a_record_cannot_point_at_somebody_elses_renditions() {
    let stack = Stack::local().await;
    let forged = record("a", |json| {
        json["renditions"][0]["path"] = "b/thumb.webp".into();
    });
    stack.put_record(&forged).await;
    stack
        .put_blob("renditions", "b/thumb.webp", "another's")
        .await;
    assert_eq!(stack.send(get("/renditions/a/thumb")).await.status(), 404);
    assert_eq!(stack.send(delete("a")).await.status(), 204);
    assert!(stack.blob("renditions", "b/thumb.webp").await.is_some());
}

/// If an image of the same name is uploaded while the old one is deleted, the new image is
/// complete.
#[tokio::test]
async fn an_image_that_comes_while_the_old_one_is_deleted_stays() {
    const TRIES: u64 = 25;
    let stack = Stack::local().await;
    let mut stayed = 0;
    for number in 0..TRIES {
        let name = format!("image-{number}");
        let mut old = record(&name, |_| {});
        old.source.etag = Some(stack.upload(&name).await);
        stack.put_record(&old).await;
        let upload = async {
            // Every attempt meets the deletion at another point.
            sleep(Duration::from_millis(number)).await;
            let etag = stack.upload(&name).await;
            stack
                .put_rendition(&format!("{name}/thumb.webp"), &etag)
                .await;
            let mut new = record(&name, |_| {});
            new.source.etag = Some(etag);
            stack.put_record(&new).await;
            new
        };
        let (deleted, new) = tokio::join!(stack.send(delete(&name)), upload);
        assert_eq!(deleted.status(), 204);
        if stack.blob("uploads", &name).await.is_none() {
            continue;
        }
        stayed += 1;
        let record = stack.record(&name).await.unwrap();
        assert_eq!(record.source.etag, new.source.etag, "{name}");
        assert_eq!(record.status, new.status, "{name}");
        let rendition = stack
            .blob("renditions", &format!("{name}/thumb.webp"))
            .await;
        assert!(rendition.is_some(), "{name}");
    }
    assert!(stayed > 0, "no upload arrived late enough");
}
