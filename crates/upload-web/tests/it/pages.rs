//! Tests what the pages show, and what they depend on.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::support::{
    records::{record, rejected},
    requests::{by, get, header, json, page},
    stack::Stack,
};

#[tokio::test]
async fn an_empty_deployment_invites() {
    let stack = Stack::local().await;
    for (uri, words) in [
        ("/", "Upload your first images"),
        ("/", "Only you and administrators see them"),
        ("/upload", "name=\"focus\""),
        ("/insights", "No image was recorded"),
        ("/upload", "Choose images"),
        ("/api", "Upload an image"),
    ] {
        let text = page(stack.send(get(uri)).await, StatusCode::OK).await;
        assert!(text.contains(words), "{uri}");
    }
}

#[tokio::test]
async fn an_image_page_has_everything_and_a_map_only_where_there_is_a_place() {
    let stack = Stack::local().await;
    stack.put_record(&record("a.jpg", |_| {})).await;
    let text = page(stack.send(get("/images/a.jpg")).await, StatusCode::OK).await;
    for words in [
        "Beach",
        "NIKON Z 6",
        "4000 × 3000",
        "fill=\"#a8c8e4\"",
        "<polygon",
        "264 ms",
        "3.15 MB",
        "WEBP · 9.00 kB",
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert!(!text.contains("openstreetmap"));
    let placed = record("b.jpg", |json| {
        json["gps"] = json!({"latitude": 38.7139, "longitude": -9.1394});
    });
    stack.put_record(&placed).await;
    let text = page(stack.send(get("/images/b.jpg")).await, StatusCode::OK).await;
    assert!(text.contains("openstreetmap.org/?mlat=38.713900"));
}

#[tokio::test]
async fn a_rejected_image_says_why() {
    let stack = Stack::local().await;
    stack.put_record(&rejected("a.jpg")).await;
    let text = page(stack.send(get("/images/a.jpg")).await, StatusCode::OK).await;
    assert!(
        text.contains("The file is not an image.") && text.contains("<code>not-an-image</code>")
    );
    let text = page(stack.send(get("/")).await, StatusCode::OK).await;
    assert!(text.contains("Rejected"));
}

#[tokio::test]
async fn records_are_read_once_and_then_only_compared() {
    let stack = Stack::local().await;
    stack.put_record(&record("a", |_| {})).await;
    let response = stack.send(get("/api/v1/images/a")).await;
    let etag = header(&response, "etag").to_owned();
    let body = json(response, StatusCode::OK).await;
    assert_eq!(body["image"]["width"], 4000);
    let mut request = get("/api/v1/images/a");
    request
        .headers_mut()
        .insert("if-none-match", etag.parse().unwrap());
    assert_eq!(stack.send(request).await.status(), StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn insights_add_up_the_days_that_are_asked_for() {
    let stack = Stack::local().await;
    let now = format!("{:.3}", Timestamp::now());
    for name in ["a", "b"] {
        stack
            .put_record(&record(name, |json| json["createdAt"] = now.clone().into()))
            .await;
    }
    let refused = rejected("c");
    let mut refused = serde_json::to_value(refused).unwrap();
    refused["createdAt"] = now.into();
    stack
        .put_record(&serde_json::from_value(refused).unwrap())
        .await;
    stack.put_record(&record("old", |_| {})).await;

    let sum = json(stack.send(get("/api/v1/insights")).await, StatusCode::OK).await;
    assert_eq!(sum["images"], 3);
    assert_eq!(sum["byFormat"]["jpeg"], 2);
    assert_eq!(sum["byError"]["not-an-image"], 1);
    assert_eq!(sum["byPreset"]["thumb"]["bytes"], 18_000);
    assert_eq!(sum["milliseconds"]["p50"], 264.0);
    assert_eq!(sum["incomplete"], json!([]));
    let text = page(stack.send(get("/insights?days=30")).await, StatusCode::OK).await;
    assert!(text.contains("Images per day") && text.contains("not-an-image"));
    assert_eq!(
        stack.send(get("/api/v1/insights?days=0")).await.status(),
        400
    );
}

#[tokio::test]
async fn insights_read_no_more_than_a_setting_allows_and_say_so() {
    let stack = Stack::with(&[
        ("DARKROOM_AUTH", "none"),
        ("DARKROOM_INSIGHTS_RECORDS", "3"),
    ])
    .await;
    let today = Timestamp::now();
    for (name, hours_ago) in [("a", 0), ("b", 24), ("c", 24), ("d", 48), ("e", 48)] {
        let at = today - SignedDuration::from_hours(hours_ago);
        let at = format!("{at:.9}");
        stack
            .put_record(&record(name, |json| json["createdAt"] = at.into()))
            .await;
    }
    let day_before = (today - SignedDuration::from_hours(48))
        .strftime("%F")
        .to_string();
    let sum = async || {
        let answer = stack.send(get("/api/v1/insights?days=3")).await;
        json(answer, StatusCode::OK).await
    };
    let first = sum().await;
    assert_eq!(first["images"], 3);
    assert_eq!(first["incomplete"], json!([day_before]));
    // Known records are not read again, so the next view covers more of them.
    let next = sum().await;
    assert_eq!(next["images"], 5);
    assert_eq!(next["incomplete"], json!([]));
    // After that, nothing is read at all.
    stack
        .put_record(&record("late", |json| {
            json["createdAt"] = format!("{today:.9}").into();
        }))
        .await;
    assert_eq!(sum().await, next);
}

#[tokio::test]
async fn a_page_of_insights_says_what_is_left_out() {
    let stack = Stack::with(&[
        ("DARKROOM_AUTH", "none"),
        ("DARKROOM_INSIGHTS_RECORDS", "1"),
    ])
    .await;
    let now = format!("{:.9}", Timestamp::now());
    for name in ["a", "b"] {
        stack
            .put_record(&record(name, |json| json["createdAt"] = now.clone().into()))
            .await;
    }
    let text = page(stack.send(get("/insights?days=1")).await, StatusCode::OK).await;
    assert!(text.contains("Some images of"), "{text}");
    assert!(text.contains("at most 1 records are read"), "{text}");
}

#[tokio::test]
async fn readiness_says_what_is_missing() {
    let mut stack = Stack::local().await;
    let ready = json(stack.send(get("/readyz")).await, StatusCode::OK).await;
    assert_eq!(ready, json!({"storage": true, "cosmos": true}));
    stack.cosmos.stop().await;
    let ready = json(
        stack.send(get("/readyz")).await,
        StatusCode::SERVICE_UNAVAILABLE,
    )
    .await;
    assert_eq!(ready, json!({"storage": true, "cosmos": false}));
    assert_eq!(stack.send(get("/healthz")).await.status(), 200);
}

#[tokio::test]
async fn the_description_of_the_api_names_every_address() {
    let stack = Stack::local().await;
    let document = json(
        stack.send(get("/api/v1/openapi.json")).await,
        StatusCode::OK,
    )
    .await;
    let paths: Vec<_> = document["paths"].as_object().unwrap().keys().collect();
    assert_eq!(
        paths,
        [
            "/api/v1/events",
            "/api/v1/existing-images",
            "/api/v1/images",
            "/api/v1/images/{id}",
            "/api/v1/images/{id}/events",
            "/api/v1/images/{id}/similar",
            "/api/v1/insights",
            "/api/v1/uploads",
            "/api/v1/uploads/{id}",
            "/api/v1/uploads/{id}/blocks/{index}",
            "/api/v1/uploads/{id}/complete",
            "/api/v1/usage",
        ]
    );
    let body = &document["paths"]["/api/v1/images"]["post"]["requestBody"]["content"];
    let kinds: Vec<_> = body.as_object().unwrap().keys().collect();
    assert_eq!(kinds, ["application/octet-stream", "multipart/form-data"]);
    assert!(document["components"]["schemas"]["UploadForm"]["properties"]["file"].is_object());
}

#[tokio::test]
async fn the_form_tells_its_users_apart_without_naming_them() {
    let stack = Stack::signed_in().await;
    let person = async |user| {
        let form = stack.send(by(user, get("/upload"))).await;
        let text = page(form, StatusCode::OK).await;
        let (_, rest) = text.split_once("data-person=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let ana = person("ana").await;
    assert_eq!(ana.len(), 16);
    assert!(ana.chars().all(|c| c.is_ascii_hexdigit()), "{ana}");
    assert_eq!(person("ana").await, ana);
    assert_ne!(person("ben").await, ana);
}
