//! Reads the item properties of AVIF and HEIC files (ISO/IEC 23008-12, AV1 Image File Format).

mod av1;
mod grid;
mod hevc;

use std::borrow::Cow;

use super::bytes::{be16, be32};
use super::isobmff::{FourCc, HeifFile};
use super::{ChromaSubsampling, Cicp, ColourSpace, Crop, GainMap, Inspection, c2pa};
use crate::budget::Meter;
use crate::format::Format;
use crate::orient::Orientation;
use crate::refusal::Refusal;

pub(crate) use grid::Grid;
#[cfg(feature = "heic")]
pub(crate) use hevc::{Config, units};

/// How a picture of a HEIF file is coded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Codec {
    Av1,
    Hevc,
}

impl Codec {
    /// The codec of items of this type.
    pub(crate) fn of(kind: FourCc) -> Option<Self> {
        match &kind {
            b"av01" => Some(Self::Av1),
            b"hvc1" => Some(Self::Hevc),
            _ => None,
        }
    }

    /// The format of a file whose picture is coded this way.
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Av1 => Format::Avif,
            Self::Hevc => Format::Heic,
        }
    }

    /// The property that holds its configuration.
    pub(crate) fn configuration(self) -> FourCc {
        match self {
            Self::Av1 => *b"av1C",
            Self::Hevc => *b"hvcC",
        }
    }
}

/// Reads the header. The brands of a file only promise how it is coded, so the format comes from the item that is
/// found.
pub(super) fn inspect<'a>(
    original: &'a [u8],
    promised: Format,
    meter: &Meter<'_>,
) -> Result<Inspection<'a>, Refusal> {
    let damaged = || no_picture(promised);
    let file = HeifFile::open(original, meter).ok_or_else(damaged)?;
    let (coded, codec) = coded_item(&file, promised)?;
    let extents = file.property(file.primary, *b"ispe").ok_or_else(damaged)?;
    let width = be32(extents, 4).ok_or_else(damaged)?;
    let height = be32(extents, 8).ok_or_else(damaged)?;
    let mut inspection = Inspection::new(codec.format(), width, height);
    let config = file
        .property(coded, codec.configuration())
        .ok_or_else(damaged)?;
    match codec {
        Codec::Av1 => av1::describe_samples(&mut inspection, config),
        Codec::Hevc => hevc::describe_samples(&mut inspection, config).ok_or_else(damaged)?,
    }
    if alpha_item(&file).is_some() {
        inspection.has_alpha = true;
        inspection.channels += 1;
    }
    describe_coding(&mut inspection, &file, codec, meter)?;
    // Cameras by Sony state the colours of a grid at its tiles only.
    let stated = [file.primary, coded]
        .into_iter()
        .find(|item| file.property(*item, *b"colr").is_some())
        .unwrap_or(file.primary);
    for colour in file.properties(stated, *b"colr").take(MAX_COLOURS) {
        describe_colour(&mut inspection, colour);
    }
    if let Some(aperture) = file.property(file.primary, *b"clap") {
        inspection.crop = clean_aperture(aperture, (width, height));
        if inspection.crop.is_none() {
            inspection.warnings.push(
                "crop-impossible",
                format!(
                    "The {} file states a crop that is not possible, so the whole picture is used.",
                    codec.format().title()
                ),
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
    // The transformations of the container apply, and the EXIF orientation does not (MIAF, 7.3.6.7).
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

/// The part of a picture that its clean aperture shows, or nothing if that is not within the picture. Eight numbers
/// describe the aperture: the fractions of its width and height, and of the distance of its middle from that of the
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
        // The start, in halves of a pixel.
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

/// The refusal of a file without a picture.
pub(crate) fn no_picture(format: Format) -> Refusal {
    Refusal::corrupt(format!(
        "The {} file does not say where its picture is.",
        format.title()
    ))
}

/// The item whose codec configuration describes the picture: itself, or the first tile of a grid.
fn coded_item(file: &HeifFile<'_>, promised: Format) -> Result<(u32, Codec), Refusal> {
    let kind = file
        .item_kind(file.primary)
        .ok_or_else(|| no_picture(promised))?;
    let (item, kind) = if kind == *b"grid" {
        let tile = file.referred(*b"dimg", file.primary).first().copied();
        tile.and_then(|tile| Some((tile, file.item_kind(tile)?)))
            .ok_or_else(|| {
                Refusal::corrupt(format!(
                    "The {} file's grid has no tiles.",
                    promised.title()
                ))
            })?
    } else {
        (file.primary, kind)
    };
    let codec = Codec::of(kind).ok_or_else(|| {
        Refusal::unsupported(format!(
            "The file is HEIF with a picture coded as “{}”, which is not supported.",
            kind.escape_ascii()
        ))
    })?;
    Ok((item, codec))
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

/// The most colour properties that are read: a profile, code points, and one to spare.
const MAX_COLOURS: usize = 3;

/// Describes how the primary picture and its alpha are coded.
fn describe_coding(
    inspection: &mut Inspection<'_>,
    file: &HeifFile<'_>,
    codec: Codec,
    meter: &Meter<'_>,
) -> Result<(), Refusal> {
    let coding = &mut inspection.coding;
    coding.is_grid = file.item_kind(file.primary) == Some(*b"grid");
    let items = [Some(file.primary), alpha_item(file)];
    for item in items.into_iter().flatten() {
        let grid = Grid::read(file, item);
        let largest = grid.as_ref().map_or(
            (inspection.coded_width, inspection.coded_height),
            Grid::largest_tile,
        );
        coding.tile_pixels = coding
            .tile_pixels
            .max(u64::from(largest.0) * u64::from(largest.1));
        let tiles = file.referred(*b"dimg", item);
        for coded in std::iter::once(&item).chain(tiles) {
            let Some(found) = file.item_kind(*coded).and_then(Codec::of) else {
                continue;
            };
            if found != codec {
                return Err(Refusal::unsupported(
                    "The file is HEIF with pictures of two codecs, which is not supported.",
                ));
            }
            meter.check()?;
            let data = file.data(*coded).unwrap_or_default();
            coding.copied_bytes = coding.copied_bytes.max(data.len() as u64);
            if codec == Codec::Av1 {
                coding.held_frames = coding.held_frames.max(av1::held_frames(&data)?);
            }
        }
    }
    Ok(())
}

/// Describes planes: grey, or luma and chroma with these ratios.
fn describe_planes(inspection: &mut Inspection<'_>, chroma: Option<(u32, u32)>) {
    match chroma {
        None => (inspection.colour_space, inspection.channels) = (ColourSpace::Grey, 1),
        Some((across, down)) => {
            inspection.colour_space = ColourSpace::YCbCr;
            inspection.chroma_subsampling = Some(ChromaSubsampling::from_ratios(across, down));
        }
    }
}

/// Describes a colour property: an ICC profile, or code points (ISO/IEC 14496-12, 12.1.5).
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

/// The TIFF structure of an EXIF item, which begins with the offset of that structure (ISO/IEC 23008-12, A.2.1).
fn tiff_structure(item: Cow<'_, [u8]>) -> Option<Cow<'_, [u8]>> {
    let start = (be32(&item, 0)? as usize).checked_add(4)?;
    match item {
        Cow::Borrowed(bytes) => bytes.get(start..).map(Cow::Borrowed),
        Cow::Owned(bytes) => bytes.get(start..).map(|rest| Cow::Owned(rest.to_vec())),
    }
}
