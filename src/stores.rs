//! Everything outside the process: originals, renditions, records, marks of attempts, dead letters, runs.
//!
//! Every request to a service is made here and waits out passing trouble ([`Patience`](crate::patience::Patience)).
//! What others may change at the same time is written under a condition.

pub mod accounts;
pub mod attempts;
pub mod container;
pub mod dead_letters;
pub mod originals;
pub mod queue;
pub mod records;
pub mod renditions;
pub mod runs;

use std::fmt::Write as _;

/// Lowercase hexadecimal.
fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}
