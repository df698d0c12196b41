//! The item properties of an AVIF file (AV1 Image File Format, ISO/IEC 23008-12).

use std::borrow::Cow;

use super::bytes::{be16, be32};
use super::isobmff::HeifFile;
use super::{ChromaSubsampling, Cicp, ColourSpace, Crop, GainMap, Inspection, c2pa};
use crate::budget::Meter;
use crate::format::Format;
use crate::orient::Orientation;
use crate::refusal::Refusal;

pub(super) fn inspect<'a>(
    original: &'a [u8],
    meter: &Meter<'_>,
) -> Result<Inspection<'a>, Refusal> {
    let damaged = || Refusal::corrupt("The AVIF file does not say where its picture is.");
    let file = HeifFile::open(original, meter).ok_or_else(damaged)?;
    let coded = coded_item(&file)?;
    let extents = file.property(file.primary, *b"ispe").ok_or_else(damaged)?;
    let width = be32(extents, 4).ok_or_else(damaged)?;
    let height = be32(extents, 8).ok_or_else(damaged)?;
    let mut inspection = Inspection::new(Format::Avif, width, height);
    describe_samples(
        &mut inspection,
        file.property(coded, *b"av1C").ok_or_else(damaged)?,
    );
    if alpha_item(&file).is_some() {
        inspection.has_alpha = true;
        inspection.channels += 1;
    }
    describe_coding(&mut inspection, &file, meter)?;
    for colour in file.properties(file.primary, *b"colr").take(MAX_COLOURS) {
        describe_colour(&mut inspection, colour);
    }
    if let Some(aperture) = file.property(file.primary, *b"clap") {
        inspection.crop = clean_aperture(aperture, (width, height));
        if inspection.crop.is_none() {
            inspection.warnings.push(
                "crop-impossible",
                "The AVIF file asks to be cropped in a way that cannot be; the whole picture is used.",
            );
        }
    }
    inspection.brightest = file
        .property(file.primary, *b"clli")
        .and_then(|light| be16(light, 0));
    inspection.gain_map = GainMap::of_heif(&file);
    inspection.xmp = file.xmp();
    inspection.c2pa = c2pa::in_boxes(original, meter).map(Cow::Borrowed);
    if let Some(exif) = file.description(*b"Exif").and_then(tiff_structure) {
        inspection.take_exif(exif);
    }
    // The transformations of the container hold, and the EXIF orientation beside them does not (MIAF, 7.3.6.7).
    let quarters = file
        .property(file.primary, *b"irot")
        .and_then(|irot| irot.first())
        .map_or(0, |turn| turn & 3);
    let axis = file
        .property(file.primary, *b"imir")
        .and_then(|imir| imir.first())
        .map(|axis| axis & 1);
    inspection.orientation = Orientation::from_heif(quarters, axis);
    Ok(inspection)
}

/// The part of a picture that its clean aperture shows, or nothing where that does not lie within it. The aperture is
/// told by eight numbers: the fractions of its width and height, and of how far its middle lies from that of the
/// picture (ISO/IEC 14496-12, 12.1.4).
fn clean_aperture(aperture: &[u8], (width, height): (u32, u32)) -> Option<Crop> {
    let side = |at: usize, whole: u32| {
        let (size, parts) = (be32(aperture, at)?, be32(aperture, at + 4)?);
        let offset = i64::from(be32(aperture, at + 16)?.cast_signed());
        let offset_parts = i64::from(be32(aperture, at + 20)?);
        if parts == 0 || offset_parts == 0 || size % parts != 0 {
            return None;
        }
        let size = size / parts;
        // Where it begins, in halves of a pixel.
        let start = (i64::from(whole) - i64::from(size)).checked_add(2 * offset / offset_parts)?;
        let start = u32::try_from(start / 2).ok().filter(|_| start >= 0)?;
        (size > 0 && start.checked_add(size)? <= whole).then_some((start, size))
    };
    let ((left, width), (top, height)) = (side(0, width)?, side(8, height)?);
    Some(Crop {
        left,
        top,
        width,
        height,
    })
}

/// The item whose codec configuration describes the picture: itself, or the first tile of a grid.
fn coded_item(file: &HeifFile<'_>) -> Result<u32, Refusal> {
    match file.item_kind(file.primary).as_ref() {
        Some(b"av01") => Ok(file.primary),
        Some(b"grid") => {
            let tile = file.referred(*b"dimg", file.primary).first().copied();
            match tile.map(|tile| (tile, file.item_kind(tile))) {
                Some((tile, Some(kind))) if &kind == b"av01" => Ok(tile),
                Some((_, Some(kind))) if &kind == b"hvc1" => Err(hevc()),
                _ => Err(Refusal::corrupt("The AVIF file's grid has no tiles.")),
            }
        }
        Some(b"hvc1") => Err(hevc()),
        Some(kind) => Err(Refusal::unsupported(format!(
            "The file is HEIF with a picture coded as “{}”, which is not read here.",
            kind.escape_ascii()
        ))),
        None => Err(Refusal::corrupt(
            "The AVIF file does not say where its picture is.",
        )),
    }
}

fn hevc() -> Refusal {
    Refusal::unsupported(
        "The file is HEIC, which cannot be read without a patented HEVC decoder; convert it to JPEG or AVIF.",
    )
}

/// The auxiliary picture that is the alpha plane of the primary one.
pub(crate) fn alpha_item(file: &HeifFile<'_>) -> Option<u32> {
    const ALPHA: [&[u8]; 2] = [
        b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0",
        b"urn:mpeg:hevc:2015:auxid:1\0",
    ];
    file.referring(*b"auxl", file.primary).find(|item| {
        file.property(*item, *b"auxC")
            .and_then(|body| body.get(4..))
            .is_some_and(|kind| ALPHA.iter().any(|alpha| kind.starts_with(alpha)))
    })
}

/// The most colour properties that are looked at: a profile, code points, and one to spare.
const MAX_COLOURS: usize = 3;

/// The most frames of one coded picture. A layered one has four (AV1 Image File Format, 2.3); a bitstream made to waste
/// time has thousands that are never shown, each of which costs as much as the picture.
const MAX_FRAMES: u32 = 4;

/// How the pictures are coded that the primary one and its alpha are made of.
fn describe_coding(
    inspection: &mut Inspection<'_>,
    file: &HeifFile<'_>,
    meter: &Meter<'_>,
) -> Result<(), Refusal> {
    let coding = &mut inspection.coding;
    coding.is_grid = file.item_kind(file.primary) == Some(*b"grid");
    let items = [Some(file.primary), alpha_item(file)];
    for item in items.into_iter().flatten() {
        let tiles = file.referred(*b"dimg", item);
        for coded in std::iter::once(&item).chain(tiles) {
            if file.item_kind(*coded) != Some(*b"av01") {
                continue;
            }
            meter.check()?;
            let data = file.data(*coded).unwrap_or_default();
            coding.held_frames = coding.held_frames.max(count_frames(&data));
            coding.copied_bytes = coding.copied_bytes.max(data.len() as u64);
        }
    }
    if coding.held_frames > MAX_FRAMES {
        return Err(Refusal::corrupt(format!(
            "A picture of the AVIF file is coded in more than {MAX_FRAMES} frames."
        )));
    }
    Ok(())
}

/// Frames of an AV1 bitstream, told from the headers of its units (AV1 Bitstream Specification, 5.3). Counting ends at
/// one more than are accepted.
fn count_frames(data: &[u8]) -> u32 {
    const FRAME_HEADER: u8 = 3;
    const FRAME: u8 = 6;
    let (mut rest, mut frames) = (data, 0);
    while let Some((kind, length)) = unit_header(rest) {
        frames += u32::from(matches!(kind, FRAME_HEADER | FRAME));
        rest = rest.get(length..).unwrap_or_default();
        if frames > MAX_FRAMES {
            break;
        }
    }
    frames
}

/// The type of the unit at the start, and its length with its header. One without a length goes to the end.
fn unit_header(data: &[u8]) -> Option<(u8, usize)> {
    const HAS_EXTENSION: u8 = 4;
    const HAS_SIZE: u8 = 2;
    let header = *data.first()?;
    let kind = (header >> 3) & 15;
    let size_at = 1 + usize::from(header & HAS_EXTENSION != 0);
    if header & HAS_SIZE == 0 {
        return Some((kind, data.len()));
    }
    // A size of at most eight bytes with seven bits each, the lowest first.
    let mut size = 0;
    for (index, byte) in data.get(size_at..)?.iter().take(8).enumerate() {
        size |= usize::from(byte & 0x7F) << (7 * index);
        if byte & 0x80 == 0 {
            return Some((kind, (size_at + index + 1).saturating_add(size)));
        }
    }
    None
}

/// The codec configuration record (AV1-ISOBMFF, 2.3.3).
fn describe_samples(inspection: &mut Inspection<'_>, config: &[u8]) {
    let flags = config.get(2).copied().unwrap_or_default();
    let has = |bit: u8| flags & (1 << bit) != 0;
    inspection.bit_depth = match (has(6), has(5)) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    if has(4) {
        (inspection.colour_space, inspection.channels) = (ColourSpace::Grey, 1);
    } else {
        inspection.colour_space = ColourSpace::YCbCr;
        inspection.chroma_subsampling = Some(ChromaSubsampling::from_ratios(
            1 + u32::from(has(3)),
            1 + u32::from(has(2)),
        ));
    }
}

/// A colour property: an ICC profile, or code points (ISO/IEC 14496-12, 12.1.5).
fn describe_colour<'a>(inspection: &mut Inspection<'a>, colour: &'a [u8]) {
    match colour.split_first_chunk::<4>() {
        Some((b"prof" | b"rICC", profile)) => inspection.take_icc(Cow::Borrowed(profile)),
        Some((b"nclx", points)) => {
            inspection.cicp = inspection.cicp.or_else(|| {
                let point =
                    |offset| be16(points, offset).and_then(|point| u8::try_from(point).ok());
                Some(Cicp {
                    primaries: point(0)?,
                    transfer: point(2)?,
                    matrix: point(4)?,
                    full_range: points.get(6)? & 0x80 != 0,
                })
            });
        }
        _ => {}
    }
}

/// An EXIF item begins with the offset of the TIFF structure in it (ISO/IEC 23008-12, A.2.1).
fn tiff_structure(item: Cow<'_, [u8]>) -> Option<Cow<'_, [u8]>> {
    let start = (be32(&item, 0)? as usize).checked_add(4)?;
    match item {
        Cow::Borrowed(bytes) => bytes.get(start..).map(Cow::Borrowed),
        Cow::Owned(bytes) => bytes.get(start..).map(|rest| Cow::Owned(rest.to_vec())),
    }
}
