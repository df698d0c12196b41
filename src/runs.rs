//! Runs: images that are made anew from originals that are there already.
//!
//! A run's document says which images, how fast, and how far it is; its work waits in a queue. The
//! message [`Feed`](contract::RunMessage::Feed) puts the images of one minute into the queue, to be
//! seen one after another during that minute, and then itself for the next. So the pace is held by the
//! queue, whatever is killed, and stopping a run takes a minute at most.

pub mod condition;
mod feed;
mod image;
mod outcome;
pub mod predict;

/// The run of what `darkroom check --repair` makes anew. It has no document, and writes every rendition
/// whatever is stored.
pub const REPAIR: &str = "repair";

pub use feed::{feed, start};
pub use image::{image, of_message};
pub use outcome::{keep_creation, refuse};
