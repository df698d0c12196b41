//! Encoders: from a finished picture to the bytes of a rendition.

#[cfg(feature = "avif-encode")]
mod avif;
mod jpeg;
mod png;
pub(crate) mod webp;

use crate::budget::Meter;
use crate::format::Format;
use crate::picture::Picture;
use crate::presets::{OutputFormat, Preset};
use crate::refusal::{Refusal, RefusalCode};

/// Encodes a picture as its preset says.
///
/// `drawn` says that the original is stored without loss, so that `auto` may keep it so.
pub(crate) fn encode(
    picture: &Picture,
    preset: &Preset,
    drawn: bool,
    threads: bool,
    meter: &Meter<'_>,
) -> Result<Vec<u8>, Refusal> {
    match preset.format {
        OutputFormat::Jpeg => jpeg::encode(picture, preset),
        OutputFormat::Png => png::encode(picture, preset),
        OutputFormat::WebP => webp::encode(picture, preset, false, threads, meter),
        OutputFormat::Auto => {
            let lossless = drawn && webp::is_flat(picture);
            webp::encode(picture, preset, lossless, threads, meter)
        }
        #[cfg(feature = "avif-encode")]
        OutputFormat::Avif => avif::encode(picture, preset),
        #[cfg(not(feature = "avif-encode"))]
        OutputFormat::Avif => Err(Refusal::new(
            RefusalCode::CannotEncode,
            "This build cannot write AVIF.",
        )),
    }
}

/// The refusal of a rendition that cannot be written.
fn unencodable(format: Format, size: (u32, u32), reason: impl std::fmt::Display) -> Refusal {
    Refusal::new(
        RefusalCode::CannotEncode,
        format!(
            "A rendition of {}×{} pixels cannot be written as {format}: {reason}.",
            size.0, size.1
        ),
    )
}
