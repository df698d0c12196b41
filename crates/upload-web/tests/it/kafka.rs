//! Tests flow B: messages, and the possible answers of a cluster.

use axum::{body::Body, http::StatusCode};
use rdkafka::types::{RDKafkaApiKey, RDKafkaRespErr};
use serde_json::json;

use crate::support::{
    jpeg,
    kafka::Broker,
    requests::{form, get, header, json, page, request, token},
    stack::Stack,
};

async fn stack(broker: &Broker, flows: &str) -> Stack {
    Stack::with(&[
        ("DARKROOM_AUTH", "none"),
        ("DARKROOM_FLOWS", flows),
        ("KAFKA_BROKERS", &broker.address()),
        ("DARKROOM_KAFKA_INLINE_KIB", "64"),
        ("DARKROOM_UPLOADS_PER_USER", "1"),
    ])
    .await
}

fn upload(bytes: &[u8]) -> axum::http::Request<Body> {
    let uri = "/api/v1/images?filename=a.jpg&title=Beach";
    request("POST", uri).body(bytes.to_vec().into()).unwrap()
}

#[tokio::test]
async fn a_small_file_is_a_message_and_a_large_one_is_referred_to() {
    let broker = Broker::start();
    let stack = stack(&broker, "kafka").await;
    let small = jpeg(80, 60, 1);
    let mut large = small.clone();
    large.resize(100_000, 0);
    for bytes in [&small, &large] {
        json(stack.send(upload(bytes)).await, StatusCode::ACCEPTED).await;
    }
    let [inline, reference] = &broker.messages(2)[..] else {
        panic!("two messages")
    };
    assert_eq!(inline.value, small);
    assert_eq!(inline.headers["metadata"], r#"{"title":"Beach"}"#);
    assert!(!inline.headers.contains_key("blob"));
    assert!(reference.value.is_empty());
    assert_eq!(reference.headers["blob"], reference.key);
    assert_eq!(reference.headers["content-type"], "image/jpeg");
    let stored = stack.blob("incoming", &reference.key).await.unwrap();
    assert_eq!(stored, large);
}

#[tokio::test]
async fn a_file_in_blocks_is_referred_to() {
    let broker = Broker::start();
    let stack = stack(&broker, "blob,kafka").await;
    let bytes = jpeg(80, 60, 1);
    let asked = format!("/api/v1/uploads?flow=kafka&size={}", bytes.len());
    let begin = request("POST", &asked).body(Body::empty()).unwrap();
    let session = json(stack.send(begin).await, StatusCode::CREATED).await;
    let address = format!("/api/v1/uploads/{}", session["id"].as_str().unwrap());
    let block = request("PUT", &format!("{address}/blocks/0"));
    let block = block.body(bytes.clone().into()).unwrap();
    assert_eq!(stack.send(block).await.status(), StatusCode::NO_CONTENT);
    // The flow was chosen when the upload was started.
    let complete = format!("{address}/complete?filename=a.jpg&title=Beach&flow=blob");
    let complete = request("POST", &complete).body(Body::empty()).unwrap();
    json(stack.send(complete).await, StatusCode::ACCEPTED).await;
    let [reference] = &broker.messages(1)[..] else {
        panic!("one message")
    };
    assert_eq!(reference.headers["blob"], reference.key);
    assert_eq!(reference.headers["metadata"], r#"{"title":"Beach"}"#);
    let stored = stack.blob("incoming", &reference.key).await.unwrap();
    assert_eq!(stored, bytes);
    assert!(stack.uploads().await.is_empty());
}

#[tokio::test]
async fn what_the_topic_finds_too_large_is_referred_to_and_so_is_the_next() {
    let broker = Broker::start();
    let stack = stack(&broker, "kafka").await;
    let bytes = jpeg(80, 60, 1);
    let too_large = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE];
    broker
        .cluster
        .request_errors(RDKafkaApiKey::Produce, &too_large);
    for _ in 0..2 {
        json(stack.send(upload(&bytes)).await, StatusCode::ACCEPTED).await;
    }
    // A smaller file may still be sent inside a message.
    let smaller = &bytes[..bytes.len() - 1];
    json(stack.send(upload(smaller)).await, StatusCode::ACCEPTED).await;
    let messages = broker.messages(3);
    for message in &messages[..2] {
        assert!(message.value.is_empty());
        let stored = stack.blob("incoming", &message.headers["blob"]).await;
        assert_eq!(stored.unwrap(), bytes);
    }
    assert_eq!(messages[2].value, smaller);
}

#[tokio::test]
async fn where_kafka_refuses_it_is_kafka_that_is_named() {
    let broker = Broker::start();
    let stack = stack(&broker, "kafka").await;
    let refused = [RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED];
    broker
        .cluster
        .request_errors(RDKafkaApiKey::Produce, &refused);
    let answer = stack.send(upload(&jpeg(80, 60, 1))).await;
    assert_eq!(header(&answer, "retry-after"), "5");
    let problem = json(answer, StatusCode::SERVICE_UNAVAILABLE).await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("cannot reach Kafka"), "{detail}");
}

#[tokio::test]
async fn readiness_asks_kafka_too() {
    let broker = Broker::start();
    let stack = stack(&broker, "blob,kafka").await;
    let ready = json(stack.send(get("/readyz")).await, StatusCode::OK).await;
    assert_eq!(
        ready,
        json!({"storage": true, "cosmos": true, "kafka": true})
    );
    let address = broker.address();
    drop(broker);
    let gone = Stack::with(&[
        ("DARKROOM_AUTH", "none"),
        ("DARKROOM_FLOWS", "kafka"),
        ("KAFKA_BROKERS", &address),
    ])
    .await;
    let answer = gone.send(get("/readyz")).await;
    let ready = json(answer, StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!(
        ready,
        json!({"storage": true, "cosmos": true, "kafka": false})
    );
}

#[tokio::test]
async fn a_form_goes_the_way_it_names_wherever_the_field_stands() {
    let broker = Broker::start();
    let stack = stack(&broker, "blob,kafka").await;
    let first = page(stack.send(get("/upload")).await, StatusCode::OK).await;
    let bytes = jpeg(80, 60, 1);
    // There are more files than this user may send in parallel, but the form counts only once.
    let files: Vec<(&str, &[u8])> = vec![("a.jpg", &bytes); 3];
    let fields = [
        ("token", token(&first)),
        ("flow", "kafka"),
        ("title", "Beach"),
    ];
    for fields_first in [false, true] {
        let form = form(&fields, &files, fields_first);
        assert_eq!(stack.send(form).await.status(), StatusCode::SEE_OTHER);
    }
    assert!(stack.uploads().await.is_empty());
    for message in broker.messages(6) {
        // None of the files was kept in memory until the form ended.
        assert!(message.value.is_empty());
        assert_eq!(message.headers["metadata"], r#"{"title":"Beach"}"#);
        let stored = stack.blob("incoming", &message.headers["blob"]).await;
        assert_eq!(stored.unwrap(), bytes);
    }
    let plain = form(&fields[..1], &files[..1], false);
    assert_eq!(stack.send(plain).await.status(), StatusCode::SEE_OTHER);
    stack.only_upload().await;
}

#[tokio::test]
async fn a_form_says_what_was_sent_and_what_was_not() {
    let broker = Broker::start();
    let stack = stack(&broker, "kafka").await;
    let first = page(stack.send(get("/upload")).await, StatusCode::OK).await;
    let bytes = jpeg(80, 60, 1);
    let files: Vec<(&str, &[u8])> = vec![
        ("one.jpg", &bytes),
        ("notes.txt", b"hello"),
        ("two.jpg", &bytes),
        ("three.jpg", &bytes),
    ];
    let errors = [
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR,
        RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED,
    ];
    broker
        .cluster
        .request_errors(RDKafkaApiKey::Produce, &errors);
    let answer = stack
        .send(form(&[("token", token(&first))], &files, true))
        .await;
    let text = page(answer, StatusCode::SERVICE_UNAVAILABLE).await;
    let taken = |name: &str| {
        let (_, rest) = text.split_once(&format!("{name}</")).expect(name);
        let (state, _) = rest.split_once("</li>").expect("the row ends");
        !state.contains("Not accepted")
    };
    assert!(taken("one.jpg"), "{text}");
    for name in ["notes.txt", "two.jpg", "three.jpg"] {
        assert!(!taken(name), "{name}: {text}");
    }
    assert!(text.contains("cannot reach Kafka"), "{text}");
    assert_eq!(broker.messages(1).len(), 1);
}
