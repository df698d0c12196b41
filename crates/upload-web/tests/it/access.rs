//! Who may see and do what.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};

use crate::support::{
    jpeg,
    records::{record, with_thumb},
    requests::{by, form, get, header, json, page, request, token},
    stack::Stack,
};

fn of(name: &str, uploader: &str) -> contract::Record {
    record(name, |json| {
        json["source"]["uploader"] = uploader.into();
        with_thumb(json, b"thumb");
    })
}

#[tokio::test]
async fn people_see_their_own_images_and_administrators_see_all() {
    let stack = Stack::signed_in().await;
    stack.put_record(&of("a.jpg", "aad:ana")).await;
    stack.put_record(&of("b.jpg", "aad:ben")).await;
    stack
        .put_blob("renditions", "a.jpg/thumb.webp", "thumb")
        .await;
    for (user, uri, status) in [
        ("ana", "/images/a.jpg", 200),
        ("ben", "/images/a.jpg", 404),
        ("admin", "/images/a.jpg", 200),
        ("ana", "/api/v1/images/a.jpg", 200),
        ("ben", "/api/v1/images/a.jpg", 404),
        ("ana", "/renditions/a.jpg/thumb", 200),
        ("ben", "/renditions/a.jpg/thumb", 404),
    ] {
        let response = stack.send(by(user, get(uri))).await;
        assert_eq!(response.status(), status, "{user} {uri}");
    }
    for (user, count) in [("ana", 1), ("ben", 1), ("carl", 0), ("admin", 2)] {
        let listing = stack.send(by(user, get("/api/v1/images"))).await;
        let listing = json(listing, StatusCode::OK).await;
        assert_eq!(listing["images"].as_array().unwrap().len(), count, "{user}");
        let uri = "/api/v1/insights?days=90";
        stack.send(by(user, get(uri))).await;
    }
    let delete = request("DELETE", "/api/v1/images/a.jpg")
        .body(Body::empty())
        .unwrap();
    assert_eq!(stack.send(by("ben", delete)).await.status(), 404);
    assert!(stack.blob("renditions", "a.jpg/thumb.webp").await.is_some());
}

#[tokio::test]
async fn an_upload_is_its_uploaders_from_the_start() {
    let stack = Stack::signed_in().await;
    let upload = request("POST", "/api/v1/images?filename=a.jpg");
    let upload = upload.body(jpeg(80, 60, 1).into()).unwrap();
    let answer = json(stack.send(by("ana", upload)).await, StatusCode::ACCEPTED).await;
    let uri = answer["statusUrl"].as_str().unwrap();
    assert_eq!(stack.send(by("ana", get(uri))).await.status(), 202);
    assert_eq!(stack.send(by("ben", get(uri))).await.status(), 404);
    let name = stack.only_upload().await;
    assert_eq!(
        stack.blob_metadata(name.as_str()).await["uploader"],
        "aad:ana"
    );
}

#[tokio::test]
async fn nobody_is_nobody() {
    let stack = Stack::signed_in().await;
    for uri in [
        "/",
        "/upload",
        "/insights",
        "/renditions/a/thumb",
        "/nowhere",
    ] {
        assert_eq!(stack.send(get(uri)).await.status(), 401, "{uri}");
    }
    let problem = json(
        stack.send(get("/api/v1/images")).await,
        StatusCode::UNAUTHORIZED,
    )
    .await;
    assert_eq!(problem["title"], "Unauthorized");
    for uri in ["/healthz", "/readyz", &upload_web::assets::url("app.css")] {
        assert_eq!(stack.send(get(uri)).await.status(), 200, "{uri}");
    }
}

#[tokio::test]
async fn other_sites_cannot_act_through_a_browser() {
    let stack = Stack::local().await;
    let bytes = jpeg(80, 60, 1);
    let cross = |mut request: Request<Body>| {
        let headers = request.headers_mut();
        headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        request
    };
    let upload = request("POST", "/api/v1/images")
        .body(bytes.clone().into())
        .unwrap();
    assert_eq!(stack.send(cross(upload)).await.status(), 403);
    let first = page(stack.send(get("/upload")).await, StatusCode::OK).await;
    let stolen = form(&[("token", token(&first))], &[("a.jpg", &bytes)], false);
    assert_eq!(stack.send(cross(stolen)).await.status(), 403);
    for fields in [&[][..], &[("token", "1.00")]] {
        let response = stack.send(form(fields, &[("a.jpg", &bytes)], false)).await;
        assert_eq!(response.status(), 403);
    }
    assert!(stack.uploads().await.is_empty());
}

#[tokio::test]
async fn without_authentication_only_localhost_is_answered() {
    let stack = Stack::local().await;
    let mut request = get("/");
    let host = "darkroom.evil.example".parse().unwrap();
    request.headers_mut().insert("host", host);
    assert_eq!(stack.send(request).await.status(), 403);
}

#[tokio::test]
async fn a_proxy_that_took_plain_http_is_sent_to_https() {
    let stack = Stack::signed_in().await;
    let via = |scheme: &str, request: Request<Body>| {
        let (mut parts, body) = request.into_parts();
        parts
            .headers
            .insert("x-forwarded-proto", scheme.parse().unwrap());
        Request::from_parts(parts, body)
    };
    let response = stack.send(via("http", get("/upload?a=b"))).await;
    assert_eq!(response.status(), 308);
    assert_eq!(
        header(&response, "location"),
        "https://localhost:8080/upload?a=b"
    );
    let response = stack.send(via("https", by("ana", get("/upload")))).await;
    assert!(header(&response, "strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn haste_is_slowed_down() {
    let stack = Stack::with(&[
        ("DARKROOM_AUTH", "none"),
        ("DARKROOM_UPLOADS_PER_MINUTE", "1"),
    ])
    .await;
    let upload = || {
        let request = request("POST", "/api/v1/images?filename=a.jpg");
        request.body(Body::from(jpeg(80, 60, 1))).unwrap()
    };
    assert_eq!(stack.send(upload()).await.status(), 202);
    let response = stack.send(upload()).await;
    assert_eq!(response.status(), 429);
    let wait: u64 = header(&response, "retry-after").parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
}
