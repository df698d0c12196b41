//! The zip that a function app with a custom handler is deployed as.
//!
//! - [`write()`] writes it, with the run bit for the handler alone
//! - [`check`] says whether a handler starts where Azure Functions runs it

mod archive;
mod compatibility;

pub use archive::{Entries, add_folder, write};
pub use compatibility::check;
