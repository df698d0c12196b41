//! The ways out: through the function's output bindings, or straight to storage and database. The
//! names, the bytes and the record are the same either way.

mod bindings;
mod direct;

use contract::{DeadLetter, Record, Status};
use custom_handler::Outputs;

pub use bindings::{DEAD_LETTER, RECORD};
pub use direct::Direct;

use std::sync::Arc;

use crate::{error::Retry, process::Processed};

/// A way out.
pub enum Delivery {
    /// The host writes: this process needs no right to write anything.
    Bindings,
    /// The SDKs write, with content types and cache control, and the record last.
    Direct(Arc<Direct>),
}

impl Delivery {
    /// Hands over or writes everything.
    ///
    /// # Errors
    ///
    /// Passing trouble; what was written is written again by the next try.
    pub async fn deliver(
        &self,
        processed: Processed,
        dead_letter: Option<DeadLetter>,
    ) -> Result<Outputs, Retry> {
        let log = summary(&processed.record);
        let outputs = match self {
            Self::Bindings => bindings::outputs(processed, dead_letter)?,
            Self::Direct(direct) => {
                direct.deliver(processed, dead_letter).await?;
                Outputs::new()
            }
        };
        Ok(outputs.log(log))
    }
}

/// One line for the host's log.
fn summary(record: &Record) -> String {
    let name = &record.source.name;
    match (&record.status, &record.error) {
        (Status::Rejected, Some(error)) => format!("rejected {name}: {error}"),
        _ => format!("processed {name}: {} renditions", record.renditions.len()),
    }
}
