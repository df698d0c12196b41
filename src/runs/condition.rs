//! Selects records: a condition as people write it, translated for the database.
//!
//! `presets-version != current and status = processed and date >= 2026-01-01`

use std::fmt::Write as _;

use serde_json::{Value, json};

/// The fields that a condition can use, and where they are in the record.
const FIELDS: [(&str, Field); 8] = [
    ("date", Field::Path("c.createdDay")),
    ("error", Field::Path("c.error.code")),
    ("format", Field::Path("c.image.format")),
    ("name", Field::Path("c.source.name")),
    ("preset", Field::Preset),
    (
        "presets-version",
        Field::Path("c.processing.presetsVersion"),
    ),
    ("status", Field::Path("c.status")),
    ("uploader", Field::Path("c.source.uploader")),
];

/// Longer operators come first, because they begin like shorter ones.
const OPERATORS: [&str; 7] = ["!=", "^=", "<=", ">=", "=", "<", ">"];

/// The value that stands for the current presets.
const CURRENT: &str = "current";

#[derive(Clone, Copy)]
enum Field {
    /// A property of the record.
    Path(&'static str),
    /// Whether there is a rendition by a preset.
    Preset,
}

/// A condition that the database understands. Values are parameters and never part of the text.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The text after `WHERE`.
    pub text: String,
    /// Its parameters.
    pub parameters: Vec<(String, Value)>,
}

/// A condition that makes no sense.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0}")]
pub struct InvalidCondition(String);

impl Condition {
    /// Selects every image that has a record, except tombstones.
    #[must_use]
    pub fn all() -> Self {
        Self {
            text: "c.status != 'deleted'".to_owned(),
            parameters: Vec::new(),
        }
    }

    /// Parses terms of the form `FIELD OPERATOR VALUE`, joined by `and`.
    ///
    /// # Errors
    ///
    /// A sentence that says what would be valid.
    pub fn parse(text: &str, presets_version: &str) -> Result<Self, InvalidCondition> {
        let mut condition = Self::all();
        for term in text.split(" and ").map(str::trim) {
            if !term.is_empty() {
                condition.add(term, presets_version)?;
            }
        }
        Ok(condition)
    }

    fn add(&mut self, term: &str, presets_version: &str) -> Result<(), InvalidCondition> {
        let (name, operator, value) = split(term)?;
        let (_, field) = FIELDS
            .iter()
            .find(|(known, _)| *known == name)
            .ok_or_else(|| {
                let known: Vec<_> = FIELDS.iter().map(|(known, _)| *known).collect();
                InvalidCondition(format!(
                    "there is no field `{name}`: the fields are {}",
                    known.join(", ")
                ))
            })?;
        let value = if name == "presets-version" && value == CURRENT {
            presets_version
        } else {
            value
        };
        let parameter = format!("@p{}", self.parameters.len());
        let test = match (field, operator) {
            (Field::Path(path), "^=") => format!("STARTSWITH({path}, {parameter})"),
            // A record without the field counts as not equal, too.
            (Field::Path(path), "!=") => {
                format!("(NOT IS_DEFINED({path}) OR {path} != {parameter})")
            }
            (Field::Path(path), operator) => format!("{path} {operator} {parameter}"),
            (Field::Preset, "=") => has_preset(&parameter),
            (Field::Preset, "!=") => format!("NOT {}", has_preset(&parameter)),
            (Field::Preset, _) => {
                return Err(InvalidCondition(
                    "`preset` can only be compared by = and !=".to_owned(),
                ));
            }
        };
        // Writing to a String cannot fail.
        let _ = write!(self.text, " AND {test}");
        self.parameters.push((parameter, json!(value)));
        Ok(())
    }
}

fn has_preset(parameter: &str) -> String {
    format!("EXISTS(SELECT VALUE r FROM r IN c.renditions WHERE r.preset = {parameter})")
}

/// The three parts of a term. The value may be in quotes.
fn split(term: &str) -> Result<(&str, &'static str, &str), InvalidCondition> {
    let found = OPERATORS
        .iter()
        .filter_map(|operator| Some((term.find(operator)?, *operator)))
        .min_by_key(|(at, operator)| (*at, std::cmp::Reverse(operator.len())));
    let Some((at, operator)) = found else {
        return Err(InvalidCondition(format!(
            "`{term}` is not a comparison: write for example format = jpeg, with one of {}",
            OPERATORS.join(" ")
        )));
    };
    let value = term[at + operator.len()..].trim();
    let bare = ['\'', '"']
        .iter()
        .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    Ok((term[..at].trim(), operator, bare.unwrap_or(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_a_parameter() {
        let condition = Condition::parse(
            "presets-version != current and name ^= 'x' OR 1' and preset = thumb",
            "0123",
        )
        .unwrap();
        assert_eq!(
            condition.text,
            "c.status != 'deleted' \
             AND (NOT IS_DEFINED(c.processing.presetsVersion) OR c.processing.presetsVersion != @p0) \
             AND STARTSWITH(c.source.name, @p1) \
             AND EXISTS(SELECT VALUE r FROM r IN c.renditions WHERE r.preset = @p2)"
        );
        let values: Vec<_> = condition
            .parameters
            .iter()
            .map(|(_, value)| value)
            .collect();
        assert_eq!(values, [&json!("0123"), &json!("x' OR 1"), &json!("thumb")]);
    }

    #[test]
    fn operators_are_read_whole() {
        for operator in OPERATORS {
            let (field, found, value) = split_owned(&format!("date{operator}2026-01-01"));
            assert_eq!(
                (field.as_str(), found, value.as_str()),
                ("date", operator, "2026-01-01")
            );
        }
    }

    fn split_owned(term: &str) -> (String, &'static str, String) {
        let (field, operator, value) = split(term).unwrap();
        (field.to_owned(), operator, value.to_owned())
    }

    #[test]
    fn nonsense_is_answered_with_what_would_be_right() {
        let message = |text| Condition::parse(text, "").unwrap_err().to_string();
        assert!(message("colour = red").contains("the fields are date, error, format"));
        assert!(message("format").contains("format = jpeg"));
        assert!(message("preset < a").contains("= and !="));
        assert_eq!(Condition::parse("", "").unwrap(), Condition::all());
    }
}
