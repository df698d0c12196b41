//! Adds the fields of JSON text to the binding data of a trigger.

use serde_json::{Number, Value};

use crate::{expressions::BindingData, json_net::Date};

/// Adds the fields of a text that is a JSON object to the binding data.
///
/// They replace existing entries with the same name, ignoring case: the field `id` of a queue's
/// message replaces the message's own `Id`.
pub(super) fn add(data: &mut BindingData, text: &str) {
    for (name, value) in fields(text) {
        let known = data.keys().find(|key| key.eq_ignore_ascii_case(&name));
        let name = known.cloned().unwrap_or(name);
        data.insert(name, value);
    }
}

/// The fields. Lists are left out, and everything except objects is text as .NET's `ToString`
/// writes it.
fn fields(text: &str) -> impl Iterator<Item = (String, Value)> {
    let fields = serde_json::from_str::<BindingData>(text).unwrap_or_default();
    fields.into_iter().filter_map(|(name, value)| {
        let value = match value {
            Value::Array(_) | Value::Null => return None,
            Value::Object(_) => value,
            Value::Bool(true) => "True".into(),
            Value::Bool(false) => "False".into(),
            Value::Number(number) => number_text(&number).into(),
            Value::String(text) => Date::parse(&text).map_or(text, Date::invariant).into(),
        };
        Some((name, value))
    })
}

/// A number without an empty fraction: `1.0` becomes `1`.
fn number_text(number: &Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn data(text: &str) -> BindingData {
        let mut data = BindingData::from_iter([("Id".to_owned(), "own".into())]);
        add(&mut data, text);
        data
    }

    #[test]
    fn the_fields_of_an_object_are_texts() {
        let data = data(
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
        let data = data(r#"{"id": "theirs"}"#);
        assert_eq!(data["Id"], "theirs");
        assert!(!data.contains_key("id"));
    }

    #[test]
    fn other_texts_have_no_fields() {
        for text in ["hello", "5", "null", "\"text\"", "[1]", ""] {
            assert_eq!(data(text)["Id"], "own", "{text}");
        }
    }
}
