//! What the Kafka trigger tells about its event.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::Received;
use crate::{expressions::BindingData, triggers::system};

/// The binding data of a message: what expressions can name, and what becomes the `Metadata`.
pub(super) fn of(message: &Received, function: &str) -> BindingData {
    let headers: Vec<Value> = message
        .headers
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value.as_ref().map(|value| STANDARD.encode(value))}))
        .collect();
    let key = message.key.as_deref().map(String::from_utf8_lossy);
    [
        ("Key", json!(key)),
        ("Partition", message.partition.into()),
        ("Topic", message.topic.as_str().into()),
        ("Timestamp", date(message.timestamp)),
        ("Offset", message.offset.into()),
        ("Headers", headers.into()),
        ("LeaderEpoch", json!(message.leader_epoch)),
        ("IsPartitionEOF", false.into()),
        ("sys", system(function)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect()
}

/// A `DateTime` as the host writes it: without sub-seconds.
fn date(milliseconds: Option<i64>) -> Value {
    milliseconds
        .and_then(|milliseconds| Timestamp::from_millisecond(milliseconds).ok())
        .map_or(Value::Null, |time| {
            time.strftime("%Y-%m-%dT%H:%M:%S").to_string().into()
        })
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn message() -> Received {
        Received {
            topic: "images".into(),
            partition: 2,
            offset: 12,
            key: Some(b"k\xff".into()),
            value: Bytes::new(),
            headers: vec![
                ("content-type".into(), Some(b"image/jpeg".into())),
                ("none".into(), None),
            ],
            timestamp: Some(1_795_512_600_999),
            leader_epoch: None,
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
        let bare = Received {
            key: None,
            headers: Vec::new(),
            timestamp: None,
            ..message()
        };
        let data = of(&bare, "F");
        assert_eq!(data["Key"], Value::Null);
        assert_eq!(data["Timestamp"], Value::Null);
        assert_eq!(data["Headers"], json!([]));
    }
}
