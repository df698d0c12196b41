//! Every case that was recorded from Microsoft's host: its requests are read, and what it did to
//! answers is what this crate prevents. Not part of the package, because the cases are not.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests too")]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode},
    response::IntoResponse as _,
    routing::{MethodRouter, post},
};
use custom_handler::{
    Blob, CosmosChanges, EventGridBatch, EventGridEvent, HttpRequest, HttpResponse,
    InvalidInvocation, InvalidOutput, KafkaBatch, KafkaMessage, KafkaTextMessage, OutputProblem,
    Outputs, QueueMessage, TimerInfo, Trigger, layered, rewritten_by_host,
};
use serde_json::{Value, json};
use tower::ServiceExt as _;

fn conformance() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../dev-host/conformance")
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let below = |path: PathBuf| {
        if path.is_dir() {
            files_below(&path)
        } else {
            vec![path]
        }
    };
    entries.flat_map(below).collect()
}

/// The case of that name.
fn case(path: &str) -> Value {
    support::read(&conformance().join("cases").join(format!("{path}.json")))
}

/// The trigger of each function that the cases were recorded with.
fn triggers() -> BTreeMap<String, Value> {
    let mut triggers = BTreeMap::new();
    for path in files_below(&conformance().join("apps")) {
        if path.ends_with("function.json") {
            let function = path.parent().unwrap().file_name().unwrap();
            let trigger = support::read(&path)["bindings"][0].clone();
            triggers.insert(function.to_string_lossy().into_owned(), trigger);
        }
    }
    triggers
}

async fn read<T: Trigger>(recorded: &Value, function: &str) -> Result<(), InvalidInvocation> {
    let event = support::event::<T>(recorded).await?;
    assert_eq!(event.function, function);
    assert!(!event.id.as_str().is_empty());
    let has_retries = recorded["body"]
        .as_str()
        .unwrap()
        .contains("\"RetryContext\"");
    assert_eq!(event.retry.is_some(), has_retries);
    Ok(())
}

#[tokio::test]
async fn every_recorded_request_is_read() {
    let triggers = triggers();
    let mut counts = BTreeMap::<&str, usize>::new();
    for path in files_below(&conformance().join("cases")) {
        let case = support::read(&path);
        for recorded in case["requests"].as_array().into_iter().flatten() {
            if support::invocation(recorded).is_none() {
                continue;
            }
            let function = recorded["url"].as_str().unwrap().trim_start_matches('/');
            let trigger = &triggers[function];
            let text = |key: &str| trigger[key].as_str().unwrap_or_default().to_lowercase();
            let kind = trigger["type"].as_str().unwrap();
            let read = match (
                kind,
                text("cardinality").as_str(),
                text("dataType").as_str(),
            ) {
                ("blobTrigger", ..) => read::<Blob>(recorded, function).await,
                ("queueTrigger", ..) => read::<QueueMessage>(recorded, function).await,
                ("eventGridTrigger", "many", _) => read::<EventGridBatch>(recorded, function).await,
                ("eventGridTrigger", ..) => read::<EventGridEvent>(recorded, function).await,
                ("kafkaTrigger", "many", _) => read::<KafkaBatch>(recorded, function).await,
                ("kafkaTrigger", _, "binary") => read::<KafkaMessage>(recorded, function).await,
                ("kafkaTrigger", ..) => read::<KafkaTextMessage>(recorded, function).await,
                ("httpTrigger", ..) => read::<HttpRequest>(recorded, function).await,
                ("timerTrigger", ..) => read::<TimerInfo>(recorded, function).await,
                ("cosmosDBTrigger", ..) => read::<CosmosChanges>(recorded, function).await,
                other => panic!("{other:?} is a trigger without an event"),
            };
            read.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            *counts.entry(kind).or_default() += 1;
        }
    }
    assert_eq!(counts.len(), 7, "{counts:?}");
    assert!(counts.values().sum::<usize>() > 290, "{counts:?}");
}

#[test]
fn the_fixtures_are_copies_of_cases() {
    let cases = files_below(&conformance().join("cases"));
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    for fixture in files_below(&fixtures) {
        let name = fixture.file_name();
        let original = cases.iter().find(|case| case.file_name() == name).unwrap();
        assert_eq!(support::read(&fixture), support::read(original), "{name:?}");
    }
}

#[test]
fn a_function_is_thirty_lines_at_most() {
    for example in files_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")) {
        let text = fs::read_to_string(&example).unwrap();
        assert!(text.lines().count() <= 30, "{}", example.display());
    }
}

/// The outputs that a handler answered with, as its author meant them.
fn answered(case: &Value) -> Value {
    let body = case["answer"]["body"].as_str().unwrap();
    serde_json::from_str::<Value>(body).unwrap()["Outputs"].clone()
}

fn has_failed(case: &Value) -> bool {
    case["results"][0]["result"] == "Failed"
}

async fn sent(outputs: Outputs) -> Value {
    let response = outputs.into_response();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice::<Value>(&body).unwrap()["Outputs"].clone()
}

fn problem_of(result: Result<Outputs, InvalidOutput>) -> OutputProblem {
    result.unwrap_err().problem
}

/// A text that the host decodes, and how it goes instead: as the very bytes of the case in which a text
/// arrived.
#[tokio::test]
async fn texts_that_look_like_base64_arrive() {
    for name in ["string-base64-spaces", "string-looks-base64"] {
        let case = case(&format!("answer/answer-{name}"));
        let text = answered(&case)["copy"].as_str().unwrap().to_owned();
        assert_ne!(
            case["effects"]["blobs"][0]["text"], text,
            "the host changed it"
        );
        let problem = problem_of(Outputs::new().value("copy", text.clone().into()));
        assert!(matches!(problem, OutputProblem::Base64));
        assert_ne!(sent(Outputs::new().text("copy", &text)).await["copy"], text);
    }
    let protected = case("answer/answer-string-base64");
    assert_eq!(protected["effects"]["blobs"][0]["text"], "hello");
    assert_eq!(protected["effects"]["queue"][0]["decoded"], "hello");
    let outputs = Outputs::new().text("copy", "hello").text("next", "hello");
    assert_eq!(sent(outputs).await, answered(&protected));
}

#[tokio::test]
async fn dates_at_the_top_are_never_sent_as_dates() {
    for (name, output) in [("string-date", "copy"), ("string-date-queue", "next")] {
        let case = case(&format!("answer/answer-{name}"));
        let date = answered(&case)[output].as_str().unwrap().to_owned();
        let is_changed = case["effects"]["queue"][0]["decoded"] == "11/27/2026 10:00:00";
        assert!(has_failed(&case) || is_changed);
        let problem = problem_of(Outputs::new().value(output, date.clone().into()));
        assert!(matches!(problem, OutputProblem::Date { .. }));
        let problem = problem_of(Outputs::new().messages(output, [date.clone()]));
        assert!(matches!(problem, OutputProblem::Date { place } if place == "/0"));
        assert_ne!(sent(Outputs::new().text(output, &date)).await[output], date);
    }
    let untouched = case("answer/answer-string-date-only");
    let day = answered(&untouched)["copy"].clone();
    assert_eq!(untouched["effects"]["blobs"][0]["text"], day);
    assert!(Outputs::new().value("copy", day).is_ok());
}

/// The recorded document has all kinds of dates: each that came out in another way is an error, and each
/// that did not is none.
#[test]
fn dates_in_records_are_errors_where_the_host_changes_them() {
    let case = case("answer/answer-dates-in-record");
    let body = case["effects"]["toCosmos"][0]["body"].as_str().unwrap();
    let written: Value = serde_json::from_str(body).unwrap();
    let fields = answered(&case)["record"].as_object().unwrap().clone();
    let mut changed = 0;
    for (name, value) in fields.into_iter().filter(|(name, _)| name != "id") {
        let result = Outputs::new().record("record", &json!({"id": "a", name.as_str(): value}));
        if written[&name] == value {
            assert!(result.is_ok(), "{name}: {value}");
        } else {
            let OutputProblem::Date { place } = problem_of(result) else {
                panic!("{name} is another problem");
            };
            assert!(place.starts_with(&format!("/{name}")), "{place}");
            changed += 1;
        }
    }
    assert_eq!(changed, 4);
}

#[test]
fn numbers_in_records_keep_their_values() {
    let case = case("answer/answer-numbers-in-record");
    let body = case["effects"]["toCosmos"][0]["body"].as_str().unwrap();
    let written: Value = serde_json::from_str(body).unwrap();
    let record = answered(&case)["record"].clone();
    assert_eq!(written, record);
    assert!(Outputs::new().record("record", &record).is_ok());
}

#[test]
fn records_that_are_too_deep_or_without_an_id_are_errors() {
    let deep = case("answer/answer-deep-nesting");
    assert!(has_failed(&deep) && !deep["effects"]["docs"][0].is_null());
    // serde_json itself reads no more than 128 levels, and the recorded document has fewer.
    let record = answered(&deep)["record"].clone();
    let problem = problem_of(Outputs::new().record("record", &record));
    assert!(matches!(problem, OutputProblem::TooDeep { .. }));
    for name in ["record-without-id", "record-id-number"] {
        let case = case(&format!("answer/answer-{name}"));
        assert!(has_failed(&case));
        let record = answered(&case)["record"].clone();
        let problem = problem_of(Outputs::new().record("record", &record));
        assert!(matches!(problem, OutputProblem::Id { .. }));
        let problem = problem_of(Outputs::new().records("record", [json!({"id": "a"}), record]));
        assert!(matches!(problem, OutputProblem::Id { place } if place == "/1"));
    }
}

#[test]
fn records_that_are_too_large_are_errors() {
    let case = case("answer/answer-record-too-large");
    assert!(has_failed(&case));
    let envelope = r#"{"Outputs":{"record":}}"#.len();
    let length =
        usize::try_from(case["answer"]["bodyLength"].as_u64().unwrap()).unwrap() - envelope;
    let record =
        json!({"id": "large", "text": "x".repeat(length - r#"{"id":"large","text":""}"#.len())});
    let problem = problem_of(Outputs::new().record("record", &record));
    assert!(matches!(problem, OutputProblem::TooLarge { bytes, .. } if bytes == length));
}

#[tokio::test]
async fn numbers_and_objects_arrive_as_json() {
    for (name, value) in [
        ("number", json!(12)),
        ("float", json!(1.5)),
        ("bool", json!(true)),
    ] {
        let case = case(&format!("answer/answer-{name}"));
        assert_eq!(answered(&case)["copy"], value);
        assert_ne!(case["effects"]["blobs"][0]["text"], value.to_string());
        let problem = problem_of(Outputs::new().value("copy", value));
        assert!(matches!(problem, OutputProblem::Scalar));
    }
    // The host indents an object for a queue.
    let case = case("answer/answer-object");
    let object = answered(&case)["next"].clone();
    assert_ne!(case["effects"]["queue"][0]["decoded"], object.to_string());
    let sent = sent(Outputs::new().json_text("next", &object).unwrap()).await;
    let as_text = self::sent(Outputs::new().text("next", object.to_string())).await;
    assert_eq!(sent, as_text);
    assert!(sent["next"].is_string());
}

#[tokio::test]
async fn http_answers_have_no_lists_and_no_dates() {
    let lists = case("http/http-answer-headers-list");
    assert_eq!(lists["action"]["got"]["status"], 500);
    let response = HttpResponse::text(StatusCode::OK, "x").with_header("X-List", "1,2");
    let sent = sent(Outputs::new().http("res", response).unwrap()).await;
    assert!(sent["res"]["headers"]["X-List"].is_string());

    let dates = case("http/http-answer-date");
    let date = answered(&dates)["res"]["body"].as_str().unwrap().to_owned();
    assert_ne!(dates["action"]["got"]["body"], date);
    let body = HttpResponse::text(StatusCode::OK, &date);
    let header = HttpResponse::text(StatusCode::OK, "x").with_header("X-When", &date);
    for (response, at) in [(body, "/body"), (header, "/headers/X-When")] {
        let problem = problem_of(Outputs::new().http("res", response));
        assert!(matches!(problem, OutputProblem::Date { place } if place == at));
    }
    let informational = HttpResponse::text(StatusCode::CONTINUE, "");
    let problem = problem_of(Outputs::new().http("res", informational));
    assert!(matches!(problem, OutputProblem::Status(_)));
}

#[tokio::test]
async fn json_for_http_arrives_as_it_is() {
    let case = case("http/http-answer-json-string");
    assert_eq!(case["action"]["got"]["body"], r#"{"a":1}"#);
    let response = HttpResponse::json(StatusCode::OK, &json!({"a": 1})).unwrap();
    let sent = sent(Outputs::new().http("res", response).unwrap()).await;
    assert_eq!(sent["res"], answered(&case)["res"]);
}

#[test]
fn what_is_rewritten_is_found_wherever_it_stands() {
    let case = case("answer/answer-dates-in-record");
    let record = answered(&case)["record"].clone();
    assert!(rewritten_by_host(&record).is_some());
}

/// What becomes of an answer of the function that has these function.json and host.json.
async fn status(app: &str, function: &str, handler: MethodRouter) -> StatusCode {
    let path = format!("/{function}");
    let root = conformance().join("apps").join(app);
    let router = layered(Router::new().route(&path, handler), &root, |_| None).unwrap();
    let request = Request::post(path).body(Body::empty()).unwrap();
    router.oneshot(request).await.unwrap().status()
}

/// The host passes over an output whose name it does not know, without a word.
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
