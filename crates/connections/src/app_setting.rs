//! A single app setting, read through a lookup and typed.

use std::{fmt::Display, str::FromStr};

/// A setting with a value that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the setting {name} is {value:?}: {reason}")]
pub struct InvalidSetting {
    /// The setting's name.
    pub name: &'static str,
    /// What it is set to, as far as that may be shown.
    pub value: String,
    /// What is wrong with that.
    pub reason: String,
}

/// The text of a setting. An empty one counts as absent, because a template cannot leave a setting out.
#[must_use]
pub fn text(lookup: &impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    lookup(name).filter(|value| !value.is_empty())
}

/// The value of a setting, or `default` where it is absent.
///
/// # Errors
///
/// A text that is no such value.
pub fn read<T>(
    lookup: &impl Fn(&str) -> Option<String>,
    name: &'static str,
    default: T,
) -> Result<T, InvalidSetting>
where
    T: FromStr<Err: Display>,
{
    match text(lookup, name) {
        None => Ok(default),
        Some(value) => value.parse().map_err(|error: T::Err| InvalidSetting {
            name,
            reason: error.to_string(),
            value,
        }),
    }
}
