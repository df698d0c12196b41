//! Decoders: from the bytes of an original to the pixels of its first frame, still as stored.

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

/// What the following steps need of the pixels, and what they may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Request<'a> {
    /// Dimensions, as stored, that must be covered: a decoder that can reduce may stop anywhere above them.
    pub(crate) cover: (u32, u32),
    /// Whether a decoder may use a second thread of its own, if most of the work stays in the calling one.
    pub(crate) threads: bool,
    /// The processor time of the original.
    pub(crate) meter: &'a Meter<'a>,
}

/// Decoded pixels, in stored orientation and stored colours.
#[derive(Debug)]
pub(crate) struct Decoded {
    pub(crate) pixels: Pixels,
    /// How much of the pixels the picture covers, in pixels. It is less than their dimensions by a fraction where a
    /// reduction did not come out even.
    pub(crate) extent: (f64, f64),
    /// What was damaged, if the pixels are not all that the file should hold.
    pub(crate) damage: Option<String>,
    /// What is odd about the pixel data, although all of it is there.
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
    // A decoder whose time is up stops where it is, and whatever it says then means nothing.
    request.meter.check()?;
    decoded
}

/// Turns a panic of a decoder that is not ours into a refusal: such a file is damaged in a way that its authors had not
/// thought of.
fn guarded(
    format: Format,
    decode: impl FnOnce() -> Result<Decoded, Refusal>,
) -> Result<Decoded, Refusal> {
    catch_unwind(AssertUnwindSafe(decode))
        .unwrap_or_else(|_| Err(undecodable(format, "its decoder gave up")))
}

/// The factor by which a picture may be reduced before the resize step, so that this step has at least twice the
/// pixels that it needs each way: a plain average down to there cannot be told from Lanczos from the top.
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
