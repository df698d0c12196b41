//! Tests the imaging core from outside. Every original is made by the test that uses it. Every rendition is read by a
//! decoder that the core does not use, if there is one.

#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::trivially_copy_pass_by_ref,
    reason = "tests make small pictures with known numbers, and fail if a result is not as expected"
)]

mod alpha;
mod animation;
mod bitmaps;
mod bounds;
mod colour;
mod damage;
mod editing;
mod formats;
mod gain_map;
mod geometry;
mod hdr;
#[cfg(feature = "heic")]
mod heic;
mod hostile;
#[cfg(feature = "jxl")]
mod jxl;
mod limits;
mod linear;
mod metadata;
mod orientation;
mod raw;
mod support;
mod tiff;
mod unusual;
