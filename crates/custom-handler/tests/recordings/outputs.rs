//! The recorded results of outputs.

use axum::{body::to_bytes, http::StatusCode, response::IntoResponse as _};
use azure_functions_custom_handler::{
    HttpResponse, InvalidOutput, OutputProblem, Outputs, rewritten_by_host,
};
use serde_json::{Value, json};

use crate::{case, has_failed};

/// The outputs of a handler's answer, as its author meant them.
fn answered(case: &Value) -> Value {
    let body = case["answer"]["body"].as_str().unwrap();
    serde_json::from_str::<Value>(body).unwrap()["Outputs"].clone()
}

async fn sent(outputs: Outputs) -> Value {
    let response = outputs.into_response();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    serde_json::from_slice::<Value>(&body).unwrap()["Outputs"].clone()
}

fn problem_of(result: Result<Outputs, InvalidOutput>) -> OutputProblem {
    result.unwrap_err().problem
}

/// A text that the host decodes, and how to send it instead: with exactly the bytes of the case in which a text
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

/// The recorded document has all kinds of dates. Each date that the host changed is an error, and each that it did not
/// change is not.
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
