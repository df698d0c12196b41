//! From the text of `presets.toml` to presets, with the line of every mistake.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::{
    Background, Fit, Focus, FrameChoice, Metadata, OutputFormat, Preset, PresetsError, Rule,
};
use crate::limits::Limits;

/// Longest side that every output format can have; WebP's 14 bits are the least.
const MAX_SIDE: u32 = 16_383;

/// A day, which is as good as no limit.
const MAX_CPU_SECONDS: u32 = 86_400;

const DEFAULT_CACHE_CONTROL: &str = "public, max-age=31536000";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    limits: LimitsTable,
    #[serde(default)]
    presets: BTreeMap<Spanned<String>, PresetTable>,
    #[serde(default)]
    rules: Vec<RuleTable>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct LimitsTable {
    max_bytes: Option<Spanned<i64>>,
    max_pixels: Option<Spanned<i64>>,
    max_side: Option<Spanned<i64>>,
    max_frames: Option<Spanned<i64>>,
    max_total_pixels: Option<Spanned<i64>>,
    max_cpu_seconds: Option<Spanned<i64>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PresetTable {
    width: Option<Spanned<i64>>,
    height: Option<Spanned<i64>>,
    fit: Option<Spanned<String>>,
    focus: Option<Spanned<String>>,
    format: Spanned<String>,
    quality: Option<Spanned<i64>>,
    effort: Option<Spanned<i64>>,
    background: Option<Spanned<String>>,
    sharpen: Option<Spanned<f64>>,
    frames: Option<Spanned<String>>,
    metadata: Option<Spanned<String>>,
    cache_control: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    prefix: Spanned<String>,
    presets: Vec<Spanned<String>>,
}

/// A byte range of the text, as the parser reports it.
type Span = std::ops::Range<usize>;
type Parsed = (Vec<Preset>, Vec<Rule>, Limits);

pub(super) fn parse(text: &str) -> Result<Parsed, PresetsError> {
    let reader = Reader { text };
    let file: File = toml::from_str(text)
        .map_err(|error| reader.error(error.span().unwrap_or(0..0), error.message().to_owned()))?;
    let mut tables: Vec<_> = file.presets.into_iter().collect();
    tables.sort_by_key(|(name, _)| name.span().start);
    let presets = tables
        .into_iter()
        .map(|(name, table)| reader.preset(&name, &table))
        .collect::<Result<Vec<_>, _>>()?;
    if presets.is_empty() {
        return Err(reader.error(
            0..0,
            "there is no preset; add one, such as [presets.thumb]".to_owned(),
        ));
    }
    let rules = file
        .rules
        .into_iter()
        .map(|table| reader.rule(&table, &presets))
        .collect::<Result<_, _>>()?;
    Ok((presets, rules, reader.limits(file.limits)?))
}

struct Reader<'a> {
    text: &'a str,
}

impl Reader<'_> {
    fn error(&self, span: Span, message: String) -> PresetsError {
        PresetsError {
            line: self.line(&span),
            message,
        }
    }

    fn line(&self, span: &Span) -> usize {
        1 + self
            .text
            .bytes()
            .take(span.start)
            .filter(|byte| *byte == b'\n')
            .count()
    }

    fn preset(&self, name: &Spanned<String>, table: &PresetTable) -> Result<Preset, PresetsError> {
        self.check_name(name)?;
        let format = self.choice(
            &table.format,
            "format",
            &[
                ("jpeg", OutputFormat::Jpeg),
                ("png", OutputFormat::Png),
                ("webp", OutputFormat::WebP),
                ("avif", OutputFormat::Avif),
                ("auto", OutputFormat::Auto),
            ],
        )?;
        let side = |value, key| Self::optional(value, |value| self.number(value, key, 1, MAX_SIDE));
        let preset = Preset {
            name: name.get_ref().clone(),
            width: side(table.width.as_ref(), "width")?,
            height: side(table.height.as_ref(), "height")?,
            fit: Self::optional(table.fit.as_ref(), |value| {
                self.choice(
                    value,
                    "fit",
                    &[("contain", Fit::Contain), ("cover", Fit::Cover)],
                )
            })?
            .unwrap_or(Fit::Contain),
            focus: Self::optional(table.focus.as_ref(), |value| {
                self.choice(
                    value,
                    "focus",
                    &[("centre", Focus::Centre), ("attention", Focus::Attention)],
                )
            })?
            .unwrap_or(Focus::Centre),
            format,
            quality: Self::optional(table.quality.as_ref(), |value| {
                self.number(value, "quality", 1, 100)
            })?
            .unwrap_or(default_quality(format)),
            effort: Self::optional(table.effort.as_ref(), |value| {
                self.number(value, "effort", 0, max_effort(format))
            })?
            .unwrap_or(default_effort(format)),
            background: Self::optional(table.background.as_ref(), |value| self.colour(value))?
                .unwrap_or([u8::MAX; 3]),
            sharpen: Self::optional(table.sharpen.as_ref(), |value| self.strength(value))?
                .unwrap_or(0.0),
            frames: Self::optional(table.frames.as_ref(), |value| self.frames(value, format))?
                .unwrap_or(FrameChoice::First),
            metadata: Self::optional(table.metadata.as_ref(), |value| {
                self.choice(
                    value,
                    "metadata",
                    &[
                        ("strip", Metadata::Strip),
                        ("copyright", Metadata::Copyright),
                        ("keep", Metadata::Keep),
                    ],
                )
            })?
            .unwrap_or(Metadata::Strip),
            cache_control: Self::optional(table.cache_control.as_ref(), |value| {
                self.header_value(value)
            })?
            .unwrap_or_else(|| DEFAULT_CACHE_CONTROL.to_owned()),
            line: self.line(&name.span()),
        };
        self.check_box(name, &preset)?;
        Ok(preset)
    }

    fn optional<T, U>(
        value: Option<&Spanned<T>>,
        read: impl FnOnce(&Spanned<T>) -> Result<U, PresetsError>,
    ) -> Result<Option<U>, PresetsError> {
        value.map(read).transpose()
    }

    /// The host wants binding names of letters and digits, and a binding is named like its preset.
    fn check_name(&self, name: &Spanned<String>) -> Result<(), PresetsError> {
        let text = name.get_ref();
        let sound = text.len() <= 64
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text
                .chars()
                .all(|character| character.is_ascii_alphanumeric());
        if sound {
            return Ok(());
        }
        Err(self.error(name.span(), format!("preset “{text}” must be named with letters and digits only, a letter first, at most 64")))
    }

    fn check_box(&self, name: &Spanned<String>, preset: &Preset) -> Result<(), PresetsError> {
        if preset.fit == Fit::Cover && (preset.width.is_none() || preset.height.is_none()) {
            return Err(self.error(
                name.span(),
                format!(
                    "preset “{}” has fit = \"cover\", which needs both width and height",
                    preset.name
                ),
            ));
        }
        Ok(())
    }

    fn frames(
        &self,
        value: &Spanned<String>,
        format: OutputFormat,
    ) -> Result<FrameChoice, PresetsError> {
        let choice = self.choice(
            value,
            "frames",
            &[("first", FrameChoice::First), ("all", FrameChoice::All)],
        )?;
        if choice == FrameChoice::All && !matches!(format, OutputFormat::WebP | OutputFormat::Auto)
        {
            return Err(self.error(value.span(), "frames = \"all\" needs format = \"webp\" or \"auto\", the only ones written with several frames".to_owned()));
        }
        Ok(choice)
    }

    fn choice<T: Copy>(
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
                    "{key} = \"{}\" is none of {}",
                    value.get_ref(),
                    names.join(", ")
                ),
            )
        })
    }

    fn number<T: TryFrom<i64> + Into<i64> + Copy>(
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
                    "{key} = {number} is not from {} to {}",
                    least.into(),
                    most.into()
                ),
            )
        })
    }

    fn strength(&self, value: &Spanned<f64>) -> Result<f32, PresetsError> {
        let strength = *value.get_ref();
        if !(0.0..=2.0).contains(&strength) {
            return Err(self.error(
                value.span(),
                format!("sharpen = {strength} is not from 0.0 to 2.0"),
            ));
        }
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a strength between 0 and 2 needs no more digits"
        )]
        Ok(strength as f32)
    }

    fn colour(&self, value: &Spanned<String>) -> Result<Background, PresetsError> {
        let text = value.get_ref();
        let digits = text.strip_prefix('#').filter(|digits| {
            digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        });
        let number = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = number
            .ok_or_else(|| {
                self.error(
                    value.span(),
                    format!("background = \"{text}\" is no colour such as \"#ffffff\""),
                )
            })?
            .to_be_bytes();
        Ok([red, green, blue])
    }

    fn header_value(&self, value: &Spanned<String>) -> Result<String, PresetsError> {
        let text = value.get_ref();
        if text.is_empty() || !text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            return Err(self.error(
                value.span(),
                "cache_control must be the value of a Cache-Control header, in ASCII".to_owned(),
            ));
        }
        Ok(text.clone())
    }

    fn rule(&self, table: &RuleTable, presets: &[Preset]) -> Result<Rule, PresetsError> {
        let indices = table.presets.iter().map(|name| {
            let index = presets
                .iter()
                .position(|preset| preset.name == *name.get_ref());
            index.ok_or_else(|| {
                self.error(
                    name.span(),
                    format!("there is no preset “{}”", name.get_ref()),
                )
            })
        });
        Ok(Rule {
            prefix: table.prefix.get_ref().clone(),
            presets: indices.collect::<Result<_, _>>()?,
        })
    }

    fn limits(&self, table: LimitsTable) -> Result<Limits, PresetsError> {
        let mut limits = Limits::default();
        for (value, key, limit) in [
            (table.max_bytes, "max_bytes", &mut limits.max_bytes),
            (table.max_pixels, "max_pixels", &mut limits.max_pixels),
            (
                table.max_total_pixels,
                "max_total_pixels",
                &mut limits.max_total_pixels,
            ),
        ] {
            if let Some(value) = value {
                *limit = self.number(&value, key, 1, i64::MAX)?.unsigned_abs();
            }
        }
        for (value, key, limit) in [
            (table.max_side, "max_side", &mut limits.max_side),
            (table.max_frames, "max_frames", &mut limits.max_frames),
        ] {
            if let Some(value) = value {
                *limit = self.number(&value, key, 1, u32::MAX)?;
            }
        }
        if let Some(seconds) = table.max_cpu_seconds {
            let seconds = self.number(&seconds, "max_cpu_seconds", 1, MAX_CPU_SECONDS)?;
            limits.max_cpu = Duration::from_secs(seconds.into());
        }
        Ok(limits)
    }
}

fn default_quality(format: OutputFormat) -> u8 {
    match format {
        OutputFormat::Avif => 63,
        _ => 80,
    }
}

fn default_effort(format: OutputFormat) -> u8 {
    match format {
        OutputFormat::Jpeg | OutputFormat::WebP | OutputFormat::Auto | OutputFormat::Avif => 2,
        OutputFormat::Png => 6,
    }
}

fn max_effort(format: OutputFormat) -> u8 {
    match format {
        OutputFormat::Jpeg => 2,
        OutputFormat::WebP | OutputFormat::Auto => 6,
        OutputFormat::Png | OutputFormat::Avif => 9,
    }
}
