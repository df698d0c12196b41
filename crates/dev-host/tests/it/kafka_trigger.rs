//! Tests the Kafka trigger: what it sends, in which order, and when it commits.

use std::{
    fs,
    sync::{Barrier, Mutex, mpsc},
    time::Duration,
};

use functions_dev_host::{Host, KafkaBroker, Options};
use rdkafka::message::{Header, OwnedHeaders};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{App, AppBuilder, Call, Producer, Reply, committed};

/// A broker with the topic `images` of three partitions, and a producer for it.
fn broker() -> (KafkaBroker, Producer) {
    let broker = KafkaBroker::start().unwrap();
    broker.create_topic("images", 3).unwrap();
    let producer = Producer::new(broker.brokers());
    (broker, producer)
}

fn app(broker: &KafkaBroker) -> AppBuilder {
    AppBuilder::kafka().setting("KAFKA_BROKERS", broker.brokers())
}

fn offsets(app: &App) -> Vec<i64> {
    app.handler
        .calls()
        .iter()
        .map(|call| call.place().1)
        .collect()
}

#[tokio::test]
async fn a_payload_holds_the_bytes_and_all_there_is_to_know() {
    let (broker, producer) = broker();
    let headers = OwnedHeaders::new()
        .insert(Header {
            key: "content-type",
            value: Some("image/jpeg"),
        })
        .insert(Header {
            key: "none",
            value: None::<&str>,
        });
    producer
        .send_with_headers("k \"1\"", headers, 1_795_512_600_999)
        .await;
    let app = app(&broker).start(|_| Reply::empty()).await;

    let call = app.calls(1).await.remove(0);
    assert_eq!(call.function, "ProcessMessage");
    let mut body = call.json();
    let system = body["Metadata"]
        .as_object_mut()
        .unwrap()
        .remove("sys")
        .unwrap();
    assert_eq!(system["MethodName"], "ProcessMessage");
    assert_eq!(
        body,
        json!({
            "Data": {"original": "RGFya3Jvb20="},
            "Metadata": {
                "Headers": "[{\"Key\":\"content-type\",\"Value\":\"aW1hZ2UvanBlZw==\"},{\"Key\":\"none\",\"Value\":null}]",
                "IsPartitionEOF": "false",
                "Key": "\"k \\\"1\\\"\"",
                "LeaderEpoch": "0",
                "Offset": "0",
                "Partition": "2",
                "Timestamp": "2026-11-24T09:30:00",
                "Topic": "\"images\"",
            },
        })
    );
}

#[tokio::test]
async fn a_message_of_nothing_is_an_empty_string_without_a_key() {
    let (broker, producer) = broker();
    producer.send_nothing().await;
    let app = app(&broker).start(|_| Reply::empty()).await;

    let body = app.calls(1).await[0].json();
    assert_eq!(body["Data"], json!({"original": ""}));
    assert_eq!(body["Metadata"].get("Key"), None);
    assert_eq!(body["Metadata"]["Headers"], "[]");
}

#[tokio::test]
async fn outputs_know_where_a_message_came_from() {
    let (broker, producer) = broker();
    producer.send(1, "cats/tom", b"x").await;
    let app = app(&broker)
        .blob("copy", "{Key}/{Topic}-{Partition}-{Offset}")
        .start(|_| Reply::Json(json!({"Outputs": {"copy": "eA=="}})))
        .await;
    assert_eq!(app.output("cats/tom/images-1-0").await, b"x");
    committed(broker.brokers(), 1, 1).await;
}

#[tokio::test]
async fn a_large_message_arrives_whole() {
    const LENGTH: usize = 8 * 1024 * 1024;
    let (broker, producer) = broker();
    producer.send(0, "large", &vec![7; LENGTH]).await;
    let app = app(&broker).start(|_| Reply::empty()).await;
    let body = app.calls(1).await[0].json();
    assert_eq!(
        body["Data"]["original"].as_str().unwrap().len(),
        LENGTH.div_ceil(3) * 4
    );
}

#[tokio::test]
async fn partitions_run_side_by_side_and_messages_in_order() {
    let (broker, producer) = broker();
    for index in 0..30 {
        producer.send(index % 3, "k", b"x").await;
    }
    // No call continues before there is one for each partition.
    let together = Barrier::new(3);
    let app = app(&broker)
        .start(move |_| {
            together.wait();
            Reply::empty()
        })
        .await;
    let places: Vec<_> = app.calls(30).await.iter().map(Call::place).collect();
    for partition in 0..3 {
        let offsets: Vec<_> = places
            .iter()
            .filter(|place| place.0 == partition)
            .map(|place| place.1)
            .collect();
        assert_eq!(offsets, (0..10).collect::<Vec<_>>(), "{partition}");
        let partition = partition.try_into().unwrap();
        committed(broker.brokers(), partition, 10).await;
    }
}

#[tokio::test]
async fn what_waits_in_memory_is_bounded_and_nothing_is_left_out() {
    let (broker, producer) = broker();
    for _ in 0..20 {
        producer.send(0, "k", b"x").await;
    }
    let app = app(&broker)
        .kafka_rules(json!({"maxBatchSize": 1}))
        .start(|_| Reply::empty())
        .await;
    app.calls(20).await;
    committed(broker.brokers(), 0, 20).await;
    assert_eq!(offsets(&app), (0..20).collect::<Vec<_>>());
}

#[tokio::test]
async fn by_default_a_failed_message_is_committed_and_lost() {
    let (broker, producer) = broker();
    for _ in 0..2 {
        producer.send(0, "k", b"x").await;
    }
    let app = app(&broker).start(|_| Reply::status(500)).await;
    committed(broker.brokers(), 0, 2).await;
    assert_eq!(offsets(&app), [0, 1]);
}

#[tokio::test]
async fn a_message_that_is_not_committed_on_failure_is_tried_again_in_place() {
    let (broker, producer) = broker();
    for _ in 0..2 {
        producer.send(0, "k", b"x").await;
    }
    let app = app(&broker)
        .kafka_rules(json!({"commitOnFailure": false, "maxRetries": 2}))
        .start(|call| match call.place() {
            (_, 0) => Reply::status(500),
            _ => Reply::empty(),
        })
        .await;
    committed(broker.brokers(), 0, 2).await;
    assert_eq!(offsets(&app), [0, 0, 0, 1]);
}

#[tokio::test]
async fn compressed_messages_are_read() {
    let (broker, _) = broker();
    let app = app(&broker).start(|_| Reply::empty()).await;
    // A batch that does not become smaller is sent uncompressed.
    let value = [b'x'; 10_000];
    for (count, codec) in ["gzip", "snappy", "lz4", "zstd"].into_iter().enumerate() {
        let producer = Producer::compressing(broker.brokers(), codec);
        producer.send(0, codec, &value).await;
        let call = app.calls(count + 1).await.remove(count);
        let text = call.json()["Data"]["original"].as_str().unwrap().to_owned();
        assert_eq!(text.len(), value.len().div_ceil(3) * 4, "{codec}");
    }
}

#[tokio::test]
async fn retries_in_place_may_be_without_end() {
    let (broker, producer) = broker();
    producer.send(0, "k", b"x").await;
    let (mend, mended) = mpsc::channel::<()>();
    let mended = Mutex::new(mended);
    let app = app(&broker)
        .kafka_rules(json!({"commitOnFailure": false, "maxRetries": -1}))
        .start(move |_| {
            let wait = Duration::ZERO;
            if mended.lock().unwrap().recv_timeout(wait).is_err() {
                Reply::status(500)
            } else {
                Reply::empty()
            }
        })
        .await;
    // More than there would be by default.
    app.calls(10).await;
    mend.send(()).unwrap();
    committed(broker.brokers(), 0, 1).await;
}

#[tokio::test]
async fn a_retry_policy_comes_before_the_commit() {
    for (rules, tries) in [
        (json!({}), vec![0, 1, 2]),
        (
            json!({"commitOnFailure": false, "maxRetries": 1}),
            vec![0, 1, 2, 0, 1, 2],
        ),
    ] {
        let (broker, producer) = broker();
        producer.send(0, "k", b"x").await;
        let app = app(&broker)
            .kafka_rules(rules)
            .retry(json!({
                "strategy": "fixedDelay", "maxRetryCount": 2, "delayInterval": "00:00:00.01",
            }))
            .start(|_| Reply::status(500))
            .await;
        committed(broker.brokers(), 0, 1).await;
        let expected: Vec<_> = tries
            .iter()
            .map(|retry| {
                json!({
                    "RetryCount": retry, "MaxRetryCount": 2, "Instance": null, "State": {},
                })
            })
            .collect();
        let contexts: Vec<Value> = app
            .handler
            .calls()
            .iter()
            .map(|call| {
                let mut context = call.json()["Metadata"]["RetryContext"].take();
                // From the second attempt on, it says what went wrong with the previous one.
                let exception = context.as_object_mut().unwrap().remove("Exception");
                assert_eq!(exception == Some(Value::Null), context["RetryCount"] == 0);
                context
            })
            .collect();
        assert_eq!(contexts, expected);
    }
}

#[tokio::test]
async fn a_policy_without_end_holds_its_own_partition_only() {
    let (broker, producer) = broker();
    for partition in 0..3 {
        producer.send(partition, "k", b"x").await;
    }
    let (mend, mended) = mpsc::channel::<()>();
    let mended = Mutex::new(mended);
    let app = app(&broker)
        .retry(json!({
            "strategy": "exponentialBackoff", "maxRetryCount": -1,
            "minimumInterval": "00:00:00.01", "maximumInterval": "00:00:00.02",
        }))
        .start(move |call| {
            let wait = Duration::ZERO;
            if call.place().0 == 1 && mended.lock().unwrap().recv_timeout(wait).is_err() {
                Reply::status(500)
            } else {
                Reply::empty()
            }
        })
        .await;
    committed(broker.brokers(), 0, 1).await;
    committed(broker.brokers(), 2, 1).await;
    app.calls(10).await;
    mend.send(()).unwrap();
    committed(broker.brokers(), 1, 1).await;
}

#[tokio::test]
async fn a_broker_is_served_where_none_is_named() {
    let mut app = AppBuilder::kafka().start(|_| Reply::empty()).await;
    let brokers = app.host().kafka().unwrap().brokers().to_owned();
    Producer::new(&brokers).send(2, "k", b"x").await;
    assert_eq!(app.calls(1).await[0].place(), (2, 0));
}

#[tokio::test]
async fn a_disabled_function_is_left_out() {
    let app = AppBuilder::kafka()
        .setting("AzureWebJobs.ProcessMessage.Disabled", "true")
        .setting("KAFKA_BROKERS", "no.such.broker:1")
        .trigger("cardinality", "MANY".into())
        .build(|_| Reply::empty())
        .await;
    start(&app).await.unwrap();
}

#[tokio::test]
async fn what_this_host_does_not_know_is_refused() {
    for (property, value, problem) in [
        (
            "cardinality",
            "some",
            "cardinality is some, but must be ONE or MANY",
        ),
        (
            "dataType",
            "avro",
            "dataType is avro, but must be binary or string",
        ),
        (
            "authenticationMode",
            "gssapi",
            "authenticationMode is gssapi, but must be one of plain",
        ),
    ] {
        let app = AppBuilder::kafka()
            .setting("KAFKA_BROKERS", "127.0.0.1:1")
            .trigger("protocol", "saslPlaintext".into())
            .trigger(property, value.into())
            .build(|_| Reply::empty())
            .await;
        let message = start(&app).await.unwrap_err().to_string();
        assert!(message.contains(problem), "{message}");
        assert!(
            message.contains("ProcessMessage/function.json"),
            "{message}"
        );
        assert!(fs::exists(app.root.path()).unwrap());
    }
}

async fn start(app: &App) -> Result<Host, functions_dev_host::HostError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let mut options = Options::new(app.root.path());
    options.environment = Vec::new();
    Host::start(options, listener).await
}
