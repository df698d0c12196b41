//! Decodes JPEG at the smallest scale that still covers what is needed: usual files with the decoder of this crate, all
//! others with libjpeg-turbo.

use super::{Decoded, Pixels, Request, undecodable};
use crate::budget::Meter;
use crate::ffi::turbojpeg::Decoder;
use crate::format::Format;
use crate::inspect::{ColourSpace, Inspection, jpeg};
use crate::jpeg::decoder::Decoder as UsualDecoder;
use crate::jpeg::marker;
use crate::raster::{Model, Packed};
use crate::refusal::Refusal;
use crate::warnings::Warnings;

/// Scales in eighths for which libjpeg-turbo has vector code. The scales between them are slower than the next larger
/// one.
const SCALES: [u32; 4] = [1, 2, 4, 8];

/// libjpeg's warning about a file without an end marker, whether or not pixels are missing.
const ENDS_EARLY: &str = "Premature end of JPEG file";

/// libjpeg's warnings about files whose pixels are all there.
const HARMLESS: [&str; 2] = [
    "extraneous bytes before marker",
    "Unknown Adobe color transform code",
];

pub(super) fn decode(
    original: &[u8],
    inspection: &Inspection<'_>,
    request: Request<'_>,
) -> Result<Decoded, Refusal> {
    if let Some(decoded) = decode_usual(original, inspection, request) {
        return Ok(decoded);
    }
    request.meter.check()?;
    let decoded = decode_any(original, inspection, request)?;
    let ends_early = decoded
        .damage
        .as_ref()
        .is_some_and(|damage| damage.contains(ENDS_EARLY));
    if ends_early && inspection.coding.lacks_end {
        drop(decoded);
        return decode_without_end(original, inspection, request);
    }
    Ok(decoded)
}

/// Decodes a file whose end marker is missing. It adds one and, if pixels are missing, leaves out the scan that was cut
/// off if that scan only refines what is there.
fn decode_without_end(
    original: &[u8],
    inspection: &Inspection<'_>,
    request: Request<'_>,
) -> Result<Decoded, Refusal> {
    let with_end = |data: &[u8]| [data, &[0xFF, marker::EOI]].concat();
    let mut decoded = decode_any(&with_end(original), inspection, request)?;
    request.meter.check()?;
    if decoded.damage.is_none() {
        decoded.warnings.push(
            "jpeg-without-end",
            "The JPEG file has no end marker, but all of its pixels are present.",
        );
        return Ok(decoded);
    }
    let Some(before) = without_last_refinement(original, request.meter) else {
        return Ok(decoded);
    };
    drop(decoded);
    let mut decoded = decode_any(&with_end(before), inspection, request)?;
    decoded.warnings.push(
        "jpeg-scans-missing",
        "The JPEG file ends before its last scans, which would have refined its pixels.",
    );
    Ok(decoded)
}

/// The part of a progressive file before the scan in which it ends, if that scan refines, and if the scans before it
/// contain all coefficients except for their lowest bit, which nobody sees.
fn without_last_refinement<'a>(original: &'a [u8], meter: &Meter<'_>) -> Option<&'a [u8]> {
    const UNTOLD: u8 = u8::MAX;
    // How many of the lowest bits of each coefficient are still missing.
    let mut missing = [[UNTOLD; 64]; 256];
    let mut components: &[u8] = &[];
    let (mut last, mut offset): (Option<(usize, Scan<'_>)>, _) = (None, 2);
    while let Some((code, segment, next)) = marker::next_segment(original, offset) {
        offset = next;
        if meter.step() {
            return None;
        }
        match code {
            marker::SOF2 => components = segment.get(6..)?,
            marker::SOS => {
                if let Some((_, whole)) = last {
                    for component in whole.components.chunks_exact(2) {
                        missing[usize::from(component[0])]
                            .get_mut(whole.first..=whole.last)?
                            .fill(whole.low_bit);
                    }
                }
                last = Some((next - segment.len() - 4, Scan::read(segment)?));
            }
            _ => {}
        }
    }
    let (start, cut) = last?;
    let mut told = components.chunks_exact(3).map(|component| {
        let missing = &missing[usize::from(component[0])];
        missing.iter().all(|bits| *bits <= 1)
    });
    (cut.refines && !components.is_empty() && told.all(|told| told)).then(|| &original[..start])
}

/// The fields of a scan header (ITU-T T.81, B.2.3).
struct Scan<'a> {
    /// Two bytes each: identifier, tables.
    components: &'a [u8],
    /// The coefficients in it.
    first: usize,
    last: usize,
    /// The lowest bit in it.
    low_bit: u8,
    /// Whether the bits above are in earlier scans.
    refines: bool,
}

impl<'a> Scan<'a> {
    fn read(segment: &'a [u8]) -> Option<Self> {
        let (count, rest) = segment.split_first()?;
        let (components, rest) = rest.split_at_checked(2 * usize::from(*count))?;
        let [first, last, bits] = *rest.first_chunk()?;
        Some(Self {
            components,
            first: first.into(),
            last: last.into(),
            low_bit: bits & 15,
            refines: bits >> 4 > 0,
        })
    }
}

/// Decodes with libjpeg-turbo.
fn decode_any(
    original: &[u8],
    inspection: &Inspection<'_>,
    request: Request<'_>,
) -> Result<Decoded, Refusal> {
    let failed = |failure| undecodable(Format::Jpeg, failure);
    let mut decoder = Decoder::open(original).map_err(failed)?;
    let stored = decoder.size();
    if stored != (inspection.coded_width, inspection.coded_height) {
        return Err(Refusal::corrupt(
            "The JPEG file has two frame headers that contradict each other.",
        ));
    }
    let eighths = scale(stored, request.cover, SCALES);
    decoder.scale(eighths).map_err(failed)?;
    let (width, height) = decoder.size();
    let (pixels, remark) = match inspection.colour_space {
        ColourSpace::Cmyk | ColourSpace::Ycck => {
            let (mut inks, remark) = decoder.cmyk().map_err(failed)?;
            if jpeg::has_adobe_marker(original, request.meter) {
                inks.iter_mut().for_each(|ink| *ink = !*ink);
            }
            (
                Pixels::Packed(Packed::new8(width, height, Model::Cmyk, inks)),
                remark,
            )
        }
        ColourSpace::Grey | ColourSpace::YCbCr if decoder.has_planes() => {
            let (planes, remark) = decoder.planes().map_err(failed)?;
            (Pixels::Planar(planes), remark)
        }
        _ => {
            let (rgb, remark) = decoder.rgb().map_err(failed)?;
            (
                Pixels::Packed(Packed::new8(width, height, Model::Rgb, rgb)),
                remark,
            )
        }
    };
    let damage = remark.filter(|remark| !HARMLESS.iter().any(|harmless| remark.contains(harmless)));
    Ok(Decoded {
        pixels,
        extent: extent(stored, eighths),
        damage,
        warnings: Warnings::default(),
    })
}

/// Decodes a file of the usual kind without any error.
fn decode_usual(
    original: &[u8],
    inspection: &Inspection<'_>,
    request: Request<'_>,
) -> Option<Decoded> {
    if !matches!(
        inspection.colour_space,
        ColourSpace::Grey | ColourSpace::YCbCr
    ) {
        return None;
    }
    let decoder = UsualDecoder::open(original, request.meter)?;
    let stored = decoder.size();
    if stored != (inspection.coded_width, inspection.coded_height) {
        return None;
    }
    let eighths = scale(stored, request.cover, 1..=8);
    Some(Decoded {
        pixels: Pixels::Planar(decoder.planes(eighths, request.meter)?),
        extent: extent(stored, eighths),
        damage: None,
        warnings: Warnings::default(),
    })
}

/// The size of a picture at this many eighths.
fn extent((width, height): (u32, u32), eighths: u32) -> (f64, f64) {
    let scaled = |side: u32| f64::from(side) * f64::from(eighths) / 8.0;
    (scaled(width), scaled(height))
}

/// The smallest scale, in eighths, at which the picture still covers what is needed.
fn scale(stored: (u32, u32), cover: (u32, u32), scales: impl IntoIterator<Item = u32>) -> u32 {
    let covers = |eighths: u32| {
        let scaled = |side: u32| (u64::from(side) * u64::from(eighths)).div_ceil(8);
        scaled(stored.0) >= u64::from(cover.0) && scaled(stored.1) >= u64::from(cover.1)
    };
    scales
        .into_iter()
        .find(|eighths| covers(*eighths))
        .unwrap_or(8)
}

#[cfg(test)]
mod tests {
    use super::SCALES;

    #[test]
    fn the_largest_reduction_that_covers_is_chosen() {
        let scale = |stored, cover| {
            [
                super::scale(stored, cover, SCALES),
                super::scale(stored, cover, 1..=8),
            ]
        };
        assert_eq!(scale((4000, 3000), (1920, 1440)), [4, 4]);
        assert_eq!(scale((6000, 4000), (1920, 1280)), [4, 3]);
        assert_eq!(scale((2725, 2225), (1920, 1568)), [8, 6]);
        assert_eq!(scale((4000, 3000), (500, 375)), [1, 1]);
        assert_eq!(scale((4001, 3000), (501, 375)), [1, 1]);
        assert_eq!(scale((4000, 3000), (501, 375)), [2, 2]);
        assert_eq!(scale((8, 8), (8, 8)), [8, 8]);
    }
}
