//! How much one uploader may have.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use serde_json::{Value, json};

use crate::support::{
    jpeg,
    records::{record, rejected},
    requests::{by, form, get, json, page, request, token},
    stack::Stack,
};

const ORIGINAL: u64 = 3_145_728;
const RENDITIONS: u64 = 309_000;

async fn stack(settings: &[(&str, &str)]) -> Stack {
    let mut all = vec![("WEBSITE_AUTH_ENABLED", "True")];
    all.extend(settings);
    let stack = Stack::with(&all).await;
    for (name, user) in [
        ("a.jpg", "aad:ana"),
        ("b.jpg", "aad:ana"),
        ("c.jpg", "aad:ben"),
    ] {
        let of = |json: &mut Value| json["source"]["uploader"] = user.into();
        stack.put_record(&record(name, of)).await;
    }
    stack
}

fn upload(user: &str, bytes: Vec<u8>) -> Request<Body> {
    let uri = "/api/v1/images?filename=a.jpg";
    let length = bytes.len();
    let request = request("POST", uri).header("content-length", length);
    by(user, request.body(bytes.into()).unwrap())
}

fn post(user: &str, uri: &str) -> Request<Body> {
    by(user, request("POST", uri).body(Body::empty()).unwrap())
}

async fn usage(stack: &Stack, user: &str) -> Value {
    let answer = stack.send(by(user, get("/api/v1/usage"))).await;
    json(answer, StatusCode::OK).await
}

#[tokio::test]
async fn images_are_counted_with_those_on_their_way_and_over_the_quota_none_is_taken() {
    let stack = stack(&[("DARKROOM_QUOTA_IMAGES", "4")]).await;
    for expected in [StatusCode::ACCEPTED, StatusCode::ACCEPTED] {
        let answer = stack.send(upload("ana", jpeg(80, 60, 1))).await;
        assert_eq!(answer.status(), expected);
    }
    let answer = stack.send(upload("ana", jpeg(80, 60, 2))).await;
    let problem = json(answer, StatusCode::FORBIDDEN).await;
    assert_eq!(problem["code"], "quota-exceeded");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("quota of 4 images") && detail.contains("Delete images"),
        "{detail}"
    );
    let begin = "/api/v1/uploads?filename=a.jpg&size=5";
    let answer = stack.send(post("ana", begin)).await;
    assert_eq!(
        json(answer, StatusCode::FORBIDDEN).await["code"],
        "quota-exceeded"
    );
    assert_eq!(stack.uploads().await.len(), 2);
    // Others are not concerned.
    let answer = stack.send(upload("ben", jpeg(80, 60, 1))).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);

    let now = usage(&stack, "ana").await;
    assert_eq!(now["images"], 4);
    assert_eq!(now["renditionBytes"], 2 * RENDITIONS);
    assert_eq!(now["quota"], json!({"images": 4}));
    let text = now["summary"].as_str().unwrap();
    assert!(text.starts_with("4 of 4 images, 6.9"), "{text}");
}

#[tokio::test]
async fn bytes_of_originals_and_renditions_count_and_are_refused_before_they_come() {
    let there = 2 * (ORIGINAL + RENDITIONS);
    assert_eq!(there, 6_909_456);
    let stack = stack(&[("DARKROOM_QUOTA_MB", "7")]).await;
    let form_page = page(stack.send(by("ana", get("/upload"))).await, StatusCode::OK).await;
    assert!(
        form_page.contains("You have 2 images, 6.91 MB of 7.00 MB."),
        "{form_page}"
    );
    let mut large = jpeg(80, 60, 1);
    large.resize(100_000, 0);

    // What is stated is enough to refuse it: these bodies never come.
    let stated = request("POST", "/api/v1/images?filename=a.jpg").header("content-length", 100_000);
    let pending = Body::from_stream(futures::stream::pending::<Result<Vec<u8>, std::io::Error>>());
    let answer = stack.send(by("ana", stated.body(pending).unwrap())).await;
    let problem = json(answer, StatusCode::FORBIDDEN).await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("6.91 MB of 7.00 MB are used"), "{detail}");
    let begin = "/api/v1/uploads?filename=a.jpg&size=100000";
    let answer = stack.send(post("ana", begin)).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);

    // What is not stated is refused when it has come.
    let chunked = request("POST", "/api/v1/images?filename=a.jpg");
    let answer = stack
        .send(by("ana", chunked.body(large.clone().into()).unwrap()))
        .await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let small = jpeg(80, 60, 2);
    let files: [(&str, &[u8]); 2] = [("large.jpg", &large), ("small.jpg", &small)];
    let sent = form(&[("token", token(&form_page))], &files, true);
    let text = page(
        stack.send(by("ana", sent)).await,
        StatusCode::UNPROCESSABLE_ENTITY,
    )
    .await;
    assert!(
        text.contains("Not accepted. The file does not fit into your quota"),
        "{text}"
    );
    let name = stack.only_upload().await;
    assert!(name.as_str().ends_with("/small.jpg"), "{name}");
}

#[tokio::test]
async fn the_parts_of_a_file_that_comes_in_blocks_are_claimed_from_the_start() {
    let stack = stack(&[("DARKROOM_QUOTA_IMAGES", "3")]).await;
    let bytes = jpeg(80, 60, 1);
    let begin = format!("/api/v1/uploads?filename=a.jpg&size={}", bytes.len());
    let answer = stack.send(post("ana", &begin)).await;
    let session = json(answer, StatusCode::CREATED).await;
    let other = stack.send(upload("ana", jpeg(80, 60, 2))).await;
    assert_eq!(other.status(), StatusCode::FORBIDDEN, "the room is claimed");
    let uri = format!("/api/v1/uploads/{}", session["id"].as_str().unwrap());
    let block = request("PUT", &format!("{uri}/blocks/0")).body(bytes.into());
    assert_eq!(stack.send(by("ana", block.unwrap())).await.status(), 204);
    for _ in 0..2 {
        let answer = stack
            .send(post("ana", &format!("{uri}/complete?filename=a.jpg")))
            .await;
        assert_eq!(answer.status(), StatusCode::ACCEPTED);
    }
    assert_eq!(usage(&stack, "ana").await["images"], 3);
}

#[tokio::test]
async fn a_deletion_makes_room_at_once() {
    let stack = stack(&[("DARKROOM_QUOTA_IMAGES", "2")]).await;
    let answer = stack.send(upload("ana", jpeg(80, 60, 1))).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let delete = request("DELETE", "/api/v1/images/a.jpg").body(Body::empty());
    assert_eq!(stack.send(by("ana", delete.unwrap())).await.status(), 204);
    let answer = stack.send(upload("ana", jpeg(80, 60, 1))).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
}

#[tokio::test]
async fn without_a_database_images_are_taken_up_to_one_quota() {
    let mut stack = stack(&[("DARKROOM_QUOTA_IMAGES", "2")]).await;
    stack.cosmos.stop().await;
    for expected in [
        StatusCode::ACCEPTED,
        StatusCode::ACCEPTED,
        StatusCode::FORBIDDEN,
    ] {
        let answer = stack.send(upload("ana", jpeg(80, 60, 1))).await;
        assert_eq!(answer.status(), expected);
    }
    let answer = stack.send(by("ana", get("/api/v1/usage"))).await;
    assert_eq!(
        json(answer, StatusCode::SERVICE_UNAVAILABLE).await["code"],
        "unavailable"
    );
    // The form is there all the same.
    let text = page(stack.send(by("ana", get("/upload"))).await, StatusCode::OK).await;
    assert!(!text.contains("You have"), "{text}");
}

#[tokio::test]
async fn without_a_quota_the_usage_is_told_and_nothing_is_limited() {
    let stack = stack(&[]).await;
    let now = usage(&stack, "ben").await;
    let expected = json!({
        "images": 1, "originalBytes": ORIGINAL, "renditionBytes": RENDITIONS,
        "incomplete": false, "summary": "1 image, 3.45 MB", "quota": {},
    });
    assert_eq!(now, expected);
    let text = page(stack.send(by("ben", get("/upload"))).await, StatusCode::OK).await;
    assert!(!text.contains("You have"));
}

#[tokio::test]
async fn an_operator_sees_what_each_uploader_takes_and_others_see_themselves() {
    let stack = stack(&[]).await;
    let mut refused = serde_json::to_value(rejected("d.jpg")).unwrap();
    refused["source"]["uploader"] = "aad:ben".into();
    refused["createdAt"] = format!("{:.9}", jiff::Timestamp::now()).into();
    refused["processing"] = json!({"milliseconds": {"inspect": 10_000.0}});
    stack
        .put_record(&serde_json::from_value(refused).unwrap())
        .await;
    let today = |user: &'static str, name: &'static str| {
        record(name, move |json| {
            json["source"]["uploader"] = user.into();
            json["createdAt"] = format!("{:.9}", jiff::Timestamp::now()).into();
        })
    };
    for (name, user) in [("e.jpg", "aad:ana"), ("f.jpg", "aad:ana")] {
        stack.put_record(&today(user, name)).await;
    }
    let insights = async |user: &str| {
        let answer = stack.send(by(user, get("/api/v1/insights?days=1"))).await;
        json(answer, StatusCode::OK).await["byUploader"].clone()
    };
    let all = insights("admin").await;
    let ids: Vec<_> = all
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["uploader"])
        .collect();
    assert_eq!(ids, ["aad:ben", "aad:ana"], "the most expensive first");
    assert_eq!(all[1]["images"], 2);
    assert_eq!(all[1]["originalBytes"], 2 * ORIGINAL);
    assert_eq!(all[1]["renditions"], 4);
    assert_eq!(all[1]["renditionBytes"], 2 * RENDITIONS);
    assert!((all[1]["cpuSeconds"].as_f64().unwrap() - 0.1064).abs() < 1e-9);
    assert!(all[0]["dollars"].as_f64().unwrap() > 0.0005, "{all}");
    assert_eq!(insights("ana").await, json!([all[1]]));
    let text = page(
        stack.send(by("admin", get("/insights?days=1"))).await,
        StatusCode::OK,
    )
    .await;
    assert!(
        text.contains("By uploader") && text.contains("aad:ben"),
        "{text}"
    );
}

#[tokio::test]
async fn room_that_another_instance_used_counts_once_the_reading_is_old() {
    let stack = stack(&[("DARKROOM_QUOTA_IMAGES", "4")]).await;
    assert_eq!(usage(&stack, "ana").await["images"], 2);
    for name in ["x.jpg", "y.jpg"] {
        let of = |json: &mut Value| json["source"]["uploader"] = "aad:ana".into();
        stack.put_record(&record(name, of)).await;
    }
    assert_eq!(usage(&stack, "ana").await["images"], 2, "it was just read");
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(11)).await;
    tokio::time::resume();
    assert_eq!(usage(&stack, "ana").await["images"], 4);
    let answer = stack.send(upload("ana", jpeg(80, 60, 1))).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}
