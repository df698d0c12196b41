//! Reads TIFF directories (TIFF 6.0, BigTIFF), both of TIFF files and of the EXIF blocks in other formats.

mod compression;
mod directory;
mod layout;

use std::borrow::Cow;

use super::{ChromaSubsampling, ColourSpace, Density, Inspection, photoshop};
use crate::budget::Meter;
use crate::format::Format;
use crate::orient::Orientation;
use crate::refusal::Refusal;

pub(crate) use compression::{Compression, Fax};
pub(crate) use directory::{Directory, TiffFile};
pub(crate) use layout::{BitOrder, Layout, Photometric, Place, Predictor, SampleKind};

/// Tags that are read here (TIFF 6.0, EXIF 2.32, Adobe's TIFF technical notes).
pub(crate) mod tag {
    pub(crate) const PANASONIC_JPEG: u16 = 46;
    pub(crate) const WIDTH: u16 = 256;
    pub(crate) const HEIGHT: u16 = 257;
    pub(crate) const BITS_PER_SAMPLE: u16 = 258;
    pub(crate) const COMPRESSION: u16 = 259;
    pub(crate) const PHOTOMETRIC: u16 = 262;
    pub(crate) const FILL_ORDER: u16 = 266;
    pub(crate) const MAKE: u16 = 271;
    pub(crate) const STRIP_OFFSETS: u16 = 273;
    pub(crate) const ORIENTATION: u16 = 274;
    pub(crate) const SAMPLES_PER_PIXEL: u16 = 277;
    pub(crate) const ROWS_PER_STRIP: u16 = 278;
    pub(crate) const STRIP_BYTE_COUNTS: u16 = 279;
    pub(crate) const X_RESOLUTION: u16 = 282;
    pub(crate) const Y_RESOLUTION: u16 = 283;
    pub(crate) const PLANAR_CONFIGURATION: u16 = 284;
    pub(crate) const T4_OPTIONS: u16 = 292;
    pub(crate) const T6_OPTIONS: u16 = 293;
    pub(crate) const RESOLUTION_UNIT: u16 = 296;
    pub(crate) const ARTIST: u16 = 315;
    pub(crate) const PREDICTOR: u16 = 317;
    pub(crate) const COLOUR_MAP: u16 = 320;
    pub(crate) const TILE_WIDTH: u16 = 322;
    pub(crate) const TILE_HEIGHT: u16 = 323;
    pub(crate) const TILE_OFFSETS: u16 = 324;
    pub(crate) const TILE_BYTE_COUNTS: u16 = 325;
    pub(crate) const SUB_DIRECTORIES: u16 = 330;
    pub(crate) const EXTRA_SAMPLES: u16 = 338;
    pub(crate) const SAMPLE_FORMAT: u16 = 339;
    pub(crate) const JPEG_TABLES: u16 = 347;
    pub(crate) const JPEG_OFFSET: u16 = 513;
    pub(crate) const JPEG_LENGTH: u16 = 514;
    pub(crate) const YCBCR_COEFFICIENTS: u16 = 529;
    pub(crate) const YCBCR_SUBSAMPLING: u16 = 530;
    pub(crate) const REFERENCE_BLACK_WHITE: u16 = 532;
    pub(crate) const XMP: u16 = 700;
    pub(crate) const COPYRIGHT: u16 = 33432;
    pub(crate) const IPTC: u16 = 33723;
    pub(crate) const PHOTOSHOP: u16 = 34377;
    pub(crate) const ICC: u16 = 34675;
    pub(crate) const DNG_VERSION: u16 = 50706;
    pub(crate) const C2PA: u16 = 52545;
}

/// The most strips or tiles of a picture. The largest accepted picture has this many of 20 by 20 pixels.
const MAX_CHUNKS: usize = 1 << 18;

pub(super) fn inspect<'a>(
    original: &'a [u8],
    meter: &Meter<'_>,
) -> Result<Inspection<'a>, Refusal> {
    let damaged = || Refusal::corrupt("The TIFF directory is damaged.");
    let file = TiffFile::open(original).ok_or_else(damaged)?;
    let directory = file.first_directory().ok_or_else(damaged)?;
    let width = directory.number(tag::WIDTH).ok_or_else(damaged)?;
    let height = directory.number(tag::HEIGHT).ok_or_else(damaged)?;
    let mut inspection = Inspection::new(Format::Tiff, width, height);
    describe_samples(&mut inspection, &directory);
    inspection.orientation = directory.orientation().unwrap_or_default();
    inspection.density = directory.density();
    inspection.exif = Some(Cow::Borrowed(original));
    inspection.xmp = directory.bytes(tag::XMP).map(Cow::Borrowed);
    inspection.iptc = directory.bytes(tag::IPTC).map(Cow::Borrowed);
    if let Some(resources) = directory.bytes(tag::PHOTOSHOP) {
        photoshop::describe(&mut inspection, Cow::Borrowed(resources));
    }
    inspection.c2pa = directory.bytes(tag::C2PA).map(Cow::Borrowed);
    if let Some(icc) = directory.bytes(tag::ICC) {
        inspection.take_icc(Cow::Borrowed(icc));
    }
    describe_coding(&mut inspection, file, &directory)?;
    let pages = file.count_pages(meter);
    if pages > 1 {
        inspection.warnings.push(
            "pages-left-out",
            format!("The TIFF file has {pages} pages. Only the first one is used."),
        );
    }
    Ok(inspection)
}

/// Describes how the pixels are coded. The decoder keeps a list of all strips or tiles, one of them unpacked and, if
/// its bits are in another order or it must be joined to something, a copy of its bytes.
fn describe_coding(
    inspection: &mut Inspection<'_>,
    file: TiffFile<'_>,
    directory: &Directory<'_>,
) -> Result<(), Refusal> {
    const BYTES_OF_ENTRY: u64 = 8;
    let tags = [
        tag::STRIP_OFFSETS,
        tag::STRIP_BYTE_COUNTS,
        tag::TILE_OFFSETS,
        tag::TILE_BYTE_COUNTS,
    ];
    let entries: usize = tags.iter().map(|tag| directory.count(*tag)).sum();
    if entries > 2 * MAX_CHUNKS {
        return Err(Refusal::corrupt(format!(
            "The TIFF file has more than {MAX_CHUNKS} strips or tiles."
        )));
    }
    let size = (inspection.coded_width, inspection.coded_height);
    // The decoder refuses what cannot be read, after the facts in the header have been recorded.
    let Ok(layout) = Layout::read(file, directory, size) else {
        return Ok(());
    };
    let longest = [tag::STRIP_BYTE_COUNTS, tag::TILE_BYTE_COUNTS]
        .into_iter()
        .flat_map(|tag| directory.numbers(tag, MAX_CHUNKS))
        .max();
    let longest = u64::from(longest.unwrap_or(0)).min(file.bytes.len() as u64);
    let unpacked = layout.bytes_of_rows(layout.chunk.1) as u64;
    let codec = layout.compression.memory(unpacked, longest);
    inspection.coding.copied_bytes = entries as u64 * BYTES_OF_ENTRY + unpacked + codec;
    if layout.bit_order == BitOrder::LowestFirst {
        inspection.coding.copied_bytes += longest;
    }
    Ok(())
}

fn describe_samples(inspection: &mut Inspection<'_>, directory: &Directory<'_>) {
    let samples = directory.number(tag::SAMPLES_PER_PIXEL).unwrap_or(1);
    let photometric = directory.number(tag::PHOTOMETRIC).unwrap_or(1);
    let (colour_space, colours) = match photometric {
        2 => (ColourSpace::Rgb, 3),
        // A palette's colours.
        3 => (ColourSpace::Rgb, samples.saturating_add(2)),
        5 => (ColourSpace::Cmyk, 4),
        6 => (ColourSpace::YCbCr, 3),
        8..=10 => (ColourSpace::Lab, 3),
        _ => (ColourSpace::Grey, 1),
    };
    let samples = if photometric == 3 { colours } else { samples };
    inspection.colour_space = colour_space;
    inspection.channels = u8::try_from(samples).unwrap_or(u8::MAX);
    let bits = directory.number(tag::BITS_PER_SAMPLE).unwrap_or(1);
    inspection.bit_depth = u8::try_from(bits).unwrap_or(u8::MAX);
    // An extra sample is alpha if it is declared so, associated or not; decoders treat an unspecified one as alpha too.
    let extra = directory.number(tag::EXTRA_SAMPLES);
    inspection.has_alpha =
        samples > colours.min(4) && (extra.is_some() || samples == colours.saturating_add(1));
    if colour_space == ColourSpace::YCbCr {
        let (horizontal, vertical) = directory.pair(tag::YCBCR_SUBSAMPLING).unwrap_or((2, 2));
        inspection.chroma_subsampling = Some(ChromaSubsampling::from_ratios(horizontal, vertical));
    }
}

/// The part of an EXIF block that the orientation step and the density need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ExifHeader {
    pub(crate) orientation: Option<Orientation>,
    pub(crate) density: Option<Density>,
}

/// Reads an EXIF block, or nothing if it is not a TIFF structure.
pub(crate) fn read_exif_header(exif: &[u8]) -> Option<ExifHeader> {
    let file = TiffFile::open(exif)?;
    let directory = file.first_directory()?;
    Some(ExifHeader {
        orientation: directory.orientation(),
        density: directory.density(),
    })
}
