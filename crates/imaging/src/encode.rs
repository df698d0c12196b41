//! Encodes a finished picture to the bytes of a rendition.

#[cfg(feature = "avif-encode")]
mod avif;
mod jpeg;
mod png;
mod search;
pub(crate) mod webp;

use crate::budget::Meter;
use crate::format::Format;
use crate::picture::Picture;
use crate::presets::{OutputFormat, Preset};
use crate::refusal::{Refusal, RefusalCode};

/// Encodes a picture as a JPEG with a preset's quality and effort.
pub(crate) fn encode_jpeg(picture: &Picture, preset: &Preset) -> Result<Vec<u8>, Refusal> {
    jpeg::encode(picture, preset)
}

/// A file, and the quality with which it was written, if it is lossy.
pub(crate) struct Encoded {
    pub(crate) bytes: Vec<u8>,
    pub(crate) quality: Option<u8>,
}

/// Encodes a picture by its preset.
///
/// `drawn` says that the original is stored without loss, so that `auto` may choose a lossless format. `reserved` is
/// the number of bytes that are added to the file later.
pub(crate) fn encode(
    picture: &Picture,
    preset: &Preset,
    drawn: bool,
    reserved: usize,
    threads: bool,
    meter: &Meter<'_>,
) -> Result<Encoded, Refusal> {
    match preset.format {
        OutputFormat::Jpeg => lossy(preset, reserved, meter, |preset| {
            jpeg::encode(picture, preset)
        }),
        OutputFormat::Png => png::encode(picture, preset).map(lossless),
        OutputFormat::WebP => lossy(preset, reserved, meter, |preset| {
            webp::encode(picture, preset, false, threads, meter)
        }),
        OutputFormat::Auto if drawn && webp::is_flat(picture) => {
            webp::encode(picture, preset, true, threads, meter).map(lossless)
        }
        OutputFormat::Auto => lossy(preset, reserved, meter, |preset| {
            webp::encode(picture, preset, false, threads, meter)
        }),
        #[cfg(feature = "avif-encode")]
        OutputFormat::Avif => lossy(preset, reserved, meter, |preset| {
            avif::encode(picture, preset)
        }),
        #[cfg(not(feature = "avif-encode"))]
        OutputFormat::Avif => Err(Refusal::new(
            RefusalCode::CannotEncode,
            "This build cannot write AVIF.",
        )),
    }
}

fn lossless(bytes: Vec<u8>) -> Encoded {
    Encoded {
        bytes,
        quality: None,
    }
}

/// Encodes with the preset's quality, or with a lower one if the file would have too many bytes.
fn lossy(
    preset: &Preset,
    reserved: usize,
    meter: &Meter<'_>,
    encode: impl Fn(&Preset) -> Result<Vec<u8>, Refusal>,
) -> Result<Encoded, Refusal> {
    let most_bytes = preset.max_bytes.map_or(usize::MAX, |most| {
        usize::try_from(most).unwrap_or(usize::MAX)
    });
    let try_quality = |quality| {
        meter.check()?;
        encode(&Preset {
            quality,
            ..preset.clone()
        })
    };
    let (bytes, quality) = search::within(
        most_bytes.saturating_sub(reserved),
        preset.quality,
        try_quality,
    )?;
    Ok(Encoded {
        bytes,
        quality: Some(quality),
    })
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
