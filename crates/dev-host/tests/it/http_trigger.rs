//! Tests the HTTP trigger: what the handler gets, and what the caller gets back.

use std::time::Duration;

use axum::body::Bytes;
use futures::StreamExt as _;
use reqwest::{Body, Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::support::{App, AppBuilder, Reply};

fn post(app: &App, path: &str) -> RequestBuilder {
    let client = Client::builder().no_proxy().build().unwrap();
    client.post(format!("{}{path}", app.url))
}

/// Sends a request, and returns the status and the body of the answer.
async fn send(request: RequestBuilder) -> (u16, String) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response
        .headers()
        .get(name)
        .map(|value| value.to_str().unwrap())
}

async fn app_with(output: Value) -> App {
    AppBuilder::http()
        .start(move |_| Reply::Json(json!({"Outputs": {"res": output}})))
        .await
}

#[tokio::test]
async fn a_request_becomes_an_envelope() {
    let app = AppBuilder::http()
        .trigger("route", "images/{name}/{size?}".into())
        .start(|_| Reply::empty())
        .await;
    let request = post(&app, "/api/Images/a%20b?size=2&q=%C3%A9&size=3&code=k")
        .header("content-type", "application/json")
        .header("x-mine", "1")
        .header("x-mine", "2")
        .header("accept", "*/*")
        .body(r#"{"a": 1}"#);
    assert_eq!(send(request).await, (200, "{}".into()));

    let call = app.handler.calls().remove(0);
    assert_eq!(call.function, "ProcessSink");
    let mut body = call.json();
    let host = app.url.strip_prefix("http://").unwrap();
    assert_eq!(
        body["Data"]["req"]
            .as_object_mut()
            .unwrap()
            .remove("Identities")
            .unwrap()[0]["Claims"],
        json!([])
    );
    assert_eq!(
        body["Data"],
        json!({"req": {
            "Url": format!("{}/api/Images/a%20b?size=2&q=%C3%A9&size=3&code=k", app.url),
            "Method": "POST",
            "Query": {"size": "2,3", "q": "é", "code": "k"},
            "Headers": {
                "Accept": ["*/*"],
                "Content-Length": ["8"],
                "Content-Type": ["application/json"],
                "Host": [host],
                "x-mine": ["1", "2"],
            },
            "Params": {"name": "a b", "size": null},
            "Body": "{\"a\": 1}",
        }})
    );
    let metadata = body["Metadata"].as_object_mut().unwrap();
    assert_eq!(metadata.remove("sys").unwrap()["MethodName"], "ProcessSink");
    assert_eq!(
        body["Metadata"],
        json!({
            "Headers": {
                "Accept": "*/*",
                "Content-Length": "8",
                "Content-Type": "application/json",
                "Host": host,
                "x-mine": "1,2",
            },
            "Query": {"size": "3", "q": "é", "code": "k"},
            "a": "\"1\"",
            "name": "\"a b\"",
            "q": "\"é\"",
        })
    );
}

/// hyper sends header names in lower case, so this request is written by hand.
#[tokio::test]
async fn names_of_headers_keep_their_case() {
    let app = AppBuilder::http().start(|_| Reply::empty()).await;
    let host = app.url.strip_prefix("http://").unwrap();
    let request = format!(
        "POST /api/ProcessSink HTTP/1.1\r\nhost: {host}\r\nX-mY-own: 1\r\nuser-agent: me\r\nconnection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");

    let body = app.handler.calls()[0].json();
    let headers = body["Data"]["req"]["Headers"].as_object().unwrap();
    let names: Vec<_> = headers.keys().map(String::as_str).collect();
    // Headers that the host knows have the host's own case.
    assert_eq!(names, ["Connection", "Host", "User-Agent", "X-mY-own"]);
}

#[tokio::test]
async fn only_binary_bodies_are_base64_and_chunked_ones_are_dropped() {
    let app = AppBuilder::http().start(|_| Reply::empty()).await;
    for content_type in [
        "application/octet-stream",
        "multipart/form-data; boundary=x",
        "image/png",
    ] {
        let request = post(&app, "/api/ProcessSink")
            .header("content-type", content_type)
            .body("Darkroom");
        assert_eq!(send(request).await.0, 200);
    }
    let chunks = futures::stream::iter([Ok::<_, std::io::Error>("Dark"), Ok("room")]);
    send(post(&app, "/api/ProcessSink").body(Body::wrap_stream(chunks))).await;
    send(post(&app, "/api/ProcessSink")).await;

    let bodies: Vec<_> = app
        .handler
        .calls()
        .iter()
        .map(|call| call.json()["Data"]["req"].get("Body").cloned())
        .collect();
    let binary = Some(json!("RGFya3Jvb20="));
    let text = Some(json!("Darkroom"));
    assert_eq!(bodies, [binary.clone(), binary, text, None, None]);
}

#[tokio::test]
async fn an_output_with_a_body_is_a_whole_response() {
    let app = app_with(json!({
        "statusCode": "201", "headers": {"x-mine": "1", "content-type": "text/html"}, "body": "<p>",
    }))
    .await;
    let response = post(&app, "/api/ProcessSink").send().await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(header(&response, "x-mine"), Some("1"));
    assert_eq!(
        header(&response, "content-type"),
        Some("text/html; charset=utf-8")
    );
    assert_eq!(response.text().await.unwrap(), "<p>");
}

#[tokio::test]
async fn a_body_that_is_no_string_is_json_on_many_lines() {
    let app = app_with(json!({"statusCode": 400, "body": [1]})).await;
    let response = post(&app, "/api/ProcessSink").send().await.unwrap();
    assert_eq!(response.status(), 400);
    assert_eq!(
        header(&response, "content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(response.text().await.unwrap(), "[\n  1\n]");
}

#[tokio::test]
async fn a_response_without_a_body_has_a_status_all_the_same() {
    let app = app_with(json!({"statusCode": 400})).await;
    let answer = send(post(&app, "/api/ProcessSink")).await;
    assert_eq!(answer, (400, String::new()));
}

#[tokio::test]
async fn some_responses_cannot_be_sent() {
    let app = app_with(json!({"headers": {"x-list": ["1"]}, "body": ""})).await;
    let answer = send(post(&app, "/api/ProcessSink")).await;
    assert_eq!(answer, (500, String::new()));
    let app = app_with(json!({"statusCode": 99, "body": ""})).await;
    assert!(post(&app, "/api/ProcessSink").send().await.is_err());
    let app = app_with("just text".into()).await;
    assert_eq!(send(post(&app, "/api/ProcessSink")).await.0, 500);
}

#[tokio::test]
async fn a_failed_invocation_is_500_and_an_unknown_path_404() {
    let app = AppBuilder::http().start(|_| Reply::status(400)).await;
    assert_eq!(
        send(post(&app, "/api/ProcessSink")).await,
        (500, String::new())
    );
    assert_eq!(send(post(&app, "/api/Other")).await.0, 404);
    let get = reqwest::get(format!("{}/api/ProcessSink", app.url));
    assert_eq!(get.await.unwrap().status(), 404);
    assert_eq!(app.handler.calls().len(), 1);
}

#[tokio::test]
async fn keys_are_asked_for_where_the_level_and_the_host_say_so() {
    for (level, none, function, master) in [
        ("anonymous", 200, 200, 200),
        ("function", 401, 200, 200),
        ("admin", 401, 401, 200),
    ] {
        let mut app = AppBuilder::http()
            .trigger("authLevel", level.into())
            .setting("DEV_HOST_FUNCTION_KEY", "f")
            .setting("DEV_HOST_MASTER_KEY", "m")
            .build(|_| Reply::empty())
            .await
            .with_required_keys();
        app.start().await;
        let status = async |query: &str| send(post(&app, query)).await.0;
        assert_eq!(status("/api/ProcessSink").await, none, "{level}");
        assert_eq!(status("/api/ProcessSink?code=wrong").await, none, "{level}");
        assert_eq!(status("/api/ProcessSink?code=f").await, function, "{level}");
        assert_eq!(status("/api/ProcessSink?code=m").await, master, "{level}");
        let header = post(&app, "/api/ProcessSink").header("x-functions-key", "f");
        assert_eq!(send(header).await.0, function, "{level}");
    }
}

#[tokio::test]
async fn an_original_request_is_handed_through() {
    for property in ["enableForwardingHttpRequest", "enableProxyingHttpRequest"] {
        let app = AppBuilder::http()
            .forwarding(property)
            .start(|_| Reply::empty())
            .await;
        let request = post(&app, "/api/ProcessSink?a=1").header("x-functions-key", "k");
        let response = request.body("Darkroom").send().await.unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(
            header(&response, "x-request"),
            Some("POST /api/ProcessSink?a=1")
        );
        assert_eq!(header(&response, "x-length"), Some("8"));
        assert_eq!(header(&response, "x-encoding"), None);
        assert_eq!(header(&response, "x-key"), Some("k"));
        assert_eq!(header(&response, "x-invocation").unwrap().len(), 36);
        assert_eq!(response.text().await.unwrap(), "Darkroom");
    }
}

#[tokio::test]
async fn only_a_proxy_takes_a_body_in_chunks() {
    for (property, status) in [
        ("enableForwardingHttpRequest", 500),
        ("enableProxyingHttpRequest", 201),
    ] {
        let app = AppBuilder::http()
            .forwarding(property)
            .start(|_| Reply::empty())
            .await;
        let chunks = futures::stream::iter([Ok::<_, std::io::Error>("Dark"), Ok("room")]);
        let request = post(&app, "/api/ProcessSink").body(Body::wrap_stream(chunks));
        assert_eq!(send(request).await.0, status, "{property}");
    }
}

#[tokio::test]
async fn other_outputs_keep_a_request_from_being_handed_through() {
    let app = AppBuilder::http()
        .blob("copy", "copy")
        .forwarding("enableForwardingHttpRequest")
        .start(|_| Reply::Json(json!({"Outputs": {"copy": "eA==", "res": {"body": "done"}}})))
        .await;
    assert_eq!(
        send(post(&app, "/api/ProcessSink")).await,
        (200, "done".into())
    );
    assert_eq!(app.output("copy").await, b"x");
}

#[tokio::test]
async fn a_request_that_is_handed_through_is_never_held_whole() {
    let app = AppBuilder::http()
        .forwarding("enableProxyingHttpRequest")
        .start(|_| Reply::empty())
        .await;
    // The second chunk is sent only after the first has come back through both processes.
    let (first, second) = tokio::sync::oneshot::channel();
    let chunks = futures::stream::once(std::future::ready(Bytes::from_static(b"first")))
        .chain(futures::stream::once(async { second.await.unwrap() }))
        .map(Ok::<_, std::io::Error>);
    let request = post(&app, "/api/ProcessSink").body(Body::wrap_stream(chunks));
    let mut response = request.send().await.unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "first");
    first.send(Bytes::from_static(b"second")).unwrap();
    assert_eq!(response.chunk().await.unwrap().unwrap(), "second");
    assert_eq!(response.chunk().await.unwrap(), None);
}

#[tokio::test]
async fn a_hundred_megabytes_go_through() {
    const CHUNK: usize = 1 << 20;
    const LENGTH: usize = 100 * CHUNK;
    let app = AppBuilder::http()
        .forwarding("enableForwardingHttpRequest")
        .start(|_| Reply::empty())
        .await;
    let chunk = Bytes::from(vec![7; CHUNK]);
    let chunks = futures::stream::repeat(chunk).take(LENGTH / CHUNK);
    let request = post(&app, "/api/ProcessSink")
        .header("content-length", LENGTH)
        .body(Body::wrap_stream(chunks.map(Ok::<_, std::io::Error>)));
    let response = request.send().await.unwrap();
    assert_eq!(header(&response, "x-length"), Some("104857600"));
    let mut received = 0;
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        received += chunk.unwrap().len();
    }
    assert_eq!(received, LENGTH);
}

#[tokio::test]
async fn a_handler_that_never_answers_is_restarted() {
    let mut app = AppBuilder::http()
        .build(|_| Reply::Hang)
        .await
        .with_function_timeout(Duration::from_millis(200));
    app.start().await;
    let killed = app.handler_pid().unwrap();
    assert_eq!(send(post(&app, "/api/ProcessSink")).await.0, 500);
    crate::support::eventually("another handler", || async {
        app.handler_pid().filter(|pid| *pid != killed)
    })
    .await;
}

/// A web server that knows nothing about Functions needs no function.json.
#[tokio::test]
async fn a_profile_hands_every_request_through() {
    let mut app = AppBuilder::http()
        .host_json("configurationProfile", "web-app-custom-handler".into())
        .build(|_| Reply::empty())
        .await;
    std::fs::remove_dir_all(app.root.path().join("ProcessSink")).unwrap();
    app.start().await;
    let request = post(&app, "/any/where?a=1").body("Darkroom");
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(header(&response, "x-request"), Some("POST /any/where?a=1"));
    assert_eq!(response.text().await.unwrap(), "Darkroom");
}

#[tokio::test]
async fn the_root_is_the_hosts_unless_a_function_takes_it() {
    let app = AppBuilder::http().start(|_| Reply::empty()).await;
    let client = Client::builder().no_proxy().build().unwrap();
    let request = client.get(&app.url);
    assert_eq!(send(request).await, (200, String::new()));
    assert_eq!(send(client.post(&app.url)).await.0, 404);
}
