//! The host's double encoding of metadata.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use serde_json::{Value, value::RawValue};

/// Reads a metadata value that the host writes as its JSON text *inside* a string: the text `x`
/// arrives as `"\"x\""` and the number 5 as `"5"`. Values that serialise to objects arrive as they
/// are; so may, from other hosts, any value: both forms are read.
///
/// For `#[serde(deserialize_with = "custom_handler::encoded")]`.
pub fn encoded<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let raw = <&RawValue>::deserialize(deserializer)?;
    let inner = serde_json::from_str::<Cow<'_, str>>(raw.get());
    if let Ok(text) = &inner {
        // A string that is no JSON text is a plain string, from a host that encodes once.
        let decoded = serde_json::from_str(text)
            .or_else(|_| serde_json::from_value(Value::String(text.clone().into_owned())));
        if let Ok(value) = decoded {
            return Ok(value);
        }
    }
    serde_json::from_str(raw.get()).map_err(Error::custom)
}

/// [`encoded`] for a value that may be absent; pair it with `#[serde(default)]`.
pub fn encoded_option<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    encoded(deserializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Deserialize)]
    struct Metadata {
        #[serde(deserialize_with = "encoded")]
        name: String,
        #[serde(deserialize_with = "encoded")]
        offset: u64,
        #[serde(default, deserialize_with = "encoded_option")]
        key: Option<String>,
    }

    #[test]
    fn undoes_the_double_encoding() {
        let metadata: Metadata =
            serde_json::from_str(r#"{"name": "\"a \\\"b\\\".jpg\"", "offset": "12"}"#).unwrap();
        assert_eq!(
            metadata,
            Metadata {
                name: r#"a "b".jpg"#.to_owned(),
                offset: 12,
                key: None
            }
        );
    }

    #[test]
    fn reads_values_that_are_encoded_once() {
        let metadata: Metadata =
            serde_json::from_str(r#"{"name": "a.jpg", "offset": 12, "key": "k"}"#).unwrap();
        assert_eq!(metadata.name, "a.jpg");
        assert_eq!(metadata.key.as_deref(), Some("k"));
    }

    #[test]
    fn a_name_that_looks_like_a_number_stays_a_name() {
        let doubly: Metadata =
            serde_json::from_str(r#"{"name": "\"2024\"", "offset": "0"}"#).unwrap();
        let once: Metadata = serde_json::from_str(r#"{"name": "2024", "offset": 0}"#).unwrap();
        assert_eq!(doubly.name, "2024");
        assert_eq!(once.name, "2024");
    }

    #[test]
    fn refuses_another_type() {
        let error = serde_json::from_str::<Metadata>(r#"{"name": "\"a\"", "offset": "\"x\""}"#);
        assert!(error.unwrap_err().to_string().contains("invalid type"));
    }
}
