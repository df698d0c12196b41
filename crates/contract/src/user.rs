//! The uploader's own fields: untrusted text that is stored in the record.
//!
//! A field that breaks a limit is left out with a warning. It never stops the processing of the image.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Warning;

/// The most fields of one image.
pub const MAX_FIELDS: usize = 32;
/// The most characters in a field's name.
pub const MAX_KEY_CHARACTERS: usize = 64;
/// The most characters in a field's value.
pub const MAX_VALUE_CHARACTERS: usize = 1_024;

/// How many left-out fields get a warning of their own, so that warnings stay bounded too.
const MAX_WARNINGS: usize = 8;

/// The code of every warning of this module.
const CODE: &str = "user-field";

/// The uploader's own fields, by name.
///
/// There are at most [`MAX_FIELDS`] fields. A name has 1 to [`MAX_KEY_CHARACTERS`] characters, each an ASCII letter, a
/// digit, `_`, `.` or `-`. A value has at most [`MAX_VALUE_CHARACTERS`] characters and no control characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(transparent)]
pub struct UserFields(BTreeMap<String, String>);

impl UserFields {
    /// Keeps the fields that are within the limits; each of the others is a warning.
    ///
    /// If a name occurs twice, the last value counts. If there are too many fields, the first ones by name are kept, so
    /// that the result does not depend on their order.
    pub fn validated<K, V>(fields: impl IntoIterator<Item = (K, V)>) -> (Self, Vec<Warning>)
    where
        K: Into<String>,
        V: Into<String>,
    {
        let offered = fields
            .into_iter()
            .map(|(key, value)| (key.into(), Ok(value.into())))
            .collect();
        validate(offered)
    }

    /// Reads the fields from a JSON object, as in the message header `metadata`.
    ///
    /// Numbers and booleans become their JSON text, an array of such becomes its items joined by `, `, and null is
    /// ignored. Anything else gives a warning.
    #[must_use]
    pub fn from_json(json: &[u8]) -> (Self, Vec<Warning>) {
        match serde_json::from_slice::<BTreeMap<String, Value>>(json) {
            Ok(object) => validate(
                object
                    .into_iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(key, value)| (key, text(&value)))
                    .collect(),
            ),
            Err(error) => {
                let message = format!("The user's fields are not a JSON object: {error}.");
                (Self::default(), vec![Warning::new(CODE, message)])
            }
        }
    }

    /// The value of the field called `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Every field, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// How many fields there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no fields.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Why a field is left out, as the end of a sentence.
type Fault = &'static str;

fn validate(offered: BTreeMap<String, Result<String, Fault>>) -> (UserFields, Vec<Warning>) {
    let mut kept = BTreeMap::new();
    let mut faults = Vec::new();
    for (key, value) in offered {
        match check(&key, value) {
            Ok(_) if kept.len() == MAX_FIELDS => {
                faults.push((key, "exceeds the number of fields that are kept"));
            }
            Ok(value) => {
                kept.insert(key, value);
            }
            Err(fault) => faults.push((key, fault)),
        }
    }
    (UserFields(kept), warnings(&faults))
}

fn check(key: &str, value: Result<String, Fault>) -> Result<String, Fault> {
    let named_well = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if key.is_empty() || !key.bytes().all(named_well) {
        return Err("has a name with other characters than A-Z, a-z, 0-9, _, . and -");
    }
    if key.len() > MAX_KEY_CHARACTERS {
        return Err("has a name of more than 64 characters");
    }
    let value = value?;
    if value.chars().nth(MAX_VALUE_CHARACTERS).is_some() {
        return Err("has a value of more than 1,024 characters");
    }
    if value.chars().any(char::is_control) {
        return Err("has a value with control characters");
    }
    Ok(value)
}

fn warnings(faults: &[(String, Fault)]) -> Vec<Warning> {
    let named = faults.iter().take(MAX_WARNINGS).map(|(key, fault)| {
        format!(
            "The user's field `{}` {fault}, so it was left out.",
            quoted(key)
        )
    });
    let rest = faults.len().saturating_sub(MAX_WARNINGS);
    let counted = (rest > 0).then(|| format!("{rest} more of the user's fields were left out."));
    named
        .chain(counted)
        .map(|message| Warning::new(CODE, message))
        .collect()
}

/// A name from outside, made safe to quote in a sentence.
fn quoted(key: &str) -> String {
    key.escape_debug().take(MAX_KEY_CHARACTERS).collect()
}

fn text(value: &Value) -> Result<String, Fault> {
    match value {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(scalar).collect::<Result<_, _>>()?;
            Ok(items.join(", "))
        }
        single => scalar(single),
    }
}

fn scalar(value: &Value) -> Result<String, Fault> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(_) | Value::Bool(_) => Ok(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => {
            Err("has a value that is not plain text")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_good_fields_and_names_bad_ones() {
        let (fields, warnings) = UserFields::validated([
            ("title", "Sunset"),
            ("x.y-z_1", ""),
            ("bad key", "x"),
            ("", "x"),
            ("note", "a\nb"),
        ]);
        assert_eq!(
            fields.iter().collect::<Vec<_>>(),
            [("title", "Sunset"), ("x.y-z_1", "")]
        );
        assert_eq!(warnings.len(), 3);
        assert!(warnings.iter().all(|warning| warning.code == "user-field"));
        assert_eq!(
            warnings[2].message,
            "The user's field `note` has a value with control characters, so it was left out."
        );
    }

    #[test]
    fn holds_to_the_limits_exactly() {
        let (key, value) = ("k".repeat(64), "é".repeat(1_024));
        assert!(UserFields::validated([(key, value)]).1.is_empty());
        assert_eq!(UserFields::validated([("k".repeat(65), "")]).1.len(), 1);
        assert_eq!(UserFields::validated([("k", "é".repeat(1_025))]).1.len(), 1);
    }

    #[test]
    fn keeps_the_first_by_name_and_bounds_the_warnings() {
        let many = (0..10_000).rev().map(|n| (format!("f{n:05}"), "x"));
        let (fields, warnings) = UserFields::validated(many);
        assert_eq!(fields.len(), MAX_FIELDS);
        assert_eq!(fields.get("f00031"), Some("x"));
        assert_eq!(fields.get("f00032"), None);
        assert_eq!(warnings.len(), MAX_WARNINGS + 1);
        assert_eq!(
            warnings[MAX_WARNINGS].message,
            "9960 more of the user's fields were left out."
        );
    }

    #[test]
    fn a_hostile_name_is_escaped_and_cut_in_its_warning() {
        let (_, warnings) = UserFields::validated([("\u{1b}[2J".repeat(1_000), "x")]);
        assert!(warnings[0].message.len() < 256);
        assert!(!warnings[0].message.contains('\u{1b}'));
    }

    #[test]
    fn reads_json_objects() {
        let json = br#"{"title":"A","stars":5,"draft":true,"tags":["sea","sky"],"gone":null,"deep":{"a":1}}"#;
        let (fields, warnings) = UserFields::from_json(json);
        assert_eq!(
            fields.iter().collect::<Vec<_>>(),
            [
                ("draft", "true"),
                ("stars", "5"),
                ("tags", "sea, sky"),
                ("title", "A")
            ]
        );
        assert_eq!(warnings.len(), 1);
        assert!(
            warnings[0]
                .message
                .contains("`deep` has a value that is not plain text")
        );
    }

    #[test]
    fn what_is_no_json_object_is_one_warning() {
        for json in ["", "[]", "\"x\"", "{", "\u{0}"] {
            let (fields, warnings) = UserFields::from_json(json.as_bytes());
            assert!(fields.is_empty());
            assert_eq!(warnings.len(), 1, "{json:?}");
        }
    }
}
