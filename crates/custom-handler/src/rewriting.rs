//! What the host changes in a document on its way to an output.
//!
//! The host parses an answer with Newtonsoft.Json's defaults and writes it again. Most of a
//! document stays unchanged, with these exceptions:
//!
//! - A string that is an ISO 8601 date-time loses the zeros at the end of its fraction, and its
//!   offset is moved to the machine's time zone. Fractions of eight or more digits are left alone.
//! - A string like `/Date(0)/` becomes a date.
//! - A document of more than 64 levels is written, but the invocation fails nevertheless.

use serde_json::Value;

/// The deepest nesting of a document that the host reads.
const MAX_DEPTH: usize = 64;
/// The most digits of a fraction that the host treats as part of a date.
const MAX_FRACTION: usize = 7;

/// The position of the first value in `document` that the host would change, as a JSON pointer;
/// nothing if the document arrives unchanged.
///
/// ```
/// use azure_functions_custom_handler::rewritten_by_host;
/// use serde_json::json;
///
/// assert_eq!(rewritten_by_host(&json!({"at": "2026-01-01T00:00:00.000000000Z"})), None);
/// assert_eq!(
///     rewritten_by_host(&json!({"tags": ["2026-01-01T00:00:00.000Z"]})),
///     Some("/tags/0".to_owned())
/// );
/// ```
#[must_use]
pub fn rewritten_by_host(document: &Value) -> Option<String> {
    find(document, &mut Vec::new()).map(|rewritten| match rewritten {
        Rewritten::Date(place) | Rewritten::TooDeep(place) => place,
    })
}

/// The first change that the host would make, and its position.
pub(crate) enum Rewritten {
    Date(String),
    TooDeep(String),
}

/// Like [`rewritten_by_host`], for a document that is itself at `path`.
pub(crate) fn find(value: &Value, path: &mut Vec<String>) -> Option<Rewritten> {
    if path.len() > MAX_DEPTH {
        return Some(Rewritten::TooDeep(pointer(path)));
    }
    match value {
        Value::String(text) => is_changed(text).then(|| Rewritten::Date(pointer(path))),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| below(item, index.to_string(), path)),
        Value::Object(members) => members
            .iter()
            .find_map(|(name, member)| below(member, name.clone(), path)),
        _ => None,
    }
}

fn below(value: &Value, step: String, path: &mut Vec<String>) -> Option<Rewritten> {
    path.push(step);
    let found = find(value, path);
    path.pop();
    found
}

/// A path as a JSON pointer (RFC 6901).
pub(crate) fn pointer(path: &[String]) -> String {
    path.iter()
        .flat_map(|step| ["/".to_owned(), step.replace('~', "~0").replace('/', "~1")])
        .collect()
}

/// Whether the host takes the text for a date and would rewrite it inside JSON.
fn is_changed(text: &str) -> bool {
    match Date::parse(text) {
        None => false,
        Some(Date::Milliseconds) => true,
        Some(Date::Iso { fraction, offset }) => offset || fraction.ends_with('0'),
    }
}

/// Whether the host takes the text for a date. Outside an object it rewrites any date in the format
/// of the machine: `11/27/2026 10:00:00`.
pub(crate) fn is_date(text: &str) -> bool {
    Date::parse(text).is_some()
}

enum Date<'a> {
    /// `/Date(0)/`
    Milliseconds,
    Iso {
        fraction: &'a str,
        offset: bool,
    },
}

impl<'a> Date<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        if text.starts_with("/Date(") && text.ends_with(")/") {
            return Some(Self::Milliseconds);
        }
        let after_seconds = after_seconds(text)?;
        let (fraction, zone) = match after_seconds.strip_prefix('.') {
            None => ("", after_seconds),
            Some(rest) => {
                let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
                rest.split_at(digits)
            }
        };
        let offset = zone.starts_with(['+', '-']);
        let is_zone = zone.is_empty() || zone == "Z" || offset;
        (is_zone && fraction.len() <= MAX_FRACTION).then_some(Self::Iso { fraction, offset })
    }
}

/// The rest of the text after `0000-00-00T00:00:00`.
fn after_seconds(text: &str) -> Option<&str> {
    const FORM: &str = "0000-00-00T00:00:00";
    let (date, rest) = text.split_at_checked(FORM.len())?;
    let fits = FORM
        .bytes()
        .zip(date.bytes())
        .all(|(form, byte)| match form {
            b'0' => byte.is_ascii_digit(),
            separator => byte == separator,
        });
    fits.then_some(rest)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn knows_which_dates_the_host_writes_in_another_way() {
        for text in [
            "2026-11-27T10:00:00.000Z",
            "2026-11-27T10:00:00.120",
            "2026-11-27T10:00:00+02:00",
            "2026-11-27T10:00:00.1234567-05:00",
            "/Date(1700000000000)/",
        ] {
            assert!(is_changed(text), "{text}");
        }
        for text in [
            "2026-11-27T10:00:00.123456789+02:00",
            "2026-11-27T10:00:00.00000000Z",
            "2026-11-27T10:00:00",
            "2026-11-27T10:00:00Z",
            "2026-11-27",
            "2026-11-27t10:00:00.000z",
            "on 2026-11-27T10:00:00.000Z",
            "2026-11-27T10:00:00.000 o'clock",
            "",
            "é",
        ] {
            assert!(!is_changed(text), "{text}");
        }
    }

    #[test]
    fn names_the_place() {
        let document = json!({"a": [{"b/c": "2026-11-27T10:00:00+02:00"}], "d": 1});
        assert_eq!(rewritten_by_host(&document).as_deref(), Some("/a/0/b~1c"));
    }

    #[test]
    fn finds_documents_that_are_too_deep() {
        let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        assert_eq!(rewritten_by_host(&nested(64)), None);
        assert!(rewritten_by_host(&nested(65)).is_some());
    }
}
