//! What the queue trigger tells about its event.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Number, Value, json};

use crate::{
    expressions::BindingData,
    storage_queue::Message,
    triggers::{date_time_offset, system},
};

/// The binding data of a message: what expressions can name, and what becomes the `Metadata`.
///
/// The fields of a message that is a JSON object are part of it, and take the places of the
/// message's own properties where they have their names in any case: `id` replaces `Id`.
pub(super) fn of(message: &Message, function: &str) -> BindingData {
    let date = |time: Option<_>| json!(time.and_then(date_time_offset));
    let mut data: BindingData = [
        ("QueueTrigger", Value::from(message.text.as_str())),
        ("DequeueCount", message.dequeue_count.into()),
        ("ExpirationTime", date(message.expires)),
        ("Id", message.id.as_str().into()),
        ("InsertionTime", date(message.inserted)),
        ("NextVisibleTime", date(message.next_visible)),
        ("PopReceipt", message.pop_receipt.as_str().into()),
        ("sys", system(function)),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into_iter()
    .collect();
    for (name, value) in fields(&message.text) {
        let known = data.keys().find(|key| key.eq_ignore_ascii_case(&name));
        let name = known.cloned().unwrap_or(name);
        data.insert(name, value);
    }
    data
}

/// The fields of a message that is a JSON object. Lists are left out, and whatever is no object is
/// text as .NET's `ToString` writes it.
fn fields(text: &str) -> impl Iterator<Item = (String, Value)> {
    let fields = serde_json::from_str::<BindingData>(text).unwrap_or_default();
    fields.into_iter().filter_map(|(name, value)| {
        let value = match value {
            Value::Array(_) | Value::Null => return None,
            Value::Object(_) => value,
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            Value::Number(number) => number_text(&number).into(),
            Value::String(text) => date_text(&text).unwrap_or(text).into(),
        };
        Some((name, value))
    })
}

/// A number without an empty fraction: `1.0` is `1`.
fn number_text(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// A date with a time and a zone, in ISO 8601, as .NET writes it for no culture in particular;
/// `None` for every other text.
fn date_text(text: &str) -> Option<String> {
    let time: Timestamp = text.contains('T').then(|| text.parse().ok())??;
    let time = time.to_zoned(TimeZone::UTC);
    Some(time.strftime("%m/%d/%Y %H:%M:%S").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(text: &str) -> BindingData {
        let message = Message {
            id: "own".into(),
            text: text.into(),
            dequeue_count: 2,
            ..Message::default()
        };
        of(&message, "F")
    }

    #[test]
    fn the_fields_of_a_json_message_are_texts() {
        let data = metadata(
            r#"{"a": 1, "when": "2026-11-27T10:00:00.000Z", "f": 1.0, "yes": true, "day": "2026-11-27",
                "none": null, "list": [1], "object": {"b": 1}}"#,
        );
        for (name, value) in [
            ("a", json!("1")),
            ("when", json!("11/27/2026 10:00:00")),
            ("f", json!("1")),
            ("yes", json!("True")),
            ("day", json!("2026-11-27")),
            ("object", json!({"b": 1})),
        ] {
            assert_eq!(data[name], value, "{name}");
        }
        assert!(!data.contains_key("none") && !data.contains_key("list"));
    }

    #[test]
    fn a_field_takes_the_place_of_a_property_of_its_name() {
        let data = metadata(r#"{"id": "theirs"}"#);
        assert_eq!(data["Id"], "theirs");
        assert!(!data.contains_key("id"));
    }

    #[test]
    fn other_messages_have_no_fields() {
        for text in ["hello", "5", "null", "\"text\"", "[1]", ""] {
            assert_eq!(metadata(text)["Id"], "own", "{text}");
        }
    }
}
