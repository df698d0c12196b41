//! The way out: renditions and record as outputs of the function, which the host writes.

use anyhow::Context as _;
use contract::Status;
use custom_handler::Outputs;

use crate::{error::Retry, process::Processed};

/// The binding of the record; each rendition's binding is named like its preset.
pub const RECORD: &str = "record";

/// Names every output. The host writes them in parallel after the answer; should one fail, the
/// whole event comes again and overwrites them all.
pub fn through_bindings(processed: Processed) -> Result<Outputs, Retry> {
    let Processed { record, renditions } = processed;
    let summary = match (&record.status, &record.error) {
        (Status::Rejected, Some(error)) => format!("rejected {}: {error}", record.source.name),
        _ => format!(
            "processed {}: {} renditions",
            record.source.name,
            renditions.len()
        ),
    };
    let document = serde_json::to_value(&record)
        .context("a record is always JSON")
        .map_err(|error| Retry::new("writing the record", error))?;
    let outputs = Outputs::new().json(RECORD, document).log(summary);
    Ok(renditions.into_iter().fold(outputs, |outputs, rendition| {
        outputs.bytes(rendition.preset, rendition.bytes)
    }))
}
