//! Writes values as text: JSON on one line or on many, and the result of .NET's `ToString`.

use std::fmt::Write as _;

use super::{Json, number};

/// The indentation of each level.
const INDENT: &str = "  ";

impl Json<'_> {
    /// JSON on one line.
    pub(crate) fn compact(&self) -> String {
        let mut text = String::new();
        write(self, None, &mut text);
        text
    }

    /// JSON with each value on its own line.
    fn indented(&self) -> String {
        let mut text = String::new();
        write(self, Some(0), &mut text);
        text
    }

    /// The text that .NET makes of a value where text is expected.
    pub(crate) fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(true) => "True".into(),
            Self::Bool(false) => "False".into(),
            Self::Integer(number) => number.to_string(),
            Self::BigInteger(digits) => digits.to_string(),
            Self::Float(number) => number::text(*number),
            Self::Text(text) => text.to_string(),
            Self::Date(date, _) => date.invariant(),
            Self::Array(_) | Self::Object(_) => self.indented(),
        }
    }
}

/// Writes a value. `level` is its depth, or `None` for one line.
fn write(value: &Json<'_>, level: Option<usize>, text: &mut String) {
    match value {
        Json::Null => text.push_str("null"),
        Json::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        Json::Integer(_) | Json::BigInteger(_) => text.push_str(&value.to_text()),
        Json::Float(number) => text.push_str(&number::json(*number)),
        Json::Text(string) => write_string(string, text),
        Json::Date(date, _) => write_string(&date.iso(), text),
        Json::Array(values) => {
            write_all(('[', ']'), values, level, text, |value, level, text| {
                write(value, level, text);
            });
        }
        Json::Object(object) => {
            write_all(
                ('{', '}'),
                object.iter(),
                level,
                text,
                |(name, value), level, text| {
                    write_string(name, text);
                    text.push_str(if level.is_some() { ": " } else { ":" });
                    write(value, level, text);
                },
            );
        }
    }
}

/// Writes entries between brackets.
fn write_all<T>(
    (open, close): (char, char),
    entries: impl IntoIterator<Item = T>,
    level: Option<usize>,
    text: &mut String,
    write_one: impl Fn(T, Option<usize>, &mut String),
) {
    let inner = level.map(|level| level + 1);
    text.push(open);
    let mut is_empty = true;
    for entry in entries {
        if !is_empty {
            text.push(',');
        }
        is_empty = false;
        new_line(inner, text);
        write_one(entry, inner, text);
    }
    if !is_empty {
        new_line(level, text);
    }
    text.push(close);
}

fn new_line(level: Option<usize>, text: &mut String) {
    if let Some(level) = level {
        text.push('\n');
        text.extend(std::iter::repeat_n(INDENT, level));
    }
}

fn write_string(string: &str, text: &mut String) {
    text.push('"');
    for letter in string.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            '\0'..' ' | '\u{85}' | '\u{2028}' | '\u{2029}' => {
                // Writing into a string never fails.
                let _ = write!(text, "\\u{:04x}", u32::from(letter));
            }
            _ => text.push(letter),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use super::super::{DEFAULT_DEPTH, parse};

    #[test]
    fn values_lie_on_one_line_or_on_many() {
        let value = parse(r#"{"a":[1,{"b":"x"}],"c":[],"d":{}}"#, DEFAULT_DEPTH);
        let value = value.unwrap().unwrap();
        assert_eq!(value.compact(), r#"{"a":[1,{"b":"x"}],"c":[],"d":{}}"#);
        assert_eq!(
            value.to_text(),
            "{\n  \"a\": [\n    1,\n    {\n      \"b\": \"x\"\n    }\n  ],\n  \"c\": [],\n  \"d\": {}\n}"
        );
    }

    #[test]
    fn text_is_what_to_string_gives() {
        for (json, expected) in [
            ("true", "True"),
            ("1.0", "1"),
            ("null", ""),
            (r#""x""#, "x"),
            (r#""2026-11-27T10:00:00.000Z""#, "11/27/2026 10:00:00"),
        ] {
            let value = parse(json, DEFAULT_DEPTH).unwrap().unwrap();
            assert_eq!(value.to_text(), expected, "{json}");
        }
    }

    #[test]
    fn line_separators_are_escaped() {
        let value = parse("\"\u{2028}\u{1}<é\"", DEFAULT_DEPTH)
            .unwrap()
            .unwrap();
        assert_eq!(value.compact(), "\"\\u2028\\u0001<é\"");
    }
}
