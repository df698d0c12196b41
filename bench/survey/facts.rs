//! What another decoder says about the same files.

use std::{collections::HashMap, fs, path::Path};

use anyhow::Context as _;
use serde_json::Value;

/// A table's rows by file: each column's name with its cell.
#[derive(Default)]
pub(crate) struct Facts(HashMap<String, HashMap<String, String>>);

impl Facts {
    /// Reads a table of tab-separated cells whose first line names the columns.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
        let mut lines = text.lines();
        let columns: Vec<_> = lines.next().unwrap_or_default().split('\t').collect();
        let rows = lines.map(|line| {
            let cells = line.split('\t').map(str::to_owned);
            let row: HashMap<_, _> = columns
                .iter()
                .map(|&name| name.to_owned())
                .zip(cells)
                .collect();
            (row.get("file").cloned().unwrap_or_default(), row)
        });
        Ok(Self(rows.collect()))
    }

    /// Returns a sentence for each difference from the record. A file without a row has none.
    pub(crate) fn disagreements(&self, file: &str, record: &Value) -> Vec<String> {
        let Some(row) = self.0.get(file) else {
            return Vec::new();
        };
        let readable = row.get("decode").is_some_and(|cell| cell == "ok");
        let processed = record["status"] == "processed";
        // Some decoders fill in what a damaged file lacks.
        let damaged = record["error"]["code"] == "corrupt";
        if readable != processed && !damaged {
            return vec![format!(
                "decode is {:?}, the record's status {}",
                row.get("decode"),
                record["status"]
            )];
        }
        if !processed {
            return Vec::new();
        }
        let image = &record["image"];
        let alpha = if image["hasAlpha"] == true {
            "alpha"
        } else {
            "-"
        };
        [
            ("width", image["width"].to_string()),
            ("height", image["height"].to_string()),
            ("orientation", image["orientation"].to_string()),
            ("alpha", alpha.to_owned()),
        ]
        .into_iter()
        .filter(|(column, ours)| row.get(*column).is_some_and(|theirs| theirs != ours))
        .map(|(column, ours)| format!("{column} is {}, the record says {ours}", row[column]))
        .collect()
    }
}
