//! Finds values that the host would change on their way to an output.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::Value;

use crate::{
    OutputProblem,
    rewriting::{Rewritten, find, is_date, pointer},
};

/// The longest document that Cosmos DB accepts, in bytes of JSON.
const MAX_DOCUMENT: usize = 2 * 1024 * 1024;

/// Checks a document for Cosmos DB that is at `path` in the answer.
pub(crate) fn record(
    document: &impl Serialize,
    mut path: Vec<String>,
) -> Result<Value, OutputProblem> {
    let document = serde_json::to_value(document).map_err(OutputProblem::Json)?;
    if !document.get("id").is_some_and(Value::is_string) {
        return Err(OutputProblem::Id {
            place: pointer(&path),
        });
    }
    let bytes = document.to_string().len();
    if bytes > MAX_DOCUMENT {
        let place = pointer(&path);
        return Err(OutputProblem::TooLarge { place, bytes });
    }
    unchanged(&document, &mut path)?;
    Ok(document)
}

/// Checks texts that become one message each.
pub(crate) fn messages(texts: &[String]) -> Result<(), OutputProblem> {
    match texts.iter().position(|text| is_date(text)) {
        None => Ok(()),
        Some(index) => Err(OutputProblem::Date {
            place: format!("/{index}"),
        }),
    }
}

/// Checks a value for an output of an unknown kind.
pub(crate) fn value(value: &Value) -> Result<(), OutputProblem> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Err(OutputProblem::Scalar),
        Value::String(text) => self::text(text, ""),
        Value::Array(_) | Value::Object(_) => unchanged(value, &mut Vec::new()),
    }
}

/// Checks a text that is not within a document. The host decodes such a text if it is valid base64.
fn text(text: &str, place: &str) -> Result<(), OutputProblem> {
    not_a_date(text, place)?;
    if is_base64(text) {
        return Err(OutputProblem::Base64);
    }
    Ok(())
}

/// Checks a text that is not within a document. The host rewrites any date in such a text.
pub(crate) fn not_a_date(text: &str, place: &str) -> Result<(), OutputProblem> {
    if is_date(text) {
        let place = place.to_owned();
        return Err(OutputProblem::Date { place });
    }
    Ok(())
}

fn unchanged(value: &Value, path: &mut Vec<String>) -> Result<(), OutputProblem> {
    match find(value, path) {
        None => Ok(()),
        Some(Rewritten::Date(place)) => Err(OutputProblem::Date { place }),
        Some(Rewritten::TooDeep(place)) => Err(OutputProblem::TooDeep { place }),
    }
}

/// Whether .NET reads the text as base64. .NET ignores blanks: `by offset` is six bytes, and blanks
/// alone are none.
fn is_base64(text: &str) -> bool {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
    let code: Vec<u8> = text.bytes().filter(|byte| !is_blank(byte)).collect();
    !text.is_empty() && STANDARD.decode(code).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_do_not_save_a_text_from_being_decoded() {
        for text in ["test", "by offset", "aGVs\nbG8=", "AQ==", " "] {
            assert!(is_base64(text), "{text}");
        }
        for text in ["", "hello", "a b", "a-b_"] {
            assert!(!is_base64(text), "{text}");
        }
    }
}
