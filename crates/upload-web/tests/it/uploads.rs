//! Tests uploads, from a file to a blob.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use contract::RecordId;
use futures::{StreamExt as _, stream};
use serde_json::Value;

use crate::support::{
    jpeg,
    requests::{form, form_body, form_to, get, header, json, page, request, token},
    stack::Stack,
};

fn upload(query: &str, bytes: Vec<u8>) -> axum::http::Request<Body> {
    let uri = format!("/api/v1/images?{query}");
    request("POST", &uri).body(bytes.into()).unwrap()
}

#[tokio::test]
async fn a_file_becomes_a_blob_with_what_was_said_about_it() {
    let stack = Stack::local().await;
    let bytes = jpeg(900, 700, 1);
    let mut request = upload(
        "filename=C%3A%5Cpics%5CIMG+1.jpg&title=%C3%89t%C3%A9&tags=Sea,%20sky",
        bytes.clone(),
    );
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    request
        .headers_mut()
        .insert("traceparent", traceparent.parse().unwrap());
    let response = stack.send(request).await;
    assert_eq!(
        header(&response, "x-trace-id"),
        "0af7651916cd43dd8448eb211c80319c"
    );
    let location = header(&response, "location").to_owned();
    let answer = json(response, StatusCode::ACCEPTED).await;

    let name = stack.only_upload().await;
    let id = RecordId::from_name(name.as_str());
    assert_eq!(answer["id"], id.as_str());
    assert_eq!(answer["type"], "image/jpeg");
    assert_eq!(answer["bytes"], bytes.len());
    assert_eq!(location, format!("/api/v1/images/{id}"));
    assert!(name.as_str().ends_with("/IMG-1.jpg"), "{name}");
    assert_eq!(stack.blob("uploads", name.as_str()).await.unwrap(), bytes);
    let metadata = stack.blob_metadata(name.as_str()).await;
    assert_eq!(metadata["filename"], "IMG 1.jpg");
    assert_eq!(metadata["uploader"], "local");
    assert_eq!(metadata["title"], "UTF-8''%C3%89t%C3%A9");
    assert_eq!(metadata["tags"], "sea, sky");
    assert!(metadata["traceparent"].starts_with("00-0af7651916cd43dd8448eb211c80319c-"));

    let waiting = json(stack.send(get(&location)).await, StatusCode::ACCEPTED).await;
    assert_eq!(waiting["status"], "pending");
    assert_eq!(waiting["filename"], "IMG 1.jpg");
}

#[tokio::test]
async fn many_blocks_make_one_blob() {
    let stack = Stack::local().await;
    let mut bytes = jpeg(100, 100, 1);
    bytes.extend(
        (0..3_500_000_u32)
            .flat_map(u32::to_le_bytes)
            .take(3_500_000),
    );
    let response = stack.send(upload("filename=a.jpg", bytes.clone())).await;
    json(response, StatusCode::ACCEPTED).await;
    let name = stack.only_upload().await;
    assert_eq!(stack.blob("uploads", name.as_str()).await.unwrap(), bytes);
}

#[tokio::test]
async fn the_same_key_leads_to_the_same_image() {
    let stack = Stack::local().await;
    let send = async |bytes: Vec<u8>| {
        let mut request = upload("filename=a.jpg", bytes);
        request
            .headers_mut()
            .insert("idempotency-key", "k-1".parse().unwrap());
        stack.send(request).await
    };
    let first = json(send(jpeg(80, 60, 1)).await, StatusCode::ACCEPTED).await;
    let again = json(send(jpeg(80, 60, 1)).await, StatusCode::ACCEPTED).await;
    assert_eq!(first, again);
    let other = json(send(jpeg(80, 60, 2)).await, StatusCode::CONFLICT).await;
    assert_eq!(
        other["detail"],
        "This Idempotency-Key was already used for another file."
    );
    stack.only_upload().await;
}

#[tokio::test]
async fn a_plain_form_sends_files_and_what_stands_below_them() {
    let stack = Stack::local().await;
    let first = page(stack.send(get("/upload")).await, StatusCode::OK).await;
    let fields = [
        ("token", token(&first)),
        ("title", "Beach"),
        ("tags", "sea"),
    ];
    let bytes = jpeg(80, 60, 1);
    let response = stack
        .send(form(&fields, &[("a b.jpg", &bytes)], false))
        .await;
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    let name = stack.only_upload().await;
    let id = RecordId::from_name(name.as_str());
    assert_eq!(header(&response, "location"), format!("/images/{id}"));
    assert_eq!(stack.blob_metadata(name.as_str()).await["title"], "Beach");

    let waiting = page(
        stack.send(get(&format!("/images/{id}"))).await,
        StatusCode::OK,
    )
    .await;
    assert!(waiting.contains("waiting to be processed"), "{waiting}");
}

#[tokio::test]
async fn one_bad_file_does_not_stop_the_others() {
    let stack = Stack::local().await;
    let first = page(stack.send(get("/upload")).await, StatusCode::OK).await;
    let bytes = jpeg(80, 60, 1);
    let files: [(&str, &[u8]); 2] = [("notes.txt", b"hello"), ("a.jpg", &bytes)];
    let response = stack
        .send(form(&[("token", token(&first))], &files, true))
        .await;
    let answer = page(response, StatusCode::UNPROCESSABLE_ENTITY).await;
    assert!(
        answer.contains("notes.txt") && answer.contains("not an image"),
        "{answer}"
    );
    let name = stack.only_upload().await;
    assert!(name.as_str().ends_with("/a.jpg"), "{name}");
}

#[tokio::test]
async fn what_is_no_image_or_too_much_is_refused_and_leaves_nothing() {
    let stack = Stack::with(&[("DARKROOM_AUTH", "none"), ("DARKROOM_MAX_UPLOAD_MIB", "2")]).await;
    let mut large = jpeg(80, 60, 1);
    large.resize(3 << 20, 0);
    for (query, bytes, status, words) in [
        (
            "filename=a.jpg",
            b"hello".to_vec(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not an image",
        ),
        (
            "filename=a.jpg",
            Vec::new(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "empty",
        ),
        (
            "filename=a.svg",
            b"<svg xmlns='x'/>".to_vec(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "SVG",
        ),
        (
            "filename=a.jpg",
            large,
            StatusCode::PAYLOAD_TOO_LARGE,
            "2 MiB",
        ),
        (
            "flow=pigeon",
            jpeg(80, 60, 1),
            StatusCode::UNPROCESSABLE_ENTITY,
            "this flow",
        ),
    ] {
        let response = stack.send(upload(query, bytes)).await;
        assert_eq!(
            header(&response, "content-type"),
            "application/problem+json"
        );
        let problem: Value = json(response, status).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(words), "{detail}");
        assert_eq!(problem["status"], status.as_u16());
    }
    assert!(stack.uploads().await.is_empty());
}

#[tokio::test]
async fn a_program_may_send_a_form_with_one_file() {
    let stack = Stack::local().await;
    let bytes = jpeg(80, 60, 1);
    let send = async |files: &[(&str, &[u8])]| {
        let body = form_body(&[("title", "Beach")], files, false);
        let uri = "/api/v1/images?title=Sea&tags=sky";
        stack.send(form_to(uri, body.into())).await
    };
    let answer = json(send(&[("a b.jpg", &bytes)]).await, StatusCode::ACCEPTED).await;
    assert_eq!(answer["filename"], "a b.jpg");
    let name = stack.only_upload().await;
    assert_eq!(stack.blob("uploads", name.as_str()).await.unwrap(), bytes);
    let metadata = stack.blob_metadata(name.as_str()).await;
    assert_eq!(metadata["title"], "Beach");
    assert_eq!(metadata["tags"], "sky");

    let two: [(&str, &[u8]); 2] = [("a.jpg", &bytes), ("b.jpg", &bytes)];
    json(send(&two).await, StatusCode::UNPROCESSABLE_ENTITY).await;
    let text: [(&str, &[u8]); 1] = [("a.jpg", b"hello")];
    json(send(&text).await, StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
    json(send(&[]).await, StatusCode::BAD_REQUEST).await;
    stack.only_upload().await;
}

#[tokio::test]
async fn a_form_that_breaks_off_names_its_files_and_leaves_nothing() {
    let stack = Stack::local().await;
    let first = page(stack.send(get("/upload")).await, StatusCode::OK).await;
    let bytes = jpeg(80, 60, 1);
    let mut body = form_body(
        &[("token", token(&first))],
        &[("a.jpg", &bytes), ("b.jpg", &bytes)],
        false,
    );
    body.truncate(body.len() - 100);
    let answer = stack.send(form_to("/upload", body.into())).await;
    let text = page(answer, StatusCode::BAD_REQUEST).await;
    assert!(text.contains("a.jpg") && text.contains("b.jpg"), "{text}");
    assert_eq!(text.matches("Not accepted.").count(), 2, "{text}");
    assert!(stack.uploads().await.is_empty());
}

#[tokio::test]
async fn a_field_that_does_not_come_is_not_waited_for() {
    let stack = Stack::local().await;
    let first = page(stack.send(get("/upload")).await, StatusCode::OK).await;
    let body = form_body(&[("token", token(&first)), ("title", "Beach")], &[], true);
    // The client is silent within a field and between two fields. The test clock advances
    // automatically when nothing else happens.
    tokio::time::pause();
    for length in [body.len() - 30, body.len() - 10] {
        let sent = stream::iter([Ok::<_, Infallible>(Bytes::copy_from_slice(&body[..length]))]);
        let silent = Body::from_stream(sent.chain(stream::pending()));
        let answer = stack.send(form_to("/upload", silent)).await;
        assert_eq!(answer.status(), StatusCode::REQUEST_TIMEOUT, "{length}");
    }
}
