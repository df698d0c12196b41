//! What an image's bytes and pixels say about it, in the terms of the record.
//!
//! - [`embedded`]: one entry for what is embedded in the file, [`embedded::describe`]
//!   - [`exif`]: camera, dates and position from an EXIF block
//!   - [`xmp`], [`iptc`]: what people wrote, from an XMP packet and an IPTC-IIM block
//!   - [`c2pa`]: what a manifest store claims about how the picture came to be
//!   - [`icc`]: the name of a colour profile
//! - [`derived`]: what the pixels of a small preview say: colours, hashes, placeholder
//! - [`digest`]: what the file's bytes hash to
//!
//! A file's metadata comes in blocks, which whoever reads the container hands over:
//! `blocks` → [`exif::read`], [`xmp::read`], [`iptc::read`], [`c2pa::read`] → [`Facts`] merged by
//! priority → the record's `exif`, `gps`, `descriptive` and `provenance`.
//!
//! Nothing here does IO, and nothing here fails: a broken block is a
//! [`Warning`](contract::Warning), and what can be read of it is read. Every block is untrusted, so time and
//! memory are bounded by its length, and what goes into the record is bounded by [`text`].

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
