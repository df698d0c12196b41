//! Formats a record for a terminal.

use contract::{Outcome, Record, RenditionRecord, Status};

use super::arrival::Arrival;
use crate::text;

/// The result for the file `name`: a line, and a line for each rendition and warning.
pub(super) fn of(name: &str, arrival: &Arrival) -> String {
    match arrival {
        Arrival::Recorded { record, took } => {
            let took = text::seconds(*took);
            match record.status {
                Status::Processed => processed(name, &took, record),
                Status::Rejected => rejected(name, &took, record),
                Status::Deleted => format!("{name}: deleted before its record arrived"),
            }
        }
        Arrival::Missing { waited, trouble } => {
            let waited = waited.as_secs();
            let why = trouble
                .as_deref()
                .unwrap_or("see the log of the Functions host");
            format!("{name}: no record within {waited} s; {why}")
        }
        Arrival::NotSent(error) => format!("{name}: not sent: {error:#}"),
    }
}

/// How many files had which result.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    processed: usize,
    rejected: usize,
    deleted: usize,
    pub(super) missing: usize,
}

impl Tally {
    pub(super) fn add(&mut self, arrival: &Arrival) {
        match arrival {
            Arrival::Recorded { record, .. } => match record.status {
                Status::Processed => self.processed += 1,
                Status::Rejected => self.rejected += 1,
                Status::Deleted => self.deleted += 1,
            },
            Arrival::Missing { .. } | Arrival::NotSent(_) => self.missing += 1,
        }
    }
}

/// Formats as `3 processed, 1 rejected`, and what is missing.
pub(super) fn total(tally: &Tally) -> String {
    let parts = [
        (tally.processed, "processed"),
        (tally.rejected, "rejected"),
        (tally.deleted, "deleted"),
        (tally.missing, "without a record"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    parts
        .map(|(number, what)| format!("{number} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}

fn processed(name: &str, took: &str, record: &Record) -> String {
    let bytes = text::bytes(record.file.bytes);
    let image = record.image.as_ref().map_or_else(String::new, |image| {
        format!("{}×{} {}, ", image.width, image.height, image.format)
    });
    let mut lines = vec![format!("{name}: processed in {took}, {image}{bytes}")];
    lines.extend(record.renditions.iter().map(rendition));
    let warnings = record.processing.warnings.iter();
    lines.extend(warnings.map(|warning| format!("  warning: {}", warning.message)));
    lines.join("\n")
}

fn rendition(rendition: &RenditionRecord) -> String {
    let preset = &rendition.preset;
    if rendition.outcome != Outcome::Written {
        let outcome = if rendition.outcome == Outcome::Skipped {
            "skipped"
        } else {
            "failed"
        };
        let reason = rendition.reason.as_deref().unwrap_or("no reason given");
        return format!("  {preset:<8} {outcome}: {reason}");
    }
    let size = match (rendition.width, rendition.height) {
        (Some(width), Some(height)) => format!("{width}×{height}"),
        _ => String::new(),
    };
    let bytes = rendition.bytes.map_or_else(String::new, text::bytes);
    let path = rendition.path.as_deref().unwrap_or_default();
    format!(
        "  {preset:<8} {size:>11} {bytes:>7}  {}/{path}",
        contract::names::RENDITIONS
    )
}

fn rejected(name: &str, took: &str, record: &Record) -> String {
    let reason = record
        .error
        .as_ref()
        .map_or_else(String::new, ToString::to_string);
    format!("{name}: rejected in {took}: {reason}")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::json;

    use super::*;

    /// A record as it is in the database.
    fn recorded(fields: &serde_json::Value) -> Arrival {
        let mut record = json!({"id": "a.jpg", "createdAt": "2026-01-02T03:04:05.678Z"});
        record
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        Arrival::Recorded {
            record: serde_json::from_value(record).unwrap(),
            took: Duration::from_millis(840),
        }
    }

    #[test]
    fn a_processed_image_shows_its_renditions() {
        let arrival = recorded(&json!({
            "status": "processed",
            "file": {"bytes": 2_949_120},
            "image": {"format": "jpeg", "width": 3024, "height": 4032},
            "renditions": [
                {"preset": "thumb", "outcome": "written", "path": "a.jpg/thumb.webp",
                 "width": 250, "height": 250, "bytes": 8_149},
                {"preset": "large", "outcome": "failed", "reason": "It could not be encoded."},
            ],
            "processing": {"warnings": [{"code": "x", "message": "The EXIF block is damaged."}]},
        }));
        assert_eq!(
            of("a.jpg", &arrival),
            "a.jpg: processed in 0.84 s, 3024×4032 jpeg, 2.9 MB\n  \
             thumb        250×250  8.1 kB  renditions/a.jpg/thumb.webp\n  \
             large    failed: It could not be encoded.\n  \
             warning: The EXIF block is damaged."
        );
    }

    #[test]
    fn a_rejected_image_shows_the_sentence_and_the_code() {
        let arrival = recorded(&json!({
            "status": "rejected",
            "error": {"code": "empty", "message": "The file is empty."},
        }));
        assert_eq!(
            of("a.jpg", &arrival),
            "a.jpg: rejected in 0.84 s: The file is empty. (empty)"
        );
    }

    #[test]
    fn the_total_leaves_out_what_there_is_none_of() {
        let mut tally = Tally::default();
        tally.add(&recorded(&json!({"status": "processed"})));
        let trouble = Some("no route to host".to_owned());
        let waited = Duration::from_mins(1);
        tally.add(&Arrival::Missing { waited, trouble });
        assert_eq!(total(&tally), "1 processed, 1 without a record");
    }
}
