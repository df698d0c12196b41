//! The recorded results of whole answers.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
    routing::{MethodRouter, post},
};
use azure_functions_custom_handler::{Outputs, layered};
use tower::ServiceExt as _;

use crate::{case, conformance, has_failed};

/// The result of an answer of the function that has this function.json and host.json.
async fn status(app: &str, function: &str, handler: MethodRouter) -> StatusCode {
    let path = format!("/{function}");
    let root = conformance().join("apps").join(app);
    let router = layered(Router::new().route(&path, handler), &root, |_| None).unwrap();
    let request = Request::post(path).body(Body::empty()).unwrap();
    router.oneshot(request).await.unwrap().status()
}

/// The host ignores an output whose name it does not know, without a message.
#[tokio::test]
async fn outputs_that_function_json_does_not_name_fail() {
    for name in ["unknown-output", "case-of-names"] {
        assert!(!has_failed(&case(&format!("answer/answer-{name}"))));
    }
    let answer =
        async |outputs: Outputs| status("polled", "Answer", post(async move || outputs)).await;
    assert_eq!(answer(Outputs::new()).await, StatusCode::OK);
    assert_eq!(
        answer(Outputs::new().text("copy", "y")).await,
        StatusCode::OK
    );
    for name in ["other", "Copy", "record", "item"] {
        let status = answer(Outputs::new().text(name, "y")).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{name}");
    }
}

/// The host waits for more until its time-out, and then kills the process.
#[tokio::test]
async fn answers_that_the_host_hangs_on_fail() {
    for name in ["hang-204", "hang-empty", "hang-null"] {
        let case = case(&format!("process/{name}"));
        let exception = case["results"][0]["exception"].as_str().unwrap();
        assert!(
            exception.contains("FunctionTimeoutException"),
            "{exception}"
        );
        let answer = &case["answer"];
        let status_code =
            StatusCode::from_u16(answer["status"].as_u64().unwrap().try_into().unwrap());
        let status_code = status_code.unwrap();
        let body = answer["body"].as_str().unwrap_or_default().to_owned();
        let answer = (status_code, [("content-type", "application/json")], body);
        let handler = post(async move || answer);
        let failed = StatusCode::INTERNAL_SERVER_ERROR;
        assert_eq!(status("polled", "Answer", handler).await, failed, "{name}");
    }
}

#[tokio::test]
async fn answers_of_another_kind_fail_where_they_are_not_the_client_s() {
    let (failed, passed) = (StatusCode::INTERNAL_SERVER_ERROR, StatusCode::OK);
    assert_eq!(status("polled", "Answer", post(async || ())).await, failed);
    assert_eq!(
        status("polled", "HttpPlain", post(async || "text")).await,
        failed
    );
    let json = post(async || ([("content-type", "application/json; charset=utf-8")], "{}"));
    assert_eq!(status("polled", "Answer", json).await, passed);
    assert_eq!(
        status("forward", "HttpPlain", post(async || "text")).await,
        passed
    );
}
