//! Image events in a topic of Kafka.

use std::{collections::BTreeMap, time::Duration};

use contract::{ImageEvent, RecordId};
use functions_dev_host::KafkaBroker;
use rdkafka::{
    ClientConfig, Message as _,
    consumer::{BaseConsumer, Consumer as _},
    message::Headers as _,
};

use super::{TRIED_AGAIN, assert_in_order, assert_valid, impatient, plan, upload_all};
use crate::{
    resilience::logged,
    support::{
        PATIENCE,
        apache_kafka::{ApacheKafka, PASSWORD, USER, is_installed},
    },
};

#[tokio::test]
async fn kafka_has_the_events_of_an_image_in_one_partition_even_where_it_was_away() {
    let broker = KafkaBroker::start().unwrap();
    broker.create_topic("told", 3).unwrap();
    let mut plan = plan(&[
        ("DARKROOM_EVENTS", "kafka"),
        ("KAFKA_BROKERS", broker.brokers()),
        ("KAFKA_EVENTS_TOPIC", "told"),
    ]);
    impatient(&mut plan);
    let stack = plan.start().await;
    let names: Vec<_> = (0..6).map(|number| format!("{number}.jpg")).collect();
    upload_all(&stack, &names, 30).await;
    broker.stop().unwrap();
    logged(TRIED_AGAIN, || upload_all(&stack, &names, 31)).await;
    broker.resume().unwrap();
    upload_all(&stack, &names, 32).await;
    let mut expected = Vec::new();
    for name in &names {
        expected.push(stack.event_about(name).await.id);
    }
    let mut client = ClientConfig::new();
    client.set("bootstrap.servers", broker.brokers());
    let taken = consume(client, "told", expected).await;
    let mut partitions = BTreeMap::new();
    for (key, partition, event) in &taken {
        assert_valid(event);
        assert_eq!(*key, RecordId::from_name(&event.subject).to_string());
        assert_eq!(
            partitions.entry(key.clone()).or_insert(*partition),
            partition
        );
    }
    let events: Vec<_> = taken.into_iter().map(|(_, _, event)| event).collect();
    assert_in_order(&events);
}

/// The same as in Confluent Cloud: TLS and a password.
#[tokio::test]
async fn a_cluster_that_requires_tls_and_a_password_has_the_events() {
    if !is_installed() {
        return;
    }
    let kafka = ApacheKafka::with_password_and_tls().await;
    kafka.create_topic("told", 2).await;
    let mut plan = plan(&[
        ("DARKROOM_EVENTS", "kafka"),
        ("KAFKA_BROKERS", &kafka.brokers()),
        ("KAFKA_USERNAME", USER),
        ("KAFKA_PASSWORD", "wrong"),
        ("KAFKA_EVENTS_TOPIC", "told"),
        // The system's authorities do not know this cluster.
        ("SSL_CERT_FILE", &kafka.certificate()),
    ]);
    impatient(&mut plan);
    let stack = plan.start().await;
    let names = ["a.jpg", "b.jpg"].map(str::to_owned);
    logged(TRIED_AGAIN, || upload_all(&stack, &names, 30)).await;
    let stack = stack.with_setting("KAFKA_PASSWORD", PASSWORD).await;
    let mut expected = Vec::new();
    for name in &names {
        expected.push(stack.event_about(name).await.id);
    }
    for (key, _, event) in consume(kafka.client(), "told", expected).await {
        assert_valid(&event);
        assert_eq!(key, RecordId::from_name(&event.subject).to_string());
    }
}

/// Reads a topic from its beginning until all of these events have arrived.
async fn consume(
    client: ClientConfig,
    topic: &'static str,
    expected: Vec<String>,
) -> Vec<(String, i32, ImageEvent)> {
    let consumed = tokio::task::spawn_blocking(move || consume_all(client, topic, &expected));
    consumed.await.unwrap()
}

fn consume_all(
    mut client: ClientConfig,
    topic: &str,
    expected: &[String],
) -> Vec<(String, i32, ImageEvent)> {
    let consumer: BaseConsumer = client
        .set("group.id", "tests")
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap();
    consumer.subscribe(&[topic]).unwrap();
    let deadline = std::time::Instant::now() + PATIENCE;
    let mut taken: Vec<(String, i32, ImageEvent)> = Vec::new();
    while !expected
        .iter()
        .all(|id| taken.iter().any(|(_, _, event)| event.id == *id))
    {
        assert!(
            std::time::Instant::now() < deadline,
            "of {expected:?} only {taken:?} arrived"
        );
        let Some(Ok(message)) = consumer.poll(Duration::from_millis(200)) else {
            continue;
        };
        let header = message.headers().unwrap().get(0);
        assert_eq!(
            (header.key, header.value),
            (
                "content-type",
                Some(&b"application/cloudevents+json; charset=UTF-8"[..])
            )
        );
        let key = String::from_utf8(message.key().unwrap().to_vec()).unwrap();
        let event = serde_json::from_slice(message.payload().unwrap()).unwrap();
        taken.push((key, message.partition(), event));
    }
    taken
}
