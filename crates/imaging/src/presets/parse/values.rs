//! Parses values of keys: choices, numbers within a range, colours.

use toml::Spanned;

use super::Reader;
use crate::presets::{Background, PresetsError};

impl Reader<'_> {
    pub(super) fn choice<T: Copy>(
        &self,
        value: &Spanned<String>,
        key: &str,
        choices: &[(&str, T)],
    ) -> Result<T, PresetsError> {
        let found = choices
            .iter()
            .find(|(name, _)| name == value.get_ref())
            .map(|(_, choice)| *choice);
        found.ok_or_else(|| {
            let names: Vec<_> = choices
                .iter()
                .map(|(name, _)| format!("\"{name}\""))
                .collect();
            self.error(
                value.span(),
                format!(
                    "{key} = \"{}\" must be one of {}",
                    value.get_ref(),
                    names.join(", ")
                ),
            )
        })
    }

    pub(super) fn number<T: TryFrom<i64> + Into<i64> + Copy>(
        &self,
        value: &Spanned<i64>,
        key: &str,
        least: T,
        most: T,
    ) -> Result<T, PresetsError> {
        let number = *value.get_ref();
        let within = (least.into()..=most.into())
            .contains(&number)
            .then(|| T::try_from(number).ok())
            .flatten();
        within.ok_or_else(|| {
            self.error(
                value.span(),
                format!(
                    "{key} = {number} must be from {} to {}",
                    least.into(),
                    most.into()
                ),
            )
        })
    }

    pub(super) fn decimal(
        &self,
        value: &Spanned<f64>,
        key: &str,
        (least, most): (f32, f32),
    ) -> Result<f32, PresetsError> {
        let number = *value.get_ref();
        if !(f64::from(least)..=f64::from(most)).contains(&number) {
            return Err(self.error(
                value.span(),
                format!("{key} = {number} must be from {least:?} to {most:?}"),
            ));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a number of this range needs no more digits"
        )]
        Ok(number as f32)
    }

    pub(super) fn colour(&self, value: &Spanned<String>) -> Result<Background, PresetsError> {
        let text = value.get_ref();
        let colour = text
            .strip_prefix('#')
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| {
                let number = u32::from_str_radix(digits, 16).ok()?;
                match digits.len() {
                    6 => Some(number << 8 | u32::from(u8::MAX)),
                    8 => Some(number),
                    _ => None,
                }
            });
        let colour = colour.ok_or_else(|| {
            self.error(
                value.span(),
                format!(
                    "background = \"{text}\" is not a colour such as \"#ffffff\", or \"#ffffff00\" \
                     with its opacity"
                ),
            )
        })?;
        Ok(colour.to_be_bytes())
    }

    pub(super) fn header_value(&self, value: &Spanned<String>) -> Result<String, PresetsError> {
        let text = value.get_ref();
        if text.is_empty() || !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(self.error(
                value.span(),
                "cache_control must be the value of a Cache-Control header, in ASCII".to_owned(),
            ));
        }
        Ok(text.clone())
    }
}
