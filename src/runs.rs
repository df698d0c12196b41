//! Runs: making many images again from originals that exist already.
//!
//! A run's document says which images, how fast, and how far it is. Its work waits in a queue. The
//! message [`Feed`](contract::RunMessage::Feed) puts the images of one minute into the queue, to
//! become visible one after another during that minute, and then itself for the next. So the queue
//! keeps the pace, whichever process is killed, and stopping a run takes a minute at most.

pub mod condition;
mod feed;
mod image;
mod outcome;
pub mod predict;

/// The name of the run for images that `darkroom check --repair` makes again. It has no document,
/// and writes every rendition even if it is stored already.
pub const REPAIR: &str = "repair";

pub use feed::{feed, start};
pub use image::{image, of_message};
pub use outcome::{keep_creation, refuse};
