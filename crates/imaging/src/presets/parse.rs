//! Parses the text of `presets.toml`, and gives the line of every mistake.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;

use super::{Preset, PresetsError, Rule};
use crate::limits::Limits;
use preset::PresetTable;

mod preset;
mod values;
mod watermark;

/// A day, which is practically no limit.
const MAX_CPU_SECONDS: u32 = 86_400;

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
struct RuleTable {
    prefix: Spanned<String>,
    presets: Vec<Spanned<String>>,
}

/// A byte range of the text, as the parser reports it.
type Span = std::ops::Range<usize>;
type Parsed = (Vec<Preset>, Vec<Rule>, Limits);

/// Reads a file that a preset names, or returns the reason why it cannot.
type ReadFile<'a> = dyn FnMut(&str) -> Result<Vec<u8>, String> + 'a;

pub(super) fn parse(text: &str, read: &mut ReadFile<'_>) -> Result<Parsed, PresetsError> {
    let reader = Reader { text };
    let file: File = toml::from_str(text)
        .map_err(|error| reader.error(error.span().unwrap_or(0..0), error.message().to_owned()))?;
    let mut tables: Vec<_> = file.presets.into_iter().collect();
    tables.sort_by_key(|(name, _)| name.span().start);
    let presets = tables
        .into_iter()
        .map(|(name, table)| reader.preset(&name, &table, read))
        .collect::<Result<Vec<_>, _>>()?;
    if presets.is_empty() {
        return Err(reader.error(
            0..0,
            "there is no preset: add one, such as [presets.thumb]".to_owned(),
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
