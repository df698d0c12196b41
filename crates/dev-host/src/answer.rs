//! What the host makes of a handler's response.

use std::{borrow::Cow, collections::HashMap};

use serde::Deserialize;
use serde_json::value::RawValue;

/// A response that the host accepts. It borrows from the response's body: renditions are large.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    outputs: HashMap<Cow<'a, str>, &'a RawValue>,
    return_value: Option<&'a RawValue>,
    pub(crate) logs: Vec<String>,
}

/// Why a response fails the invocation.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswerError {
    #[error("the body is not the JSON that the host expects: {0}")]
    Json(#[from] serde_json::Error),
}

/// A JSON string, borrowed where it holds no escapes.
#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'a> Answer<'a> {
    /// Reads a body that is not [missing](is_missing).
    pub(crate) fn parse(body: &'a [u8]) -> Result<Self, AnswerError> {
        // The names at the top are matched without regard to case; those of the outputs are not.
        let fields: HashMap<Cow<'a, str>, Option<&'a RawValue>> = serde_json::from_slice(body)?;
        let field = |name: &str| {
            fields
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .and_then(|(_, value)| *value)
        };
        let outputs = match field("Outputs") {
            Some(raw) => {
                serde_json::from_str::<HashMap<Cow<'a, str>, Option<&'a RawValue>>>(raw.get())?
            }
            None => HashMap::new(),
        };
        let logs = match field("Logs") {
            Some(raw) => serde_json::from_str(raw.get())?,
            None => Vec::new(),
        };
        Ok(Self {
            outputs: outputs
                .into_iter()
                .filter_map(|(name, value)| Some((name, value?)))
                .collect(),
            return_value: field("ReturnValue"),
            logs,
        })
    }

    /// The value for an output binding; `$return` is the binding of the return value.
    pub(crate) fn output(&self, binding: &str) -> Option<&'a RawValue> {
        match binding {
            "$return" => self.return_value,
            _ => self.outputs.get(binding).copied(),
        }
    }

    pub(crate) fn output_names(&self) -> impl Iterator<Item = &str> {
        self.outputs.keys().map(AsRef::as_ref)
    }
}

/// Whether there is no answer in a body. On an empty one and on `null` the host waits until the
/// function time-out.
pub(crate) fn is_missing(body: &[u8]) -> bool {
    matches!(body.trim_ascii(), b"" | b"null")
}

/// The text of a JSON string; `None` for every other value.
pub(crate) fn as_text(raw: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str::<Text<'_>>(raw.get())
        .ok()
        .map(|text| text.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Answer<'_> {
        Answer::parse(body.as_bytes()).unwrap()
    }

    #[test]
    fn an_empty_body_and_null_are_no_answer() {
        for body in ["", " \n", "null"] {
            assert!(is_missing(body.as_bytes()), "{body:?}");
        }
    }

    #[test]
    fn an_empty_object_is_an_answer() {
        assert!(!is_missing(b"{}"));
        assert_eq!(parse("{}").output_names().count(), 0);
    }

    #[test]
    fn outputs_are_found_by_their_exact_name() {
        let answer =
            parse(r#"{"outputs":{"thumb":"AA==","gone":null},"LOGS":["a"],"ReturnValue":5}"#);
        assert_eq!(answer.output("thumb").map(RawValue::get), Some(r#""AA==""#));
        assert!(answer.output("Thumb").is_none());
        assert!(answer.output("gone").is_none());
        assert_eq!(answer.output("$return").map(RawValue::get), Some("5"));
        assert_eq!(answer.logs, ["a"]);
    }

    #[test]
    fn other_json_is_refused() {
        for body in ["[]", "5", "{", r#"{"Outputs":[]}"#, r#"{"Logs":"a"}"#] {
            assert!(Answer::parse(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn only_strings_are_text() {
        let answer = parse(r#"{"Outputs":{"a":"x\"y","b":5,"c":{}}}"#);
        let text = |name| answer.output(name).and_then(as_text);
        assert_eq!(text("a").as_deref(), Some("x\"y"));
        assert_eq!(text("b"), None);
        assert_eq!(text("c"), None);
    }
}
