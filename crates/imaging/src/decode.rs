//! Decodes the bytes of an original to the pixels of its first frame, still as stored.

mod bitmap;
mod canvas;
mod gif;
mod heif;
mod jpeg;
#[cfg(feature = "jxl")]
mod jxl;
mod png;
mod shrink;
mod tiff;
mod webp;

pub(crate) use gif::GifFrames;
pub(crate) use png::ApngFrames;

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::budget::Meter;
use crate::format::Format;
use crate::inspect::Inspection;
use crate::raster::{Packed, Planar};
use crate::refusal::Refusal;
use crate::warnings::Warnings;

/// What the following steps need of the pixels, and what the decoder may use.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// The minimum dimensions, as stored. A decoder that can reduce may return any size above them.
    pub(crate) cover: (u32, u32),
    /// Whether a decoder may use a second thread, if most of the work stays in the calling one.
    pub(crate) threads: bool,
    /// The processor time of the original.
    pub(crate) meter: &'a Meter<'a>,
}

/// Decoded pixels, in stored orientation and stored colours.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) pixels: Pixels,
    /// The size of the picture within the pixels. It is smaller than their dimensions by a fraction if a reduction did
    /// not divide evenly.
    pub(crate) extent: (f64, f64),
    /// What was damaged, if some pixels of the file are missing.
    pub(crate) damage: Option<String>,
    /// Warnings about the pixel data, although all of it is there.
    pub(crate) warnings: Warnings,
}

#[derive(Debug)]
pub(crate) enum Pixels {
    Packed(Packed),
    Planar(Planar),
}

impl Decoded {
    fn whole(pixels: Packed, damage: Option<String>) -> Self {
        let extent = (f64::from(pixels.width), f64::from(pixels.height));
        Self {
            pixels: Pixels::Packed(pixels),
            extent,
            damage,
            warnings: Warnings::default(),
        }
    }
}

/// Decodes the first frame.
pub(crate) fn decode(
    original: &[u8],
    inspection: &Inspection<'_>,
    request: Request<'_>,
) -> Result<Decoded, Refusal> {
    let decoded = match inspection.format {
        Format::Jpeg | Format::Raw(_) => {
            jpeg::decode(inspection.picture(original), inspection, request)
        }
        Format::Png => png::decode(original, request),
        Format::WebP => webp::decode(original, inspection, request),
        Format::Gif => gif::decode(original, inspection, request.meter),
        Format::Tiff => tiff::decode(original, inspection, request),
        Format::Bmp => bitmap::decode_bmp(original, request.meter),
        Format::Ico => bitmap::decode_ico(original, request),
        Format::Avif => heif::decode(original, inspection, request),
        Format::Heic => guarded(Format::Heic, || heif::decode(original, inspection, request)),
        #[cfg(feature = "jxl")]
        Format::Jxl => guarded(Format::Jxl, || jxl::decode(original, inspection, request)),
        #[cfg(not(feature = "jxl"))]
        Format::Jxl => Err(undecodable(Format::Jxl, "there is no decoder for it")),
    };
    // A decoder that ran out of time stops where it is, and whatever it reports means nothing.
    request.meter.check()?;
    decoded
}

/// Turns a panic of a third-party decoder into a refusal. Such a file is damaged in a way that the decoder's authors
/// did not expect.
fn guarded(
    format: Format,
    decode: impl FnOnce() -> Result<Decoded, Refusal>,
) -> Result<Decoded, Refusal> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(undecodable(format, "its decoder failed")))
}

/// The factor by which a picture may be reduced before the resize step. It leaves at least twice the needed pixels each
/// way, and then a plain average gives the same visible result as Lanczos from the full size.
pub(crate) fn spare_factor(size: (u32, u32), cover: (u32, u32)) -> u32 {
    const HEADROOM: u32 = 2;
    (size.0 / (cover.0 * HEADROOM))
        .min(size.1 / (cover.1 * HEADROOM))
        .max(1)
}

/// The refusal of pixel data that cannot be decoded.
pub(crate) fn undecodable(format: Format, reason: impl std::fmt::Display) -> Refusal {
    Refusal::corrupt(format!(
        "The pixel data of the {} file cannot be decoded: {reason}.",
        format.title()
    ))
}
