//! Through the output bindings of function.json.

use contract::DeadLetter;
use custom_handler::Outputs;
use serde::Serialize;
use serde_json::Value;

use crate::{error::Retry, process::Processed};

/// The record's binding; each rendition's binding is named like its preset.
pub const RECORD: &str = "record";
/// The binding of dead letters.
pub const DEAD_LETTER: &str = "deadLetter";

/// Names every output. The host writes them in parallel after the answer; should one fail, the
/// whole event comes again and overwrites them all.
pub(super) fn outputs(
    processed: Processed,
    dead_letter: Option<DeadLetter>,
) -> Result<Outputs, Retry> {
    let mut outputs = Outputs::new().json(RECORD, document(&processed.record)?);
    if let Some(letter) = dead_letter {
        outputs = outputs.json(DEAD_LETTER, document(&letter)?);
    }
    Ok(processed
        .renditions
        .into_iter()
        .fold(outputs, |outputs, rendition| {
            outputs.bytes(rendition.preset, rendition.bytes)
        }))
}

fn document(value: &impl Serialize) -> Result<Value, Retry> {
    serde_json::to_value(value).map_err(|error| Retry::new("writing JSON", error))
}
