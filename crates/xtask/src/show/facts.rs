//! A record as lines of a name and a value.

use std::fmt::Write as _;

use anyhow::Result;
use contract::Record;
use serde_json::Value;

/// Fields that are drawn instead of listed.
const PICTURES: [&str; 3] = ["derived.histogram", "derived.thumbhash", "derived.palette"];

/// Two columns: the path and the value of each field.
pub(super) fn table(record: &Record) -> Result<String> {
    let mut rows = Vec::new();
    flatten(String::new(), serde_json::to_value(record)?, &mut rows);
    let width = rows
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let mut table = String::new();
    for (name, value) in rows {
        writeln!(table, "{name:width$}  {value}")?;
    }
    Ok(table)
}

fn flatten(path: String, value: Value, rows: &mut Vec<(String, String)>) {
    match value {
        _ if PICTURES.contains(&path.as_str()) => {}
        Value::Null => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                let dot = if path.is_empty() { "" } else { "." };
                flatten(format!("{path}{dot}{name}"), value, rows);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for (index, item) in items.into_iter().enumerate() {
                flatten(format!("{path}.{}", label(&item, index)), item, rows);
            }
        }
        Value::Array(items) => {
            let items: Vec<_> = items.into_iter().map(plain).collect();
            if !items.is_empty() {
                rows.push((path, items.join(", ")));
            }
        }
        scalar => rows.push((path, plain(scalar))),
    }
}

/// The label of an item: a rendition's preset, or otherwise its index.
fn label(item: &Value, index: usize) -> String {
    item["preset"]
        .as_str()
        .map_or_else(|| index.to_string(), str::to_owned)
}

/// Text without quotes, and without anything that a terminal would interpret.
fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text
            .chars()
            .map(|c| if c.is_control() { '\u{fffd}' } else { c })
            .collect(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_are_named_by_preset_or_joined() {
        let mut rows = Vec::new();
        let value =
            json!({"a": {"b": 1, "c": null}, "r": [{"preset": "thumb", "w": 2}], "k": ["x", "y"]});
        flatten(String::new(), value, &mut rows);
        let rows: Vec<_> = rows
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        assert_eq!(
            rows,
            ["a.b=1", "k=x, y", "r.thumb.preset=thumb", "r.thumb.w=2"]
        );
    }

    #[test]
    fn a_title_cannot_command_the_terminal() {
        assert_eq!(plain(json!("a\u{1b}[2Jb")), "a\u{fffd}[2Jb");
    }
}
