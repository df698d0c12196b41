//! Delivery of renditions and records: through the function's output bindings, or straight to
//! storage and database. Names, bytes and record are the same in both modes.

mod bindings;
mod direct;
mod removal;

use azure_functions_custom_handler::Outputs;
use contract::Record;

pub use bindings::{Bindings, RECORD};
pub use direct::Direct;

use crate::{
    error::Error,
    patience::Patience,
    process::Processed,
    standing::Standing,
    stores::{attempts::Attempt, records::StoredRecord},
};

/// Who writes the renditions and the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryMode {
    /// The host writes, after the answer and without conditions.
    Bindings,
    /// The handler writes before the answer, and writes only what still belongs to the newest
    /// version.
    Direct,
}

/// The result of a delivery.
#[derive(Debug)]
pub enum Delivered {
    /// Record and renditions are written, or are in the outputs that the host will write.
    Written(Outputs),
    /// Nothing was written, because something newer or a deletion came in between.
    Unchanged(Standing),
    /// Nothing was written, because the original is gone.
    Gone,
}

/// A delivery in one of the two modes.
#[derive(Clone, Copy)]
pub enum Delivery<'a> {
    /// See [`DeliveryMode::Bindings`].
    Bindings(Bindings<'a>),
    /// See [`DeliveryMode::Direct`].
    Direct(&'a Direct),
}

impl Delivery<'_> {
    /// Writes everything, or hands it to the host.
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
        match self {
            Self::Bindings(bindings) => {
                Box::pin(bindings.deliver(processed, known, attempt, patience)).await
            }
            Self::Direct(direct) => {
                Box::pin(direct.deliver(processed, known, attempt, patience)).await
            }
        }
    }
}

/// The names of the blobs that a record lists.
fn paths(record: &Record) -> impl Iterator<Item = &str> {
    record
        .renditions
        .iter()
        .filter_map(|rendition| rendition.path.as_deref())
}
