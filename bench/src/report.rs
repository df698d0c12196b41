//! Writes Markdown tables, and puts them into docs/performance.md.

use std::{
    fmt::{Display, Write as _},
    fs, io,
    path::Path,
};

use anyhow::{Context, Result};

use crate::goal::Goal;

const BEGIN: &str = "<!-- Made by `./dev bench --write`: begin -->";
const END: &str = "<!-- Made by `./dev bench --write`: end -->";

/// One part of the report: the measurements, and how they compare with the goals.
pub(crate) struct Section {
    pub(crate) markdown: String,
    pub(crate) goals: Vec<Goal>,
}

/// Rows under a head.
pub(crate) struct Table(String);

impl Table {
    pub(crate) fn new(head: &[&str]) -> Self {
        let mut text = row(head);
        // The first column holds names, the others numbers.
        let aligned = (0..head.len()).map(|column| if column == 0 { "---" } else { "---:" });
        text.push_str(&row(&aligned.collect::<Vec<_>>()));
        Self(text)
    }

    pub(crate) fn add(&mut self, cells: &[&dyn Display]) {
        self.0.push_str(&row(cells));
    }
}

impl Display for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

fn row(cells: &[impl Display]) -> String {
    let mut text = String::from("|");
    for cell in cells {
        // Writing to a String cannot fail.
        let _ = write!(text, " {cell} |");
    }
    text.push('\n');
    text
}

/// The whole report: first the goals, then the measurement of each.
pub(crate) fn compose(heading: &str, sections: &[Section]) -> String {
    let mut goals = Table::new(&["Number to reach", "Measured", "Met"]);
    for goal in sections.iter().flat_map(|section| &section.goals) {
        goals.add(&[
            &goal.text,
            &goal.measured,
            &if goal.met { "yes" } else { "**no**" },
        ]);
    }
    let details: Vec<_> = sections
        .iter()
        .map(|section| section.markdown.trim())
        .collect();
    format!("{heading}\n\n{goals}\n{}\n", details.join("\n\n"))
}

/// Puts the report between the markers of `path`, or creates the file.
pub(crate) fn write(path: &Path, report: &str) -> Result<()> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            format!("# Performance\n\n{BEGIN}\n{END}\n")
        }
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let text = replace(&text, report).with_context(|| {
        format!(
            "{} does not contain the line {BEGIN} or {END}",
            path.display()
        )
    })?;
    fs::write(path, text).with_context(|| path.display().to_string())
}

fn replace(text: &str, report: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!(
        "{before}{BEGIN}\n\n{}\n\n{END}{after}",
        report.trim()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(&["Original", "ms"]);
        table.add(&[&"12 MP", &3]);
        assert_eq!(
            table.to_string(),
            "| Original | ms |\n| --- | ---: |\n| 12 MP | 3 |\n"
        );
    }

    #[test]
    fn only_what_is_between_the_markers_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("performance.md");
        write(&path, "first").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, format!("{text}What it means.\n")).unwrap();
        write(&path, "second").unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(
            text,
            format!("# Performance\n\n{BEGIN}\n\nsecond\n\n{END}\nWhat it means.\n")
        );
    }

    #[test]
    fn a_page_without_markers_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("performance.md");
        fs::write(&path, "# Mine\n").unwrap();
        assert!(write(&path, "report").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "# Mine\n");
    }
}
