//! Tests uploads in blocks.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    http::{Request, Response, StatusCode},
};
use contract::RecordId;
use futures::{StreamExt as _, future::join_all, stream};
use serde_json::{Value, json};

use crate::support::{
    jpeg,
    requests::{by, get, header, json, request},
    stack::Stack,
};

const BLOCK: usize = 1 << 20;
const UPLOADS: &str = "/api/v1/uploads";

/// A photo of slightly more than two blocks.
fn photo(seed: u8) -> Vec<u8> {
    let mut bytes = jpeg(80, 60, seed);
    bytes.resize(2 * BLOCK + 1234, 7);
    bytes
}

fn begin(query: &str, size: usize) -> Request<Body> {
    let uri = format!("{UPLOADS}?{query}&size={size}");
    request("POST", &uri).body(Body::empty()).unwrap()
}

fn block(id: &str, index: usize, bytes: &[u8]) -> Request<Body> {
    let uri = format!("{UPLOADS}/{id}/blocks/{index}");
    let body = Bytes::copy_from_slice(bytes);
    request("PUT", &uri).body(body.into()).unwrap()
}

fn nth(bytes: &[u8], index: usize) -> &[u8] {
    bytes.chunks(BLOCK).nth(index).unwrap()
}

fn complete(id: &str, query: &str) -> Request<Body> {
    let uri = format!("{UPLOADS}/{id}/complete?{query}");
    request("POST", &uri).body(Body::empty()).unwrap()
}

async fn begun(stack: &Stack, query: &str, size: usize) -> String {
    let response = stack.send(begin(query, size)).await;
    let location = header(&response, "location").to_owned();
    let session = json(response, StatusCode::CREATED).await;
    let id = session["id"].as_str().unwrap();
    assert_eq!(location, format!("{UPLOADS}/{id}"));
    assert_eq!(session["size"], size);
    assert_eq!(session["blockSize"], BLOCK);
    assert_eq!(session["blocks"], json!([]));
    id.to_owned()
}

async fn status(stack: &Stack, request: Request<Body>) -> StatusCode {
    stack.send(request).await.status()
}

async fn session(stack: &Stack, id: &str) -> Value {
    let response = stack.send(get(&format!("{UPLOADS}/{id}"))).await;
    json(response, StatusCode::OK).await
}

async fn detail(response: Response<Body>, status: StatusCode) -> String {
    assert_eq!(
        header(&response, "content-type"),
        "application/problem+json"
    );
    let problem = json(response, status).await;
    problem["detail"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn blocks_in_any_order_and_over_restarts_become_one_blob() {
    let mut stack = Stack::local().await;
    let bytes = photo(1);
    let id = begun(&stack, "filename=IMG%201.jpg&title=Sea", bytes.len()).await;
    for index in [2, 0] {
        let sent = status(&stack, block(&id, index, nth(&bytes, index))).await;
        assert_eq!(sent, StatusCode::NO_CONTENT);
    }
    assert!(stack.uploads().await.is_empty(), "nobody sees a half");

    stack.restart();
    let here = session(&stack, &id).await;
    assert_eq!(here["blocks"], json!([0, 2]));
    assert_eq!(here["complete"], false);
    let early = stack.send(complete(&id, "filename=IMG%201.jpg")).await;
    let told = detail(early, StatusCode::CONFLICT).await;
    assert!(told.contains("Some blocks"), "{told}");

    // The first block is sent again, because its answer was lost.
    for index in [0, 1] {
        let sent = status(&stack, block(&id, index, nth(&bytes, index))).await;
        assert_eq!(sent, StatusCode::NO_CONTENT);
    }
    stack.restart();
    let said = "filename=IMG%201.jpg&title=Sea&tags=sky&focus=0.3,0.7";
    let response = stack.send(complete(&id, said)).await;
    let location = header(&response, "location").to_owned();
    let accepted = json(response, StatusCode::ACCEPTED).await;

    let name = stack.only_upload().await;
    assert!(name.as_str().ends_with("/IMG-1.jpg"), "{name}");
    assert_eq!(accepted["id"], RecordId::from_name(name.as_str()).as_str());
    assert_eq!(accepted["bytes"], bytes.len());
    assert_eq!(accepted["type"], "image/jpeg");
    assert_eq!(stack.blob("uploads", name.as_str()).await.unwrap(), bytes);
    let metadata = stack.blob_metadata(name.as_str()).await;
    for (key, value) in [
        ("filename", "IMG 1.jpg"),
        ("uploader", "local"),
        ("title", "Sea"),
        ("tags", "sky"),
        ("focus", "0.3,0.7"),
    ] {
        assert_eq!(metadata[key], value);
    }
    let waiting = json(stack.send(get(&location)).await, StatusCode::ACCEPTED).await;
    assert_eq!(waiting["status"], "pending");
}

#[tokio::test]
async fn said_twice_or_at_the_same_time_it_is_one_image() {
    let stack = Stack::local().await;
    let bytes = photo(2);
    let id = begun(&stack, "filename=a.jpg", bytes.len()).await;
    for index in 0..3 {
        status(&stack, block(&id, index, nth(&bytes, index))).await;
    }
    let asked = (0..4).map(|_| stack.send(complete(&id, "filename=a.jpg")));
    let mut answers = Vec::new();
    for response in join_all(asked).await {
        answers.push(json(response, StatusCode::ACCEPTED).await);
    }
    let again = stack.send(complete(&id, "filename=a.jpg")).await;
    answers.push(json(again, StatusCode::ACCEPTED).await);
    assert!(answers.iter().all(|one| *one == answers[0]), "{answers:?}");
    let name = stack.only_upload().await;
    assert_eq!(stack.blob("uploads", name.as_str()).await.unwrap(), bytes);
    assert_eq!(session(&stack, &id).await["complete"], true);

    // A block that arrives late no longer changes anything.
    status(&stack, block(&id, 1, &vec![9; BLOCK])).await;
    let late = stack
        .send(complete(&id, "filename=a.jpg&title=Other"))
        .await;
    assert_eq!(json(late, StatusCode::ACCEPTED).await, answers[0]);
    assert_eq!(stack.blob("uploads", name.as_str()).await.unwrap(), bytes);
}

#[tokio::test]
async fn a_session_is_its_users_own() {
    let stack = Stack::signed_in().await;
    let bytes = photo(3);
    let response = stack
        .send(by("ana", begin("filename=a.jpg", bytes.len())))
        .await;
    let session = json(response, StatusCode::CREATED).await;
    let id = session["id"].as_str().unwrap();
    let sent = status(&stack, by("ana", block(id, 0, nth(&bytes, 0)))).await;
    assert_eq!(sent, StatusCode::NO_CONTENT);
    for user in ["ben", "admin"] {
        for foreign in [
            get(&format!("{UPLOADS}/{id}")),
            block(id, 1, nth(&bytes, 1)),
            complete(id, "filename=a.jpg"),
        ] {
            let uri = foreign.uri().clone();
            let answer = status(&stack, by(user, foreign)).await;
            assert_eq!(answer, StatusCode::NOT_FOUND, "{user} {uri}");
        }
    }
    let mut other_site = by("ana", block(id, 1, nth(&bytes, 1)));
    let site = "cross-site".parse().unwrap();
    other_site.headers_mut().insert("sec-fetch-site", site);
    assert_eq!(status(&stack, other_site).await, StatusCode::FORBIDDEN);
    let here = stack.send(by("ana", get(&format!("{UPLOADS}/{id}")))).await;
    assert_eq!(json(here, StatusCode::OK).await["blocks"], json!([0]));
    assert!(stack.uploads().await.is_empty());
}

#[tokio::test]
async fn blocks_that_are_none_of_the_file_are_refused() {
    let stack = Stack::local().await;
    let bytes = photo(4);
    let id = begun(&stack, "filename=a.jpg", bytes.len()).await;
    let long = [nth(&bytes, 0), b"x"].concat();
    let last_long = [nth(&bytes, 2), b"x"].concat();
    for (index, sent, expected) in [
        ("0", &long[..], StatusCode::PAYLOAD_TOO_LARGE),
        ("2", &last_long, StatusCode::PAYLOAD_TOO_LARGE),
        ("0", nth(&bytes, 2), StatusCode::BAD_REQUEST),
        ("1", b"", StatusCode::BAD_REQUEST),
        ("3", b"x", StatusCode::NOT_FOUND),
        ("4294967296", b"x", StatusCode::NOT_FOUND),
        ("-1", b"x", StatusCode::NOT_FOUND),
        ("one", b"x", StatusCode::NOT_FOUND),
    ] {
        let uri = format!("{UPLOADS}/{id}/blocks/{index}");
        let body = Bytes::copy_from_slice(sent);
        let put = request("PUT", &uri).body(body.into()).unwrap();
        assert_eq!(status(&stack, put).await, expected, "{index}");
    }
    let text = stack.send(block(&id, 0, &vec![b'x'; BLOCK])).await;
    let told = detail(text, StatusCode::UNSUPPORTED_MEDIA_TYPE).await;
    assert!(told.contains("not an image"), "{told}");
    assert_eq!(session(&stack, &id).await["blocks"], json!([]));

    // If the connection is lost within a block, nothing of the block is stored.
    let half = stream::iter([
        Ok(Bytes::copy_from_slice(&bytes[..BLOCK / 2])),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset)),
    ]);
    let uri = format!("{UPLOADS}/{id}/blocks/0");
    let broken = request("PUT", &uri).body(Body::from_stream(half)).unwrap();
    assert_eq!(status(&stack, broken).await, StatusCode::BAD_REQUEST);
    assert_eq!(session(&stack, &id).await["blocks"], json!([]));
}

#[tokio::test]
async fn the_first_block_says_once_and_for_all_what_the_file_is() {
    let stack = Stack::local().await;
    let bytes = photo(5);
    let id = begun(&stack, "filename=a.jpg", bytes.len()).await;
    for index in 0..3 {
        status(&stack, block(&id, index, nth(&bytes, index))).await;
    }
    let mut png = bytes[..BLOCK].to_vec();
    png[..8].copy_from_slice(b"\x89PNG\r\n\x1A\n");
    assert_eq!(
        status(&stack, block(&id, 0, &png)).await,
        StatusCode::NO_CONTENT
    );
    let answer = stack.send(complete(&id, "filename=a.jpg")).await;
    let told = detail(answer, StatusCode::CONFLICT).await;
    assert!(told.contains("two different kinds"), "{told}");
    assert!(stack.uploads().await.is_empty());
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_before_a_byte_is_sent() {
    let stack = Stack::with(&[("DARKROOM_AUTH", "none"), ("DARKROOM_MAX_UPLOAD_MIB", "2")]).await;
    for (query, size, expected) in [
        ("filename=a.jpg", "2097152", StatusCode::CREATED),
        ("filename=a.jpg", "2097153", StatusCode::PAYLOAD_TOO_LARGE),
        ("filename=a.jpg", "0", StatusCode::UNSUPPORTED_MEDIA_TYPE),
        ("filename=a.jpg", "-1", StatusCode::BAD_REQUEST),
        ("filename=a.jpg", "", StatusCode::BAD_REQUEST),
        ("flow=kafka", "5", StatusCode::UNPROCESSABLE_ENTITY),
        ("focus=left", "5", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let uri = format!("{UPLOADS}?{query}&size={size}");
        let asked = request("POST", &uri).body(Body::empty()).unwrap();
        assert_eq!(status(&stack, asked).await, expected, "{query} {size}");
    }
    let id = begun(&stack, "filename=a.jpg", 5).await;
    for made_up in [
        id.replace("-5-", "-6-"),
        id.replace("blob-", "kafka-"),
        format!("{id}x"),
        "x".repeat(5000),
        "..%2F..%2Fa".to_owned(),
    ] {
        let asked = get(&format!("{UPLOADS}/{made_up}"));
        assert_eq!(status(&stack, asked).await, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn images_in_blocks_count_as_images_of_a_minute() {
    let limits = [
        ("DARKROOM_AUTH", "none"),
        ("DARKROOM_UPLOADS_PER_MINUTE", "1"),
    ];
    let stack = Stack::with(&limits).await;
    let bytes = jpeg(80, 60, 6);
    for expected in [StatusCode::ACCEPTED, StatusCode::TOO_MANY_REQUESTS] {
        let id = begun(&stack, "filename=a.jpg", bytes.len()).await;
        status(&stack, block(&id, 0, &bytes)).await;
        let answer = status(&stack, complete(&id, "filename=a.jpg")).await;
        assert_eq!(answer, expected);
    }
    stack.only_upload().await;
}

#[tokio::test]
async fn a_block_that_does_not_come_is_not_waited_for() {
    let stack = Stack::local().await;
    let bytes = photo(7);
    let id = begun(&stack, "filename=a.jpg", bytes.len()).await;
    tokio::time::pause();
    let sent = stream::iter([Ok::<_, Infallible>(Bytes::copy_from_slice(&bytes[..100]))]);
    let silent = Body::from_stream(sent.chain(stream::pending()));
    let uri = format!("{UPLOADS}/{id}/blocks/0");
    let put = request("PUT", &uri).body(silent).unwrap();
    assert_eq!(status(&stack, put).await, StatusCode::REQUEST_TIMEOUT);
}
