//! Checks the function that sends events about images: it must read the container of records and lose nothing.

use super::{RecordStore, WiringError, function_json::Function, has_trigger};
use crate::functions::publish_events::TRIGGER;

/// The number of retries that means no limit.
const FOR_EVER: i64 = -1;

pub(super) fn check(function: &Function, records: &RecordStore) -> Result<(), WiringError> {
    let trigger = has_trigger(function, "cosmosDBTrigger", TRIGGER)?;
    if RecordStore::of(trigger) != *records {
        let problem = "the trigger must read the container of ProcessUpload's records";
        return Err(function.problem(Some(trigger), problem.to_owned()));
    }
    if function.retries() == Some(FOR_EVER) {
        return Ok(());
    }
    // After a failure the host continues with the feed, and nobody sends the failed changes again.
    let problem = "changes that fail would be lost: add a retry policy with a maxRetryCount of -1";
    Err(function.problem(None, problem.to_owned()))
}
