//! Reads a single app setting through a look-up function, and parses it.

use std::{fmt::Display, str::FromStr};

/// A setting with a value that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the setting {name} is {value:?}: {reason}")]
pub struct InvalidSetting {
    /// The setting's name.
    pub name: &'static str,
    /// Its value, as far as it may be shown.
    pub value: String,
    /// What is wrong with the value.
    pub reason: String,
}

/// The text of a setting. An empty one counts as absent, because a template cannot leave a setting
/// out.
#[must_use]
pub fn text(lookup: &impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    lookup(name).filter(|value| !value.is_empty())
}

/// The value of a setting, or `default` if it is absent.
///
/// # Errors
///
/// A text that is not a valid value.
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
