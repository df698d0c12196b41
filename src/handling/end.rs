//! How an event ended.

use std::fmt;

use azure_functions_custom_handler::Outputs;
use contract::{Record, Rejection};

use crate::standing::Standing;

/// The result of an event.
#[derive(Debug)]
pub struct Handled {
    /// How it ended.
    pub end: End,
    /// What the host is to write, if anything.
    pub outputs: Outputs,
}

/// How an event ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Record and renditions were delivered.
    Processed {
        /// How many renditions were delivered.
        renditions: usize,
    },
    /// A record that says why there are no renditions was delivered.
    Rejected(Rejection),
    /// It changed nothing, because the record says that there is nothing to do.
    Unchanged(Standing),
    /// It changed nothing, because the original is gone.
    Gone,
    /// A run would have rejected the image and left it as it was.
    Kept(Rejection),
    /// It has no record, because its name belongs to another image. It is kept as a dead letter.
    Taken,
}

impl fmt::Display for End {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Processed { renditions } => {
                write!(formatter, "processed: {renditions} renditions")
            }
            Self::Rejected(rejection) => write!(formatter, "rejected: {rejection}"),
            Self::Unchanged(Standing::Done) => {
                formatter.write_str("unchanged: it was already handled")
            }
            Self::Unchanged(Standing::Deleted) => {
                formatter.write_str("unchanged: the image was deleted")
            }
            Self::Unchanged(_) => formatter.write_str("unchanged: there is a newer version"),
            Self::Gone => formatter.write_str("unchanged: the original is gone"),
            Self::Kept(rejection) => write!(formatter, "left unchanged: {rejection}"),
            Self::Taken => {
                formatter.write_str("refused: an image from another source has this name")
            }
        }
    }
}

impl Handled {
    /// The result of an event for which the host has nothing to write.
    #[must_use]
    pub fn without_outputs(name: &str, end: End) -> Self {
        Self {
            outputs: Outputs::new().log(format!("{name} {end}")),
            end,
        }
    }
}

impl End {
    pub(super) fn of(record: &Record) -> Self {
        match &record.error {
            Some(error) => Self::Rejected(error.clone()),
            None => Self::Processed {
                renditions: record.renditions.len(),
            },
        }
    }
}
