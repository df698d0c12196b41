//! The zip for deploying a function app with a custom handler.
//!
//! - [`write()`] writes it, with the executable bit for the handler only
//! - [`check`] checks whether a handler starts where Azure Functions runs it

/// The example of README.md, compiled with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod archive;
mod compatibility;

pub use archive::{Entries, add_folder, write};
pub use compatibility::check;
