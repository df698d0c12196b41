//! A record as a person reads it in a terminal.

use contract::{Outcome, Record, RenditionRecord, Status};

use super::arrival::Arrival;
use crate::text;

/// What became of the file `name`: a line, and a line for each rendition and warning.
pub(super) fn of(name: &str, arrival: &Arrival) -> String {
    match arrival {
        Arrival::Recorded { record, took } => {
            let took = text::seconds(*took);
            match record.status {
                Status::Processed => processed(name, &took, record),
                Status::Rejected => rejected(name, &took, record),
            }
        }
        Arrival::Missing { waited, trouble } => {
            let waited = waited.as_secs();
            let why = trouble
                .as_deref()
                .unwrap_or("the log of the Functions host says why");
            format!("{name}: no record within {waited} s; {why}")
        }
        Arrival::NotUploaded(error) => format!("{name}: not uploaded: {error:#}"),
    }
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
