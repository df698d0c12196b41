//! Turns the bytes of an original into its picture: decoded, resized to the largest size that is needed, turned for
//! display, and in sRGB.

use super::{Timings, timed};
use crate::budget::Meter;
use crate::colour::{Colours, to_srgb};
use crate::decode::{Decoded, Pixels, Request, decode};
use crate::inspect::Inspection;
use crate::orient::{orient, orient_planar};
use crate::picture::Picture;
use crate::raster::{Packed, Pixels8};
use crate::refusal::Refusal;
use crate::resize::{Region, Scaler};
use crate::warnings::Warnings;

/// The requirements for the picture.
pub(super) struct Base {
    /// Its size as displayed.
    pub(super) size: (u32, u32),
    /// Whether planes are as good as pixels.
    pub(super) may_be_planar: bool,
    /// Whether a decoder may use other threads.
    pub(super) threads: bool,
    /// Whether damaged pixels are accepted.
    pub(super) accept_damaged: bool,
}

pub(super) fn base(
    original: &[u8],
    inspection: &Inspection<'_>,
    wanted: &Base,
    (colours, meter): (&Colours, &Meter<'_>),
    scaler: &mut Scaler,
    timings: &mut Timings,
    warnings: &mut Warnings,
) -> Result<Picture, Refusal> {
    let size = inspection.orientation.display_size(wanted.size);
    let request = Request {
        cover: size,
        threads: wanted.threads,
        meter,
    };
    let decoded = timed(&mut timings.decode, || {
        decode(original, inspection, request)
    })?;
    accept(&decoded, wanted.accept_damaged, warnings)?;
    warnings.append(decoded.warnings);

    let region = Region::whole(decoded.extent);
    Ok(match decoded.pixels {
        Pixels::Planar(planes) if colours.are_srgb() && wanted.may_be_planar => {
            timed(&mut timings.resize, || {
                Picture::Planar(orient_planar(
                    scaler.planar(&planes, region, size),
                    inspection.orientation,
                ))
            })
        }
        pixels => {
            let packed = timed(&mut timings.resize, || {
                orient(
                    to_size(pixels, scaler, region, size),
                    inspection.orientation,
                )
            });
            timed(&mut timings.colour, || {
                Picture::of(to_srgb(packed, colours, warnings))
            })
        }
    })
}

/// The picture of an undamaged original, at its full size in sRGB pixels.
pub(crate) fn displayed(original: &[u8], inspection: &Inspection<'_>) -> Result<Pixels8, Refusal> {
    let account = inspection.budget.account();
    let colours = Colours::of(inspection);
    let picture = decoded(original, inspection, &colours, &account.meter())?;
    Ok(picture.into_pixels(&mut Scaler::default()))
}

/// The picture of an undamaged original, at its full size.
pub(crate) fn decoded(
    original: &[u8],
    inspection: &Inspection<'_>,
    colours: &Colours,
    meter: &Meter<'_>,
) -> Result<Picture, Refusal> {
    let wanted = Base {
        size: (inspection.width, inspection.height),
        may_be_planar: true,
        threads: false,
        accept_damaged: false,
    };
    base(
        original,
        inspection,
        &wanted,
        (colours, meter),
        &mut Scaler::default(),
        &mut Timings::default(),
        &mut Warnings::default(),
    )
}

/// Refuses damaged data, unless the caller accepts it.
fn accept(decoded: &Decoded, accept_damaged: bool, warnings: &mut Warnings) -> Result<(), Refusal> {
    match &decoded.damage {
        None => Ok(()),
        Some(damage) if accept_damaged => {
            warnings.push(
                "pixels-damaged",
                format!(
                    "The pixel data is damaged or ends early ({damage}). The part before the \
                     damage was used."
                ),
            );
            Ok(())
        }
        Some(damage) => Err(Refusal::corrupt(format!(
            "The pixel data is damaged or ends early: {damage}."
        ))),
    }
}

fn to_size(pixels: Pixels, scaler: &mut Scaler, region: Region, size: (u32, u32)) -> Packed {
    match pixels {
        Pixels::Packed(packed) => scaler.packed_owned(packed, region, size),
        Pixels::Planar(planes) => scaler.planar_to_packed(&planes, region, size),
    }
}
