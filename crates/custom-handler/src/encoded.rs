//! The host's double encoding of metadata.

use std::borrow::Cow;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error},
};
use serde_json::value::RawValue;

/// Reads a metadata value that the host writes as its JSON text *inside* a string: the text `x`
/// arrives as `"\"x\""` and the number 5 as `"5"`. Values that serialise to objects arrive
/// unchanged. Other hosts may send any value unchanged, so both forms are accepted.
///
/// For `#[serde(deserialize_with = "azure_functions_custom_handler::encoded")]`.
pub fn encoded<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let raw = <&RawValue>::deserialize(deserializer)?;
    peel(raw.get(), 1).map_err(Error::custom)
}

/// Reads a value from JSON text inside a string of JSON text, at most `levels` deep. A string that
/// is not JSON text is a plain string, from a host that encodes once less.
pub(crate) fn peel<T: DeserializeOwned>(json: &str, levels: usize) -> serde_json::Result<T> {
    let Some(left) = levels.checked_sub(1) else {
        return serde_json::from_str(json);
    };
    let Ok(inner) = serde_json::from_str::<Cow<'_, str>>(json) else {
        return serde_json::from_str(json);
    };
    peel(&inner, left).or_else(|of_inner| {
        let is_json = of_inner.is_data();
        serde_json::from_str(json).map_err(|of_outer| if is_json { of_inner } else { of_outer })
    })
}

/// Reads a number. Some triggers send it as a text, so it arrives as JSON text in a string in a
/// string.
pub(crate) fn encoded_number<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let raw = <&RawValue>::deserialize(deserializer)?;
    peel(raw.get(), 2).map_err(Error::custom)
}

/// Reads a value that a stranger's message may have replaced. A value of another type counts as
/// absent.
pub(crate) fn encoded_lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let raw = <&RawValue>::deserialize(deserializer)?;
    Ok(peel(raw.get(), 1).ok())
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
    fn reads_a_text_within_a_text() {
        let nested = r#""\"[1,2]\"""#;
        assert_eq!(peel::<Vec<u8>>(nested, 2).unwrap(), [1, 2]);
        assert_eq!(peel::<Vec<u8>>(r#""[1,2]""#, 2).unwrap(), [1, 2]);
        assert_eq!(peel::<Vec<u8>>("[1,2]", 2).unwrap(), [1, 2]);
        let error = peel::<Vec<u8>>(r#""[1,-2]""#, 2).unwrap_err().to_string();
        assert!(error.contains("-2"), "{error}");
    }

    #[test]
    fn refuses_another_type() {
        let error = serde_json::from_str::<Metadata>(r#"{"name": "\"a\"", "offset": "\"x\""}"#);
        assert!(error.unwrap_err().to_string().contains("invalid type"));
    }
}
