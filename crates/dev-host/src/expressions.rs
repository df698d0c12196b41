//! `%setting%` and `{expression}` in the properties of bindings.
//!
//! Settings are resolved once, at start-up. Expressions are resolved when an output is written,
//! from the binding data of its event. Source:
//! <https://learn.microsoft.com/azure/azure-functions/functions-bindings-expressions-patterns>.

mod date_format;

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value};
use uuid::Uuid;

/// What a trigger knows about its event: `name`, `Uri`, `Metadata`, …
pub(crate) type BindingData = Map<String, Value>;

/// Why a property cannot be resolved.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum ExpressionError {
    #[error("a % in {0} is not closed")]
    UnpairedPercent(String),
    #[error("the setting {0} is not set")]
    MissingSetting(String),
    #[error("the braces in {0} do not match")]
    UnpairedBrace(String),
    #[error("{{{0}}} has no value in this event")]
    MissingValue(String),
    #[error("{{{0}}} is not plain text")]
    NotPlain(String),
}

/// Replaces every `%name%` by the setting of that name.
pub(crate) fn resolve_settings<'a>(
    text: &str,
    lookup: impl Fn(&str) -> Option<&'a str>,
) -> Result<String, ExpressionError> {
    if text.matches('%').count() % 2 == 1 {
        return Err(ExpressionError::UnpairedPercent(text.to_owned()));
    }
    let mut resolved = String::with_capacity(text.len());
    // Between percent signs, every second piece is a name.
    for (index, piece) in text.split('%').enumerate() {
        if index % 2 == 0 {
            resolved.push_str(piece);
        } else {
            let value =
                lookup(piece).ok_or_else(|| ExpressionError::MissingSetting(piece.to_owned()))?;
            resolved.push_str(value);
        }
    }
    Ok(resolved)
}

/// A text with `{expressions}` in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template(Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    Literal(String),
    Expression(String),
}

impl Template {
    pub(crate) fn parse(text: &str) -> Result<Self, ExpressionError> {
        let unpaired = || ExpressionError::UnpairedBrace(text.to_owned());
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let (literal, after) = match rest.find(['{', '}']) {
                None => (rest, ""),
                Some(0) if rest.starts_with('{') => {
                    let (expression, after) = rest[1..].split_once('}').ok_or_else(unpaired)?;
                    if expression.is_empty() || expression.contains('{') {
                        return Err(unpaired());
                    }
                    parts.push(Part::Expression(expression.to_owned()));
                    rest = after;
                    continue;
                }
                Some(0) => return Err(unpaired()),
                Some(brace) => rest.split_at(brace),
            };
            parts.push(Part::Literal(literal.to_owned()));
            rest = after;
        }
        Ok(Self(parts))
    }

    pub(crate) fn parts(&self) -> &[Part] {
        &self.0
    }

    /// The text with every expression replaced by its value.
    pub(crate) fn resolve(&self, data: &BindingData) -> Result<String, ExpressionError> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Literal(text) => Ok(text.clone()),
                Part::Expression(expression) => evaluate(expression, data),
            })
            .collect()
    }
}

fn evaluate(expression: &str, data: &BindingData) -> Result<String, ExpressionError> {
    let (name, format) = match expression.split_once(':') {
        Some((name, format)) => (name, Some(format)),
        None => (expression, None),
    };
    match name.to_ascii_lowercase().as_str() {
        "rand-guid" => Ok(Uuid::new_v4().to_string()),
        "datetime" => Ok(now(format)),
        _ => plain_value(name, data, expression),
    }
}

/// The value of a property. It follows the dots of `sys.utcnow`; the host ignores the case of
/// names.
fn plain_value(
    name: &str,
    data: &BindingData,
    expression: &str,
) -> Result<String, ExpressionError> {
    let missing = || ExpressionError::MissingValue(expression.to_owned());
    let mut names = name.split('.');
    let mut value = names
        .next()
        .and_then(|name| find(data, name))
        .ok_or_else(missing)?;
    for name in names {
        value = value
            .as_object()
            .and_then(|object| find(object, name))
            .ok_or_else(missing)?;
    }
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Null => Err(missing()),
        Value::Array(_) | Value::Object(_) => Err(ExpressionError::NotPlain(expression.to_owned())),
    }
}

fn find<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object
        .iter()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// The time in UTC in a .NET format, or without a format in ISO 8601.
fn now(format: Option<&str>) -> String {
    let now = Timestamp::now();
    match format {
        None => now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        Some(format) => now
            .to_zoned(TimeZone::UTC)
            .strftime(&date_format::to_strftime(format))
            .to_string(),
    }
}

#[cfg(test)]
mod tests;
