//! Files that their uploader has uploaded before.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use contract::Record;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::{
    jpeg,
    records::record,
    requests::{by, form, get, json, page, request, token},
    stack::Stack,
};

fn sha256(bytes: &[u8]) -> String {
    format!("{:x}", Sha256::digest(bytes))
}

/// A record of a user's about these bytes.
fn made_of(name: &str, user: &str, bytes: &[u8], change: impl FnOnce(&mut Value)) -> Record {
    record(name, |json| {
        json["source"]["uploader"] = user.into();
        json["file"]["sha256"] = sha256(bytes).into();
        change(json);
    })
}

fn ask(body: &Value) -> Request<Body> {
    request("POST", "/api/v1/existing-images")
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.to_string().into())
        .unwrap()
}

fn upload(query: &str, bytes: &[u8]) -> Request<Body> {
    let uri = format!("/api/v1/images?{query}");
    request("POST", &uri).body(bytes.to_vec().into()).unwrap()
}

#[tokio::test]
async fn many_files_are_asked_for_at_once_and_the_oldest_image_is_named() {
    let stack = Stack::local().await;
    let (here, new, refused) = (jpeg(80, 60, 1), jpeg(80, 60, 2), jpeg(80, 60, 3));
    for record in [
        made_of("later.jpg", "local", &here, |json| {
            json["createdAt"] = "2024-05-02T08:15:30.250Z".into();
        }),
        made_of("first.jpg", "local", &here, |_| {}),
        made_of("refused.jpg", "local", &refused, |json| {
            json["status"] = "rejected".into();
        }),
    ] {
        stack.put_record(&record).await;
    }
    let mut digests: Vec<_> = (0..97_u8).map(|seed| sha256(&[seed])).collect();
    digests.extend([sha256(&new), sha256(&refused)]);
    digests.push(sha256(&here).to_uppercase());
    assert_eq!(digests.len(), 100);
    let answer = stack.send(ask(&json!({ "sha256": digests }))).await;
    let expected = json!({"files": [{
        "sha256": sha256(&here),
        "image": {"id": "first.jpg", "pageUrl": "/images/first.jpg"},
    }]});
    assert_eq!(json(answer, StatusCode::OK).await, expected);

    digests.push(sha256(&new));
    for bad in [
        json!({ "sha256": digests }),
        json!({"sha256": []}),
        json!({"sha256": ["ab"]}),
        json!({"sha256": "ab".repeat(32)}),
        json!({}),
    ] {
        let answer = stack.send(ask(&bad)).await;
        json(answer, StatusCode::BAD_REQUEST).await;
    }
}

#[tokio::test]
async fn nobody_learns_what_others_have_not_even_an_administrator() {
    let stack = Stack::signed_in().await;
    let bytes = jpeg(80, 60, 1);
    stack
        .put_record(&made_of("anas.jpg", "aad:ana", &bytes, |_| {}))
        .await;
    let asked = json!({"sha256": [sha256(&bytes)]});
    for (user, found) in [("ana", 1), ("ben", 0), ("admin", 0)] {
        let answer = stack.send(by(user, ask(&asked))).await;
        let known = json(answer, StatusCode::OK).await;
        assert_eq!(known["files"].as_array().unwrap().len(), found, "{user}");
        let answer = stack.send(by(user, upload("filename=a.jpg", &bytes))).await;
        let accepted = json(answer, StatusCode::ACCEPTED).await;
        assert_eq!(accepted.get("existing").is_some(), found > 0, "{user}");
    }
}

#[tokio::test]
async fn an_upload_is_told_of_the_image_that_is_there_and_not_of_itself() {
    let stack = Stack::local().await;
    let bytes = jpeg(80, 60, 1);
    let send = async || {
        let mut request = upload("filename=a.jpg", &bytes);
        let key = "the same".parse().unwrap();
        request.headers_mut().insert("idempotency-key", key);
        json(stack.send(request).await, StatusCode::ACCEPTED).await
    };
    let accepted = send().await;
    assert_eq!(accepted.get("existing"), None);
    // It is processed before its uploader sends it again, because the answer was lost.
    let name = stack.only_upload().await;
    stack
        .put_record(&made_of(name.as_str(), "local", &bytes, |_| {}))
        .await;
    assert_eq!(send().await, accepted);

    stack
        .put_record(&made_of("other.jpg", "local", &bytes, |_| {}))
        .await;
    let expected = json!({"id": "other.jpg", "pageUrl": "/images/other.jpg"});
    assert_eq!(send().await["existing"], expected);
}

#[tokio::test]
async fn a_file_in_blocks_is_told_of_by_the_digest_that_its_sender_computed() {
    let stack = Stack::local().await;
    let bytes = jpeg(80, 60, 1);
    stack
        .put_record(&made_of("first.jpg", "local", &bytes, |_| {}))
        .await;
    let begin = format!("/api/v1/uploads?filename=a.jpg&size={}", bytes.len());
    let begun = request("POST", &begin).body(Body::empty()).unwrap();
    let session = json(stack.send(begun).await, StatusCode::CREATED).await;
    let uri = format!("/api/v1/uploads/{}", session["id"].as_str().unwrap());
    let block = request("PUT", &format!("{uri}/blocks/0")).body(bytes.clone().into());
    assert_eq!(stack.send(block.unwrap()).await.status(), 204);
    let complete = async |query: &str| {
        let uri = format!("{uri}/complete?filename=a.jpg{query}");
        let asked = request("POST", &uri).body(Body::empty()).unwrap();
        stack.send(asked).await
    };
    let wrong = complete("&sha256=ab").await;
    json(wrong, StatusCode::BAD_REQUEST).await;
    assert!(stack.uploads().await.is_empty(), "it is refused before");
    let digest = format!("&sha256={}", sha256(&bytes));
    for (query, existing) in [("", None), (digest.as_str(), Some("first.jpg"))] {
        let accepted = json(complete(query).await, StatusCode::ACCEPTED).await;
        assert_eq!(accepted["existing"]["id"].as_str(), existing, "{query}");
    }
}

#[tokio::test]
async fn a_plain_form_is_answered_with_a_link_to_what_is_there() {
    let stack = Stack::local().await;
    let first = page(stack.send(get("/upload")).await, StatusCode::OK).await;
    let (here, new) = (jpeg(80, 60, 1), jpeg(80, 60, 2));
    stack
        .put_record(&made_of("first.jpg", "local", &here, |_| {}))
        .await;
    let files: [(&str, &[u8]); 2] = [("again.jpg", &here), ("new.jpg", &new)];
    let sent = stack
        .send(form(&[("token", token(&first))], &files, true))
        .await;
    let text = page(sent, StatusCode::OK).await;
    let told = "The same file is also <a href=\"/images/first.jpg\">here</a>.";
    assert_eq!(text.matches(told).count(), 1, "{text}");
    assert!(text.contains("href=\"/uploads?id="), "{text}");
    assert_eq!(stack.uploads().await.len(), 2);
}

#[tokio::test]
async fn without_a_database_files_are_taken_all_the_same() {
    let mut stack = Stack::local().await;
    stack.cosmos.stop().await;
    let bytes = jpeg(80, 60, 1);
    let accepted = stack.send(upload("filename=a.jpg", &bytes)).await;
    let accepted = json(accepted, StatusCode::ACCEPTED).await;
    assert_eq!(accepted.get("existing"), None);
    let answer = stack.send(ask(&json!({"sha256": [sha256(&bytes)]}))).await;
    let retry_after = answer.headers()[header::RETRY_AFTER].clone();
    json(answer, StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!(retry_after, "5");
}
