//! Delivery through the output bindings of function.json.

use azure_functions_custom_handler::Outputs;
use contract::Record;

use super::{Delivered, Direct, paths};
use crate::{
    error::{Error, Retry},
    patience::Patience,
    process::Processed,
    standing::Standing,
    stores::{attempts::Attempt, originals::Presence, records::StoredRecord, renditions::Stored},
};

/// The record's binding. Each rendition's binding has the name of its preset.
pub const RECORD: &str = "record";

/// Delivery through the host, which writes the outputs in parallel after the answer.
#[derive(Clone, Copy)]
pub struct Bindings<'a>(pub &'a Direct);

impl Bindings<'_> {
    /// Names every output, if the original is still the newest version at this moment.
    ///
    /// The host parses a record and serialises it again, which changes some texts. A record with
    /// such a text is written directly instead, so that the stored record is the same in both
    /// modes.
    ///
    /// # Errors
    ///
    /// Rejected if storage or database refuse it for good; retry if they are in trouble.
    pub async fn deliver(
        self,
        processed: Processed,
        known: Option<StoredRecord>,
        attempt: &Attempt,
        patience: &Patience,
    ) -> Result<Delivered, Error> {
        let outputs = match Outputs::new().record(RECORD, &processed.record) {
            Ok(outputs) => outputs,
            Err(error) => {
                tracing::debug!(%error, "the record is written directly");
                return Box::pin(self.0.deliver(processed, known, attempt, patience)).await;
            }
        };
        match self.0.presence(patience, &processed.record.source).await? {
            Presence::Current => {}
            Presence::Changed => return Ok(Delivered::Unchanged(Standing::Superseded)),
            Presence::Gone => return self.0.withdraw(patience, &processed.record, attempt).await,
        }
        if known.is_some() || processed.renditions.is_empty() {
            self.remove_what_is_left(patience, &processed.record)
                .await?;
        }
        let renditions = processed.renditions.into_iter();
        let outputs = renditions.fold(outputs, |outputs, rendition| {
            outputs.bytes(rendition.preset, rendition.bytes)
        });
        Ok(Delivered::Written(outputs))
    }

    /// Whether everything that a record names exists. The host writes in any order, and some of its
    /// writes may have failed.
    pub async fn is_complete(self, patience: &Patience, record: &Record) -> Result<bool, Retry> {
        let stored = self.0.renditions.of(patience, &record.source.name).await?;
        let is_stored = |path: &str, bytes: Option<u64>| {
            stored
                .iter()
                .any(|one| one.blob.name == path && Some(one.blob.bytes) == bytes)
        };
        Ok(record.renditions.iter().all(|rendition| {
            let path = rendition.path.as_deref();
            path.is_none_or(|path| is_stored(path, rendition.bytes))
        }))
    }

    /// Removes renditions that the new record does not name.
    async fn remove_what_is_left(self, patience: &Patience, record: &Record) -> Result<(), Retry> {
        let stored = self.0.renditions.of(patience, &record.source.name).await?;
        let left: Vec<Stored> = stored
            .into_iter()
            .filter(|one| !paths(record).any(|path| path == one.blob.name))
            .collect();
        self.0.renditions.delete(patience, &left).await
    }
}
