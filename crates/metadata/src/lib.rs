//! Reads facts about an image from its bytes and pixels, in the terms of the record.
//!
//! - [`embedded`]: one entry point for everything embedded in the file, [`embedded::describe`]
//!   - [`exif`]: camera, dates and position from an EXIF block
//!   - [`xmp`], [`iptc`]: what people wrote, from an XMP packet and an IPTC-IIM block
//!   - [`c2pa`]: what a manifest store claims about how the picture was made
//!   - [`icc`]: the name of a colour profile
//! - [`derived`]: facts from the pixels of a small preview: colours, hashes, placeholder
//! - [`digest`]: hashes of the file's bytes
//!
//! A file's metadata comes in blocks, which the caller extracts from the container: `blocks` → [`exif::read`],
//! [`xmp::read`], [`iptc::read`], [`c2pa::read`] → [`Facts`] merged by priority → the record's `exif`, `gps`,
//! `descriptive` and `provenance`.
//!
//! Nothing here does IO, and nothing here fails: a broken block gives a [`Warning`](contract::Warning), and its
//! readable part is read. Every block is untrusted, so time and memory are bounded by its length, and what goes into
//! the record is bounded by [`text`].

mod boilerplate;
pub mod c2pa;
mod date_time;
pub mod derived;
pub mod digest;
pub mod embedded;
pub mod exif;
mod facts;
pub mod icc;
pub mod iptc;
mod position;
mod provenance;
pub mod text;
mod tiff;
pub mod xmp;

pub use boilerplate::is_by_a_camera;
pub use facts::{Facts, Sources};
