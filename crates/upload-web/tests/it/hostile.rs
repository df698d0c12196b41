//! Tests hostile requests.

use std::{sync::Arc, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use contract::RecordId;
use futures::stream;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};

use crate::support::{
    eventually, jpeg,
    records::record,
    requests::{get, header, page, request},
    stack::Stack,
};

#[tokio::test]
async fn names_are_only_ever_names() {
    let stack = Stack::local().await;
    for filename in [
        "../../etc/passwd",
        "..%2F..%2Fx.jpg",
        "a%00b.jpg",
        "%3Cscript%3E.jpg",
        "CON",
        &"x".repeat(2000),
    ] {
        let uri = format!("/api/v1/images?filename={filename}");
        let upload = request("POST", &uri).body(jpeg(80, 60, 1).into()).unwrap();
        assert_eq!(stack.send(upload).await.status(), 202, "{filename}");
    }
    for name in stack.uploads().await {
        let (uuid, file) = name.split_once('/').unwrap();
        assert_eq!(uuid.len(), 36);
        let plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        assert!(
            file.len() <= 80 && file.chars().all(plain) && !file.contains(".."),
            "{name}"
        );
    }
}

#[tokio::test]
async fn what_people_write_is_text_wherever_it_is_shown() {
    let stack = Stack::local().await;
    let script = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let record = record("a", |json| {
        for (group, field) in [
            ("user", "title"),
            ("user", "description"),
            ("user", "tags"),
            ("file", "name"),
            ("exif", "make"),
        ] {
            json[group][field] = script.into();
        }
        json["derived"]["palette"][0]["colour"] = script.into();
        json["processing"]["warnings"] = serde_json::json!([{"code": "x", "message": script}]);
    });
    stack.put_record(&record).await;
    for uri in ["/", "/images/a", "/uploads?id=a", "/?tag=%3Cscript%3E"] {
        let text = page(stack.send(get(uri)).await, StatusCode::OK).await;
        assert!(
            !text.contains("<script>") && !text.contains("<img src=x"),
            "{uri}"
        );
    }
}

#[tokio::test]
async fn every_answer_forbids_what_it_does_not_need() {
    let stack = Stack::local().await;
    for uri in [
        "/",
        "/upload",
        "/api/v1/images",
        "/nowhere",
        "/api/nowhere",
        "/healthz",
        "/assets/x/y",
    ] {
        let response = stack.send(get(uri)).await;
        let policy = header(&response, "content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{uri}");
        assert!(!policy.contains("unsafe"), "{uri}");
        assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        assert_eq!(header(&response, "referrer-policy"), "same-origin");
    }
    // The policy would stop inline scripts and styles, so the pages must not have any.
    for uri in ["/", "/upload", "/insights", "/api"] {
        let text = page(stack.send(get(uri)).await, StatusCode::OK).await;
        assert!(
            !text.contains(" style=") && !text.contains(" onclick="),
            "{uri}"
        );
    }
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let stack = Stack::local().await;
    let mut bytes = jpeg(80, 60, 1);
    bytes.resize(2 << 20, 0);
    let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
    let chunks = stream::iter([Ok(Bytes::from(bytes)), Err(broken)]);
    let upload = request("POST", "/api/v1/images")
        .body(Body::from_stream(chunks))
        .unwrap();
    assert_eq!(stack.send(upload).await.status(), 400);
    assert!(stack.uploads().await.is_empty());
}

#[tokio::test]
async fn ids_that_are_none_are_not_found() {
    let stack = Stack::local().await;
    let long = "x".repeat(5000);
    for id in ["=", "=zz", "..%2F..", "%00", "a=", &long] {
        let uri = format!("/api/v1/images/{id}");
        let status = stack.send(get(&uri)).await.status();
        assert_eq!(status, 404, "{id}");
    }
    assert_eq!(RecordId::from_name("").as_str(), "=");
}

#[tokio::test]
async fn a_server_holds_against_huge_headers_and_stops_when_asked() {
    let stack = Stack::local().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = upload_web::server::serve(listener, Arc::clone(&stack.app), async {
        let _ = stopped.await;
    });
    let server = tokio::spawn(server);

    let mut socket = TcpStream::connect(address).await.unwrap();
    let junk = "x".repeat(2_000_000);
    // The server may close the connection before all of it is written.
    let _ = socket
        .write_all(
            format!("GET / HTTP/1.1\r\nHost: localhost\r\nX-Junk: {junk}\r\n\r\n").as_bytes(),
        )
        .await;
    let mut answer = String::new();
    let _ = socket.read_to_string(&mut answer).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );

    // The process is asked to stop when half of an upload has arrived. The upload is not
    // interrupted.
    let body = jpeg(80, 60, 1);
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST /api/v1/images?filename=a.jpg HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&body[..100]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.send(()).unwrap();
    eventually("the end of listening", || async {
        TcpStream::connect(address).await.err()
    })
    .await;
    socket.write_all(&body[100..]).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
    server.await.unwrap().unwrap();
}

#[tokio::test]
async fn parameters_that_are_none_are_a_problem_for_programs_and_a_page_for_people() {
    let stack = Stack::local().await;
    let days = "days=9223372036854775808";
    for (uri, kind) in [
        (
            format!("/api/v1/insights?{days}"),
            "application/problem+json",
        ),
        (format!("/insights?{days}"), "text/html; charset=utf-8"),
    ] {
        let answer = stack.send(get(&uri)).await;
        assert_eq!(answer.status(), 400, "{uri}");
        assert_eq!(answer.headers()["content-type"], kind, "{uri}");
    }
}
