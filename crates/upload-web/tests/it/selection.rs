//! Tests that users can download and delete several of their own images at once.

use std::io::{Cursor, Read as _};

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use serde_json::Value;
use zip::ZipArchive;

use crate::support::{
    records::{record, rejected, with_thumb},
    requests::{by, get, header, page, request, token},
    stack::Stack,
};

/// Stores an image of `user` that has one rendition with these bytes.
async fn put(stack: &Stack, name: &str, user: &str, bytes: &'static str) {
    let image = record(name, |json| {
        json["source"]["uploader"] = format!("aad:{user}").into();
        json["renditions"].as_array_mut().unwrap().truncate(1);
        with_thumb(json, bytes.as_bytes());
    });
    stack.put_record(&image).await;
    let path = image.renditions[0].path.clone().unwrap();
    stack.put_blob("renditions", &path, bytes).await;
}

async fn stack() -> Stack {
    let stack = Stack::signed_in().await;
    put(&stack, "a/beach.jpg", "ana", "a beach").await;
    put(&stack, "b/beach.jpg", "ana", "another beach").await;
    put(&stack, "bens.jpg", "ben", "not hers").await;
    stack
}

/// Sends the gallery's form with these images ticked.
async fn ticked(stack: &Stack, user: &str, action: &str, ids: &[&str]) -> Request<Body> {
    let gallery = page(stack.send(by(user, get("/"))).await, StatusCode::OK).await;
    let ids = ids
        .iter()
        .map(|id| format!("&id={}", id.replace('=', "%3D")));
    let body = format!("token={}{}", token(&gallery), ids.collect::<String>());
    by(user, posted(action, body))
}

fn posted(action: &str, body: String) -> Request<Body> {
    let form = "application/x-www-form-urlencoded";
    let request = request("POST", action).header(header::CONTENT_TYPE, form);
    request.body(body.into()).unwrap()
}

#[tokio::test]
async fn renditions_come_as_an_archive_that_others_can_read() {
    let stack = stack().await;
    let gallery = page(stack.send(by("ana", get("/"))).await, StatusCode::OK).await;
    assert_eq!(gallery.matches("type=\"checkbox\"").count(), 2);
    // Images of other users are left out, as if they did not exist.
    let ids = ["a=2Fbeach.jpg", "b=2Fbeach.jpg", "bens.jpg"];
    let response = stack
        .send(ticked(&stack, "ana", "/images/download", &ids).await)
        .await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(header(&response, "content-type"), "application/zip");
    let bytes = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut read = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).unwrap();
        let mut text = String::new();
        file.read_to_string(&mut text).unwrap();
        read.push((file.name().unwrap().into_owned(), text));
    }
    let expected = [
        ("01 beach.jpg/thumb.webp", "a beach"),
        ("02 beach.jpg/thumb.webp", "another beach"),
    ];
    assert_eq!(
        read,
        expected.map(|(name, text)| (name.to_owned(), text.to_owned()))
    );
}

#[tokio::test]
async fn an_archive_breaks_off_where_a_rendition_is_another_one() {
    let stack = stack().await;
    stack
        .put_blob("renditions", "b/beach.jpg/thumb.webp", "changed")
        .await;
    let ids = ["a=2Fbeach.jpg", "b=2Fbeach.jpg"];
    let response = stack
        .send(ticked(&stack, "ana", "/images/download", &ids).await)
        .await;
    assert!(to_bytes(response.into_body(), usize::MAX).await.is_err());
}

#[tokio::test]
async fn what_is_ticked_is_deleted_and_nothing_of_others() {
    let stack = stack().await;
    let ids = ["a=2Fbeach.jpg", "bens.jpg"];
    let response = stack
        .send(ticked(&stack, "ana", "/images/delete", &ids).await)
        .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert!(
        stack
            .blob("renditions", "a/beach.jpg/thumb.webp")
            .await
            .is_none()
    );
    assert!(
        stack
            .blob("renditions", "b/beach.jpg/thumb.webp")
            .await
            .is_some()
    );
    assert!(
        stack
            .blob("renditions", "bens.jpg/thumb.webp")
            .await
            .is_some()
    );
}

#[tokio::test]
async fn a_selection_has_a_token_images_and_bounds() {
    let stack = stack().await;
    stack.put_record(&rejected_of_ana()).await;
    let huge = record("huge.jpg", |json: &mut Value| {
        json["source"]["uploader"] = "aad:ana".into();
        json["renditions"][0]["bytes"] = (33_u64 << 20).into();
    });
    stack.put_record(&huge).await;
    for action in ["/images/delete", "/images/download"] {
        let forged = by(
            "ana",
            posted(action, "token=1.00&id=a=2Fbeach.jpg".to_owned()),
        );
        assert_eq!(stack.send(forged).await.status(), StatusCode::FORBIDDEN);
        for ids in [&[][..], &["x"; 101]] {
            let response = stack.send(ticked(&stack, "ana", action, ids).await).await;
            assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
        }
    }
    for id in ["refused.jpg", "huge.jpg"] {
        let response = stack
            .send(ticked(&stack, "ana", "/images/download", &[id]).await)
            .await;
        assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY, "{id}");
    }
    assert!(
        stack
            .blob("renditions", "a/beach.jpg/thumb.webp")
            .await
            .is_some()
    );
}

fn rejected_of_ana() -> contract::Record {
    let mut refused = rejected("refused.jpg");
    refused.source.uploader = Some("aad:ana".to_owned());
    refused
}

#[tokio::test]
async fn administrators_have_images_made_anew_and_see_how_far_that_is() {
    let stack = Stack::local().await;
    stack.put_record(&record("a/beach.jpg", |_| {})).await;
    let nothing = page(stack.send(get("/runs")).await, StatusCode::OK).await;
    assert!(nothing.contains("No run yet"));
    let gallery = page(stack.send(get("/")).await, StatusCode::OK).await;
    let body = format!("token={}&id=a%3D2Fbeach.jpg", token(&gallery));
    let answer = stack.send(posted("/images/reprocess", body)).await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(header(&answer, "location"), "/runs");

    let runs = stack.app.runs.last().await.unwrap();
    let [run] = &runs[..] else {
        panic!("one run, not {runs:?}");
    };
    assert_eq!(run.selection, contract::Selection::Chosen);
    let waiting = page(stack.send(get("/runs")).await, StatusCode::OK).await;
    assert!(waiting.contains("0 of 1 made, in the queue"), "{waiting}");
    let made = record("a/beach.jpg", |json| {
        json["processing"]["run"] = run.id.as_str().into();
    });
    stack.put_record(&made).await;
    let done = page(stack.send(get("/runs")).await, StatusCode::OK).await;
    assert!(done.contains("1 of 1 made, finished"), "{done}");
}

#[tokio::test]
async fn who_is_no_administrator_makes_nothing_anew() {
    let stack = stack().await;
    let request = ticked(&stack, "ana", "/images/reprocess", &["a=2Fbeach.jpg"]).await;
    assert_eq!(stack.send(request).await.status(), StatusCode::NOT_FOUND);
    let runs = stack.send(by("ana", get("/runs"))).await;
    assert_eq!(runs.status(), StatusCode::NOT_FOUND);
    assert!(stack.app.runs.last().await.unwrap().is_empty());
}
