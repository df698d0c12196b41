//! The binding data of the Kafka trigger.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Received, batch::Batch};
use crate::{expressions::BindingData, triggers::system};

/// The binding data of one message.
pub(super) fn of(message: &Received, function: &str) -> BindingData {
    let time = message
        .timestamp
        .and_then(|time| Timestamp::from_millisecond(time).ok());
    [
        ("Key", key(message)),
        ("Partition", message.partition.into()),
        ("Topic", message.topic.as_str().into()),
        // A `DateTime` as the host writes it, without sub-seconds.
        (
            "Timestamp",
            json!(time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%S").to_string())),
        ),
        ("Offset", message.offset.into()),
        ("Headers", headers(message)),
        ("LeaderEpoch", json!(message.leader_epoch)),
        ("IsPartitionEOF", false.into()),
        ("sys", system(function)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

/// The binding data of a list of messages.
pub(super) fn of_many(batch: &Batch, function: &str) -> BindingData {
    let list = |value: fn(&Received) -> Value| batch.messages().map(value).collect::<Value>();
    [
        ("PartitionArray", list(|message| message.partition.into())),
        ("OffsetArray", list(|message| message.offset.into())),
        ("TimestampArray", list(timestamp)),
        ("TopicArray", list(|message| message.topic.as_str().into())),
        ("KeyArray", list(key)),
        ("HeadersArray", list(headers)),
        (
            "LeaderEpochArray",
            list(|message| json!(message.leader_epoch)),
        ),
        ("IsPartitionEOFArray", list(|_| false.into())),
        ("sys", system(function)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

/// Everything about a message in one text.
pub(super) fn envelope(message: &Received) -> String {
    let text = |bytes: &[u8]| Value::from(String::from_utf8_lossy(bytes));
    // It is written out because the order of the fields is the extension's and not alphabetical.
    let fields = [
        ("Offset", message.offset.into()),
        ("Partition", message.partition.into()),
        ("Topic", message.topic.as_str().into()),
        ("Timestamp", timestamp(message)),
        ("Value", message.value.as_deref().map_or(Value::Null, text)),
        ("LeaderEpoch", json!(message.leader_epoch)),
        ("IsPartitionEOF", false.into()),
        ("Key", key(message)),
        ("Headers", headers(message)),
    ]
    .map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}", fields.join(","))
}

fn key(message: &Received) -> Value {
    json!(message.key.as_deref().map(String::from_utf8_lossy))
}

fn headers(message: &Received) -> Value {
    let headers = message.headers.iter().map(|(key, value)| {
        let value = value.as_ref().map(|value| STANDARD.encode(value));
        json!({"Key": key, "Value": value})
    });
    headers.collect()
}

/// A `DateTime` in JSON, with the sub-seconds that there are.
fn timestamp(message: &Received) -> Value {
    let time = message
        .timestamp
        .and_then(|time| Timestamp::from_millisecond(time).ok());
    json!(time.map(|time| time.strftime("%Y-%m-%dT%H:%M:%S%.fZ").to_string()))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn message() -> Received {
        Received {
            topic: "images".into(),
            partition: 2,
            offset: 12,
            key: Some(b"k\xff".into()),
            value: Some(Bytes::from_static(b"{\"a\":\xff}")),
            headers: vec![
                ("content-type".into(), Some(b"image/jpeg".into())),
                ("none".into(), None),
            ],
            timestamp: Some(1_795_512_600_990),
            leader_epoch: None,
        }
    }

    fn bare() -> Received {
        Received {
            key: None,
            value: None,
            headers: Vec::new(),
            timestamp: None,
            ..message()
        }
    }

    #[test]
    fn everything_about_a_message_is_told() {
        let mut data = of(&message(), "ProcessMessage");
        assert_eq!(data.remove("sys").unwrap()["MethodName"], "ProcessMessage");
        assert_eq!(
            Value::Object(data),
            json!({
                "Key": "k\u{fffd}",
                "Partition": 2,
                "Topic": "images",
                "Timestamp": "2026-11-24T09:30:00",
                "Offset": 12,
                "Headers": [
                    {"Key": "content-type", "Value": "aW1hZ2UvanBlZw=="},
                    {"Key": "none", "Value": null},
                ],
                "LeaderEpoch": null,
                "IsPartitionEOF": false,
            })
        );
    }

    #[test]
    fn what_a_message_lacks_is_null() {
        let data = of(&bare(), "F");
        assert_eq!(data["Key"], Value::Null);
        assert_eq!(data["Timestamp"], Value::Null);
        assert_eq!(data["Headers"], json!([]));
    }

    #[test]
    fn a_text_holds_all_of_a_message_in_the_order_of_the_extension() {
        let expected = concat!(
            r#"{"Offset":12,"Partition":2,"Topic":"images","Timestamp":"2026-11-24T09:30:00.99Z","#,
            r#""Value":"{\"a\":�}","LeaderEpoch":null,"IsPartitionEOF":false,"Key":"k�","#,
            r#""Headers":[{"Key":"content-type","Value":"aW1hZ2UvanBlZw=="},{"Key":"none","Value":null}]}"#
        );
        assert_eq!(envelope(&message()), expected);
        assert!(envelope(&bare()).contains(r#""Value":null"#));
    }

    #[test]
    fn of_many_messages_there_are_lists() {
        let mut batch = Batch::default();
        for message in [message(), bare()] {
            batch.push(message, CancellationToken::new());
        }
        let data = of_many(&batch, "F");
        assert_eq!(data["KeyArray"], json!(["k\u{fffd}", null]));
        assert_eq!(
            data["TimestampArray"],
            json!(["2026-11-24T09:30:00.99Z", null])
        );
        assert_eq!(data["HeadersArray"][1], json!([]));
    }
}
