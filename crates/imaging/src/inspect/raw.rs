//! Camera raw photos. The JPEG picture that the camera stored beside the sensor's data is used as the photo.
//!
//! The sensor's data is not read, because developing it requires a profile of each camera.

mod canon;
mod olympus;
mod pictures;

use std::borrow::Cow;
use std::ops::Range;

use super::tiff::{Directory, TiffFile, tag};
use super::{Inspection, jpeg};
use crate::budget::Meter;
use crate::format::{Format, RawKind};
use crate::refusal::Refusal;
use pictures::Pictures;

/// The minimum longer side in pixels of a picture that is used as the photo. Cameras of the last fifteen years store
/// one of 1616 or more, and thumbnails have at most 640.
const LEAST_SIDE: u32 = 1600;

/// The kind of a TIFF file that is a raw photo: one of its pages declares sensor data.
pub(crate) fn kind_of_tiff(original: &[u8]) -> Option<RawKind> {
    let file = TiffFile::open(original)?;
    let first = file.first_directory()?;
    if first.entry(tag::DNG_VERSION).is_some() {
        return Some(RawKind::Dng);
    }
    let mut directories = pictures::directories(file);
    if !directories.any(|directory| is_of_sensor(&directory)) {
        return None;
    }
    let maker = first.bytes(tag::MAKE).unwrap_or_default();
    Some(if maker.starts_with(b"NIKON") {
        RawKind::Nef
    } else if maker.starts_with(b"SONY") {
        RawKind::Arw
    } else {
        RawKind::Other
    })
}

/// Whether a page contains sensor data: a mosaic of colours, or light without a transfer curve.
fn is_of_sensor(directory: &Directory<'_>) -> bool {
    const COLOUR_FILTER_ARRAY: u32 = 32_803;
    const LINEAR_RAW: u32 = 34_892;
    matches!(
        directory.number(tag::PHOTOMETRIC),
        Some(COLOUR_FILTER_ARRAY | LINEAR_RAW)
    )
}

pub(super) fn inspect<'a>(
    original: &'a [u8],
    kind: RawKind,
    meter: &Meter<'_>,
) -> Result<Inspection<'a>, Refusal> {
    let pictures = match kind {
        RawKind::Cr3 => canon::read(original, meter),
        RawKind::Raf => pictures::of_fujifilm(original),
        _ => pictures::of_tiff(original, kind),
    };
    let (place, mut inspection) = largest(original, &pictures, meter)?.ok_or_else(|| {
        refused(
            kind,
            "it contains no JPEG picture that could be used instead",
        )
    })?;
    let (width, height) = (inspection.coded_width, inspection.coded_height);
    if width.max(height) < LEAST_SIDE {
        return Err(refused(
            kind,
            &format!("the largest JPEG picture in it has only {width}×{height} pixels"),
        ));
    }
    inspection.format = Format::Raw(kind);
    inspection.embedded = Some(place);
    // The photo's metadata applies; where it has none, that of the picture in it.
    if let Some(exif) = pictures.exif {
        inspection.take_exif(exif);
    }
    inspection.xmp = pictures.xmp.map(Cow::Borrowed).or(inspection.xmp);
    inspection.warnings.push(
        "raw-preview",
        format!(
            "The file is {}. The JPEG picture of {width}×{height} pixels that the camera stored in \
             it is used instead of the sensor data.",
            kind.name()
        ),
    );
    Ok(inspection)
}

/// The refusal of a raw photo, with what to do instead.
fn refused(kind: RawKind, why: &str) -> Refusal {
    Refusal::unsupported(format!(
        "The file is {}, which cannot be developed, and {why}. Develop it to JPEG or TIFF with the \
         camera's own program.",
        kind.name()
    ))
}

/// The picture with the most pixels, and its position.
fn largest<'a>(
    original: &'a [u8],
    pictures: &Pictures<'a>,
    meter: &Meter<'_>,
) -> Result<Option<(Range<usize>, Inspection<'a>)>, Refusal> {
    let mut best: Option<(Range<usize>, Inspection<'a>)> = None;
    for place in &pictures.places {
        meter.check()?;
        let Some(bytes) = original
            .get(place.clone())
            .filter(|bytes| bytes.starts_with(b"\xFF\xD8\xFF"))
        else {
            continue;
        };
        // The sensor's data may be in a JPEG, too, but in a kind of JPEG that pictures do not use.
        let Ok(inspection) = jpeg::inspect(bytes, meter) else {
            continue;
        };
        let pixels =
            |found: &Inspection<'_>| u64::from(found.coded_width) * u64::from(found.coded_height);
        if best
            .as_ref()
            .is_none_or(|(_, known)| pixels(known) < pixels(&inspection))
        {
            best = Some((place.clone(), inspection));
        }
    }
    Ok(best)
}
