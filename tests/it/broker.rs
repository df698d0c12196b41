//! Flow B end to end: a broker, the local Functions host, the built handler, storage and database.

use std::{collections::BTreeSet, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use contract::{DeadLetter, RecordId};
use functions_dev_host::KafkaBroker;
use serde_json::{Value, json};

use crate::support::{
    eventually, images,
    producer::{Producer, at},
    signal::signal,
    stack::{Plan, Stack},
    tansu::Tansu,
};

const PARTITIONS: usize = 3;
const RENDITIONS: usize = 4;

fn broker(stack: &Stack) -> &KafkaBroker {
    stack.host.kafka().expect("the host serves Kafka")
}

/// Waits until there are this many renditions. The host writes outputs in parallel, so they may come a little after the
/// record.
async fn rendered(stack: &Stack, count: usize) {
    eventually(&format!("{count} renditions"), || async {
        let stored = stack.blob_names("renditions").await;
        assert!(stored.len() <= count, "{stored:?}");
        (stored.len() == count).then_some(())
    })
    .await;
}

/// Waits until there are at least this many records. A busy machine may take its time, as long as their number grows.
async fn recorded(stack: &Stack, least: usize) {
    let mut count = 0;
    while count < least {
        count = eventually(&format!("more than {count} records"), || async {
            let rows = stack.query("SELECT VALUE COUNT(1) FROM c").await;
            let now = usize::try_from(rows[0].as_u64().unwrap()).unwrap();
            (now > count).then_some(now)
        })
        .await;
    }
}

#[tokio::test]
async fn a_message_becomes_renditions_and_a_record() {
    let stack = Plan::with_kafka().start().await;
    let producer = Producer::new(broker(&stack).brokers());
    let headers = [
        ("content-type", "image/jpeg"),
        ("filename", "Sunrise.jpg"),
        ("uploader", "ada"),
        ("metadata", r#"{"title": "Sunrise"}"#),
        ("focus", "0.25 0.75"),
        (
            "traceparent",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ),
    ];
    let photo = images::jpeg(800, 600, 1);
    let offset = producer
        .send(at(1), Some("trips/1.jpg"), &photo, &headers)
        .await;
    let record = stack.any_record("trips/1.jpg").await;
    assert_eq!(record["status"], "processed", "{record}");
    assert_eq!(record["source"]["kind"], "kafka");
    assert_eq!(record["source"]["partition"], 1);
    assert_eq!(record["source"]["offset"], offset);
    assert_eq!(record["source"]["uploader"], "ada");
    assert_eq!(record["file"]["name"], "Sunrise.jpg");
    assert_eq!(record["user"], json!({"title": "Sunrise"}));
    assert_eq!(record["renditions"][0]["focus"]["from"], "centre");
    assert_eq!(record["processing"]["warnings"][0]["code"], "focus-invalid");
    rendered(&stack, RENDITIONS).await;
    let thumb = stack.eventual_blob("renditions", "trips/1.jpg/thumb.webp");
    assert_eq!(&thumb.await[8..12], b"WEBP");
}

/// What was sent, from which the expected results follow.
#[derive(Default)]
struct Sent {
    good: BTreeSet<String>,
    bad: BTreeSet<String>,
    /// Messages that can never succeed; some are sent twice.
    bad_messages: usize,
}

impl Sent {
    /// Sends the message with this number: every fiftieth is not an image, and every twentieth is sent twice.
    async fn send(&mut self, producer: &Producer, number: usize) {
        let key = format!("{number:04}.jpg");
        let bad = number % 50 == 7;
        let value = if bad {
            b"no image".to_vec()
        } else {
            images::jpeg(24, 16, u8::try_from(number % 256).unwrap())
        };
        let times = if number % 20 == 7 { 2 } else { 1 };
        for _ in 0..times {
            let partition = at(number % PARTITIONS);
            producer.send(partition, Some(&key), &value, &[]).await;
        }
        if bad {
            self.bad.insert(key);
            self.bad_messages += times;
        } else {
            self.good.insert(key);
        }
    }

    /// Asserts that every message has its outcome, once.
    async fn assert_outcomes(&self, stack: &Stack) {
        let rows = stack.query("SELECT c.id, c.status FROM c").await;
        assert_eq!(rows.len(), self.good.len() + self.bad.len());
        let of_status = |status: &str| -> BTreeSet<String> {
            let rows = rows.iter().filter(|row| row["status"] == status);
            rows.map(|row| row["id"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(of_status("processed"), self.good);
        assert_eq!(of_status("rejected"), self.bad);
        rendered(stack, self.good.len() * RENDITIONS).await;
        // Each message that can never succeed is kept, even one that was sent twice.
        eventually("every dead letter", || async {
            let letters = stack.blob_names("dead-letter").await;
            (letters.len() == self.bad_messages).then_some(())
        })
        .await;
    }
}

/// Handlers are killed, another host joins and leaves, the database and the broker are away, messages are sent twice,
/// and some can never succeed.
#[tokio::test]
async fn of_a_thousand_messages_none_is_lost_and_none_doubled() {
    const MESSAGES: usize = 1000;
    let mut stack = Plan::with_kafka().start().await;
    let producer = Producer::new(broker(&stack).brokers());
    let mut sent = Sent::default();
    for number in 0..MESSAGES {
        sent.send(&producer, number).await;
        match number {
            // The rest is sent while the first are being processed.
            200 | 700 => {
                let pid = eventually("a handler", || async { stack.host.handler_pid() }).await;
                signal("KILL", pid);
            }
            400 => stack.cosmos.stop().await,
            450 => stack.cosmos.resume().await.unwrap(),
            800 => {
                broker(&stack).stop().unwrap();
                tokio::time::sleep(Duration::from_secs(1)).await;
                broker(&stack).resume().unwrap();
            }
            _ => {}
        }
    }
    recorded(&stack, MESSAGES / 4).await;
    // Another instance joins the consumer group and leaves it again, so partitions move twice.
    let another = stack.another_host(broker(&stack).brokers()).await;
    recorded(&stack, MESSAGES / 2).await;
    another.stop().await;
    for quarter in 3..=4 {
        recorded(&stack, MESSAGES * quarter / 4).await;
    }
    sent.assert_outcomes(&stack).await;
}

/// A shorter version, with a broker that shares no code with the embedded one.
#[tokio::test]
async fn a_separate_broker_is_served_as_well() {
    const MESSAGES: usize = 200;
    let tansu = Tansu::start(PARTITIONS).await;
    let mut plan = Plan::with_kafka();
    plan.settings
        .insert("KAFKA_BROKERS".to_owned(), tansu.brokers().to_owned());
    let stack = plan.start().await;
    assert!(stack.host.kafka().is_none());
    let producer = Producer::new(tansu.brokers());
    let mut sent = Sent::default();
    for number in 0..MESSAGES {
        sent.send(&producer, number).await;
        if number == MESSAGES / 2 {
            let pid = eventually("a handler", || async { stack.host.handler_pid() }).await;
            signal("KILL", pid);
        }
    }
    recorded(&stack, MESSAGES).await;
    sent.assert_outcomes(&stack).await;
}

#[tokio::test]
async fn what_can_never_succeed_holds_up_nothing_and_is_kept_whole() {
    let stack = Plan::with_kafka().start().await;
    // The deployment creates this container. A message without a value names a blob in it, and a missing container
    // would be passing trouble.
    let incoming = stack.blobs.blob_container_client("incoming");
    incoming.create(None).await.unwrap();
    let producer = Producer::new(broker(&stack).brokers());
    let photo = images::jpeg(64, 48, 1);
    let header = [("filename", "note.txt")];
    let messages: [(Option<&str>, &[u8]); 6] = [
        (Some("first.jpg"), &photo),
        (Some("note.txt"), b"no image"),
        (None, &photo),
        (Some("../../secrets"), &photo),
        (Some("nothing.jpg"), b""),
        (Some("last.jpg"), &photo),
    ];
    for (key, value) in messages {
        producer.send(at(0), key, value, &header).await;
    }
    stack.any_record("last.jpg").await;
    let created = stack
        .query("SELECT VALUE c.source.offset FROM c ORDER BY c.createdAt")
        .await;
    assert_eq!(created, [0, 1, 2, 3, 4, 5], "the order of the partition");
    let mut letters = stack.blob_names("dead-letter").await;
    letters.sort();
    assert_eq!(
        letters,
        [1, 2, 3, 4].map(|offset| format!("images/0/{offset}"))
    );
    let letter = stack.blob("dead-letter", "images/0/1").await.unwrap();
    let letter: DeadLetter = serde_json::from_slice(&letter).unwrap();
    assert_eq!(letter.error.code, "not-an-image");
    assert_eq!(letter.key.as_deref(), Some("note.txt"));
    assert_eq!(letter.headers.len(), 1);
    for (name, code) in [
        ("note.txt", "not-an-image"),
        ("images/0/2", "no-key"),
        ("images/0/3", "name-dot-segment"),
        ("nothing.jpg", "empty"),
    ] {
        let record = stack.record(name).await.unwrap();
        assert_eq!(record["error"]["code"], code, "{name}");
        assert_eq!(record["id"], RecordId::from_name(name).as_str());
    }
    // A key that cannot be an image's name is still recorded.
    let record = stack.record("images/0/3").await.unwrap();
    assert_eq!(record["source"]["key"], "../../secrets");
    rendered(&stack, 2 * RENDITIONS).await;
}

#[tokio::test]
async fn an_oversized_value_is_a_rejected_record_and_a_whole_dead_letter() {
    let plan = Plan::with_kafka();
    let presets = plan.root.path().join("presets.toml");
    let text = std::fs::read_to_string(&presets).unwrap();
    let smaller = text.replace("max_bytes = 67_108_864", "max_bytes = 2_000");
    assert_ne!(smaller, text);
    std::fs::write(presets, smaller).unwrap();
    let stack = plan.start().await;
    let producer = Producer::new(broker(&stack).brokers());
    let large = images::noise(40, 40);
    assert!(large.len() > 2_000);
    producer.send(at(0), Some("large.png"), &large, &[]).await;
    let small = images::jpeg(24, 16, 1);
    producer.send(at(0), Some("small.jpg"), &small, &[]).await;
    assert_eq!(stack.any_record("small.jpg").await["status"], "processed");
    let record = stack.record("large.png").await.unwrap();
    assert_eq!(record["status"], "rejected");
    assert_eq!(record["error"]["code"], "too-many-bytes");
    let letter = stack.blob("dead-letter", "images/0/0").await.unwrap();
    let letter: DeadLetter = serde_json::from_slice(&letter).unwrap();
    assert_eq!(letter.error.code, "too-many-bytes");
    assert_eq!(STANDARD.decode(letter.value).unwrap(), large);
}

#[tokio::test]
async fn large_originals_come_inline_and_by_reference() {
    let stack = Plan::with_kafka().start().await;
    let producer = Producer::new(broker(&stack).brokers());
    // Just below 8 MiB, and 60 MB.
    let inline = images::noise(1_670, 1_670);
    assert!((8_000_000..8_388_608).contains(&inline.len()));
    producer.send(at(0), Some("inline.png"), &inline, &[]).await;
    let record = stack.any_record("inline.png").await;
    assert_eq!(record["status"], "processed", "{record}");
    assert_eq!(record["file"]["bytes"], inline.len());

    let large = images::noise(5_000, 4_000);
    assert!(large.len() > 60_000_000);
    stack.put("incoming", "large.png", large.clone()).await;
    let header = [("blob", "large.png")];
    producer
        .send(at(1), Some("reference.png"), b"", &header)
        .await;
    let record = stack.any_record("reference.png").await;
    assert_eq!(record["status"], "processed", "{record}");
    assert_eq!(record["source"]["container"], "incoming");
    assert_eq!(record["file"]["bytes"], large.len());
    assert_eq!(record["image"]["width"], 5_000);
}

#[tokio::test]
async fn ten_seconds_without_storage_only_delay() {
    let stack = Plan::with_kafka().start().await;
    let producer = Producer::new(broker(&stack).brokers());
    signal("STOP", stack.azurite_pid());
    let photo = images::jpeg(320, 240, 1);
    for partition in 0..PARTITIONS {
        let key = format!("{partition}.jpg");
        producer.send(at(partition), Some(&key), &photo, &[]).await;
    }
    tokio::time::sleep(Duration::from_secs(10)).await;
    signal("CONT", stack.azurite_pid());
    recorded(&stack, PARTITIONS).await;
    for partition in 0..PARTITIONS {
        let record = stack.any_record(&format!("{partition}.jpg")).await;
        assert_eq!(record["status"], "processed", "{record}");
    }
    rendered(&stack, PARTITIONS * RENDITIONS).await;
}

/// The sink connector sends its batch to the host by HTTP.
#[tokio::test]
async fn a_batch_of_the_sink_connector_passes_through_the_host() {
    let stack = Stack::start().await;
    let record = |offset: u32, key: &str, value: &[u8]| {
        json!({
            "key": key, "value": STANDARD.encode(value), "topic": "images", "partition": 0,
            "offset": offset, "timestamp": 1_795_512_600_000_i64,
        })
    };
    let batch = json!([
        record(0, "s1.jpg", &images::jpeg(300, 200, 1)),
        record(1, "s2.jpg", b"no image"),
    ]);
    let answer = reqwest::Client::new()
        .post(format!("http://{}/api/ProcessSink", stack.address))
        .header("Content-Type", "application/json")
        .body(batch.to_string())
        .send()
        .await
        .unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
    let outcomes: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    assert_eq!(outcomes.as_array().unwrap().len(), 2, "{outcomes}");
    assert_eq!(stack.record("s1.jpg").await.unwrap()["status"], "processed");
    assert_eq!(stack.record("s2.jpg").await.unwrap()["status"], "rejected");
    assert_eq!(stack.blob_names("dead-letter").await, ["images/0/1"]);
}
