//! JSON as Json.NET (Newtonsoft) reads and writes it, as the host does with answers.
//!
//! It accepts more than JSON: comments, single quotes, names without quotes and trailing commas. It
//! takes strings that look like times for times, and writes those in its own format. Numbers are
//! integers of any size or doubles.
//!
//! Source: <https://www.newtonsoft.com/json/help/html/SerializationSettings.htm>.

mod date;
mod number;
mod reader;
mod scanner;
mod writer;

use std::borrow::Cow;

pub(crate) use date::{Date, rewrite_dates};
pub(crate) use reader::{JsonError, parse, parse_first};

/// The default for the deepest nesting of values.
pub(crate) const DEFAULT_DEPTH: usize = 64;

/// A value. Strings without escapes are borrowed, because renditions are large.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    /// The digits of a larger integer.
    BigInteger(Cow<'a, str>),
    Float(f64),
    Text(Cow<'a, str>),
    /// A string that looks like a time, with the string.
    Date(Date, Cow<'a, str>),
    Array(Vec<Self>),
    Object(Object<'a>),
}

/// The fields of an object in order. Each name occurs once.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Object<'a>(Vec<(Cow<'a, str>, Json<'a>)>);

impl<'a> Object<'a> {
    /// Adds a field. If a name occurs twice, the later value counts, at the position of the
    /// earlier.
    fn insert(&mut self, name: Cow<'a, str>, value: Json<'a>) {
        match self.0.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name, value)),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Json<'a>)> {
        self.0.iter().map(|(name, value)| (name.as_ref(), value))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Json<'a>> {
        self.iter()
            .find_map(|(known, value)| (known == name).then_some(value))
    }

    /// The value of a name, ignoring its case.
    pub(crate) fn get_ignoring_case(&self, name: &str) -> Option<&Json<'a>> {
        self.iter()
            .find_map(|(known, value)| known.eq_ignore_ascii_case(name).then_some(value))
    }
}

impl<'a> IntoIterator for Object<'a> {
    type Item = (Cow<'a, str>, Json<'a>);
    type IntoIter = std::vec::IntoIter<Self::Item>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl Json<'_> {
    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The depth of nesting.
    pub(crate) fn depth(&self) -> usize {
        match self {
            Self::Array(values) => 1 + values.iter().map(Self::depth).max().unwrap_or(0),
            Self::Object(object) => {
                1 + object
                    .iter()
                    .map(|(_, value)| value.depth())
                    .max()
                    .unwrap_or(0)
            }
            _ => 0,
        }
    }
}

/// Whether the host takes a string for JSON text.
pub(crate) fn looks_like_json(text: &str) -> bool {
    let text = text.trim();
    (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'))
}
