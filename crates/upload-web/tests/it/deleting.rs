//! Deleting takes everything.

use axum::{
    body::Body,
    http::{StatusCode, header},
};

use crate::support::{
    records::record,
    requests::{get, page, request, token},
    stack::Stack,
};

async fn stored(stack: &Stack) {
    stack.put_record(&record("a", |_| {})).await;
    stack.put_blob("uploads", "a", "original").await;
    stack.put_blob("renditions", "a/thumb.webp", "thumb").await;
    stack.put_blob("renditions", "a/large.jpeg", "large").await;
}

#[tokio::test]
async fn a_page_deletes_original_renditions_and_record() {
    let stack = Stack::local().await;
    stored(&stack).await;
    // The renditions of an image whose name begins alike.
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
    assert!(
        stack
            .blob("renditions", "a/thumb.webp/thumb.webp")
            .await
            .is_some()
    );
    assert_eq!(stack.send(get("/images/a")).await.status(), 404);
}

#[tokio::test]
async fn a_program_deletes_as_well_and_twice_is_not_found() {
    let stack = Stack::local().await;
    stored(&stack).await;
    let delete = || {
        request("DELETE", "/api/v1/images/a")
            .body(Body::empty())
            .unwrap()
    };
    assert_eq!(stack.send(delete()).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(stack.send(delete()).await.status(), StatusCode::NOT_FOUND);
    assert!(stack.blob("uploads", "a").await.is_none());
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
    let delete = request("DELETE", "/api/v1/images/a")
        .body(Body::empty())
        .unwrap();
    assert_eq!(stack.send(delete).await.status(), StatusCode::NO_CONTENT);
    assert!(stack.blob("renditions", "b/thumb.webp").await.is_some());
}
