//! Which values the host would change on their way to an output.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Serialize;
use serde_json::Value;

use crate::{
    OutputProblem,
    rewriting::{Rewritten, find, is_date, pointer},
};

/// The longest document that Cosmos DB takes, in bytes of JSON.
const MAX_DOCUMENT: usize = 2 * 1024 * 1024;

/// A document for Cosmos DB, which stands at `path` in what is sent.
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

/// Texts that become one message each.
pub(crate) fn messages(texts: &[String]) -> Result<(), OutputProblem> {
    match texts.iter().position(|text| is_date(text)) {
        None => Ok(()),
        Some(index) => Err(OutputProblem::Date {
            place: format!("/{index}"),
        }),
    }
}

/// A value for an output of a kind that is not known.
pub(crate) fn value(value: &Value) -> Result<(), OutputProblem> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Err(OutputProblem::Scalar),
        Value::String(text) => self::text(text, ""),
        Value::Array(_) | Value::Object(_) => unchanged(value, &mut Vec::new()),
    }
}

/// A text that stands alone: the host decodes it where it can.
fn text(text: &str, place: &str) -> Result<(), OutputProblem> {
    not_a_date(text, place)?;
    if is_base64(text) {
        return Err(OutputProblem::Base64);
    }
    Ok(())
}

/// A text that is not within a document: the host writes any date in another way.
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

/// .NET ignores blanks in base64: `by offset` is six bytes, and blanks alone are none.
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
