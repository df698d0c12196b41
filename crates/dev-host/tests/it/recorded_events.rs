//! Sends the recorded cases of Kafka and Event Grid to this host.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use functions_dev_host::KafkaBroker;
use jiff::Timestamp;
use rdkafka::message::{Header, OwnedHeaders};
use serde_json::{Value, json};

use crate::{
    recorded::{cases, deliver, masked, pretty_eq, recorded_bodies, sorted},
    support::{AppBuilder, Producer, Reply},
};

/// Sends the message that an envelope of the extension describes.
async fn send(producer: &Producer, envelope: &Value) {
    let bytes = |value: &Value| value.as_str().map(|text| text.as_bytes().to_vec());
    let mut headers = OwnedHeaders::new();
    for header in envelope["Headers"].as_array().unwrap() {
        let value = header["Value"].as_str();
        let value = value.map(|text| STANDARD.decode(text).unwrap());
        headers = headers.insert(Header {
            key: header["Key"].as_str().unwrap(),
            value: value.as_ref(),
        });
    }
    let time: Timestamp = envelope["Timestamp"].as_str().unwrap().parse().unwrap();
    producer
        .send_all(
            bytes(&envelope["Key"]).as_deref(),
            bytes(&envelope["Value"]).as_deref(),
            headers,
            time.as_millisecond(),
        )
        .await;
}

/// A body without the topic's name and the offset, which differ in this test.
fn without_place(body: &str) -> Value {
    let body = body.replace("wire-k-string", "images");
    let mut body = masked(serde_json::from_str(&body).unwrap());
    let text: String = serde_json::from_str(body["Data"]["event"].as_str().unwrap()).unwrap();
    body["Data"]["event"] = serde_json::from_str(&text).unwrap();
    assert!(!body["Data"]["event"]["Offset"].take().is_null());
    assert!(!body["Metadata"]["Offset"].take().is_null());
    body
}

#[tokio::test]
async fn kafka_messages_as_text() {
    let broker = KafkaBroker::start().unwrap();
    broker.create_topic("images", 1).unwrap();
    let producer = Producer::new(broker.brokers());
    let app = AppBuilder::kafka()
        .named("KafkaString")
        .trigger("dataType", "string".into())
        .trigger("name", "event".into())
        .setting("KAFKA_BROKERS", broker.brokers())
        .start(|_| Reply::empty())
        .await;
    let cases = cases("kafka");
    let texts = cases.iter().filter(|(name, _)| name.contains("-string-"));
    for (index, (name, case)) in texts.enumerate() {
        let recorded = case["requests"][0]["body"].as_str().unwrap();
        let expected = without_place(recorded);
        send(&producer, &expected["Data"]["event"]).await;
        let calls = app.calls(index + 1).await;
        let body = without_place(std::str::from_utf8(&calls[index].body).unwrap());
        pretty_eq(name, &[body], &[expected]);
    }
}

#[tokio::test]
async fn kafka_messages_in_a_list() {
    let broker = KafkaBroker::start().unwrap();
    broker.create_topic("images", 1).unwrap();
    let producer = Producer::new(broker.brokers());
    let recorded = cases("kafka").remove("kafka-many-batch").unwrap();
    let mut expected: Value =
        serde_json::from_str(recorded["requests"][0]["body"].as_str().unwrap()).unwrap();
    let list = |name: &str| -> Vec<Value> {
        serde_json::from_str(expected["Metadata"][name].as_str().unwrap()).unwrap()
    };
    let values: Vec<String> =
        serde_json::from_str(expected["Data"]["event"].as_str().unwrap()).unwrap();
    for (index, value) in values.iter().enumerate() {
        let mut headers = OwnedHeaders::new();
        if index == 0 {
            let (key, value) = ("h", Some("x"));
            headers = headers.insert(Header { key, value });
        }
        let time: Timestamp = list("TimestampArray")[index]
            .as_str()
            .unwrap()
            .parse()
            .unwrap();
        let keys = list("KeyArray");
        producer
            .send_all(
                keys[index].as_str().map(str::as_bytes),
                Some(&STANDARD.decode(value).unwrap()),
                headers,
                time.as_millisecond(),
            )
            .await;
    }
    let app = AppBuilder::kafka()
        .named("KafkaMany")
        .trigger("cardinality", "MANY".into())
        .trigger("name", "event".into())
        .setting("KAFKA_BROKERS", broker.brokers())
        .start(|_| Reply::empty())
        .await;
    let body = masked(app.calls(1).await[0].json());
    expected["Metadata"]["TopicArray"] = r#"["images","images","images"]"#.into();
    pretty_eq("kafka-many-batch", &[body], &[masked(expected)]);
}

#[tokio::test]
async fn event_grid_events() {
    for (name, cardinality) in [("EventGridOne", "one"), ("EventGridMany", "many")] {
        let fails = Arc::new(AtomicBool::new(false));
        let failing = Arc::clone(&fails);
        let binding = if cardinality == "one" {
            "event"
        } else {
            "events"
        };
        let mut app = AppBuilder::new()
            .named(name)
            .triggered_by(json!({
                "name": binding, "type": "eventGridTrigger", "direction": "in",
                "cardinality": cardinality,
            }))
            .setting("DEV_HOST_EVENTGRID_EXTENSION_KEY", "ek")
            .build(move |_| {
                if failing.load(Ordering::Relaxed) {
                    Reply::status(500)
                } else {
                    Reply::empty()
                }
            })
            .await
            .with_required_keys();
        app.start().await;
        let mut before = 0;
        for (case_name, case) in cases("eventgrid") {
            if case["function"] != name {
                continue;
            }
            fails.store(case_name.ends_with("-fails"), Ordering::Relaxed);
            deliver(&app, &case_name, &case["action"]).await;
            let calls = app.handler.calls();
            let bodies = calls[before..].iter().map(|call| plain(call.json()));
            let expected = recorded_bodies(&case).into_iter().map(plain);
            pretty_eq(&case_name, &sorted(bodies), &sorted(expected));
            before = calls.len();
        }
    }
}

/// A body without ids and addresses, with its texts parsed.
fn plain(body: Value) -> Value {
    let mut body = masked(body);
    for part in ["Data", "Metadata"] {
        for value in body[part].as_object_mut().unwrap().values_mut() {
            let list = value
                .as_str()
                .and_then(|text| serde_json::from_str(text).ok());
            *value = without_ids(list.unwrap_or_else(|| value.take()));
        }
    }
    body
}

fn without_ids(mut value: Value) -> Value {
    match &mut value {
        Value::Object(fields) => {
            fields.remove("id");
            fields.remove("url");
            for field in fields.values_mut() {
                *field = without_ids(field.take());
            }
        }
        Value::Array(values) => {
            for value in values {
                *value = without_ids(value.take());
            }
        }
        _ => {}
    }
    value
}
