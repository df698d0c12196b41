//! The ways out: through the function's output bindings, or straight to storage and database. The
//! names, the bytes and the record are the same either way.

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
    stores::{attempts::Attempt, records::Known},
};

/// Who writes the renditions and the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryMode {
    /// The host writes, after the answer and under no condition.
    Bindings,
    /// The handler writes, before the answer, and only what is still the newest.
    Direct,
}

/// What became of a delivery.
#[derive(Debug)]
pub enum Delivered {
    /// Record and renditions are written, or are in the outputs that the host will write.
    Written(Outputs),
    /// Nothing, because something newer or a deletion came in between.
    Unchanged(Standing),
    /// Nothing, because the original is gone.
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
    /// Hands over or writes everything.
    ///
    /// # Errors
    ///
    /// Rejected where storage or database refuse it for good, retry where they are in trouble.
    pub async fn deliver(
        self,
        processed: Processed,
        known: Option<Known>,
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

/// The names of the blobs that a record speaks of.
fn paths(record: &Record) -> impl Iterator<Item = &str> {
    record
        .renditions
        .iter()
        .filter_map(|rendition| rendition.path.as_deref())
}
