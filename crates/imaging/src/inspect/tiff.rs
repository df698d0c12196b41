//! TIFF directories (TIFF 6.0, BigTIFF): of TIFF files, and of the EXIF blocks that other formats carry.

use std::borrow::Cow;

use super::bytes::slice;
use super::{ChromaSubsampling, ColourSpace, Density, Inspection, photoshop};
use crate::budget::Meter;
use crate::format::Format;
use crate::orient::Orientation;
use crate::refusal::Refusal;

/// Tags that are read here (TIFF 6.0, EXIF 2.32, Adobe's TIFF technical notes).
pub(crate) mod tag {
    pub(crate) const WIDTH: u16 = 256;
    pub(crate) const HEIGHT: u16 = 257;
    pub(crate) const BITS_PER_SAMPLE: u16 = 258;
    pub(crate) const COMPRESSION: u16 = 259;
    pub(crate) const PHOTOMETRIC: u16 = 262;
    pub(crate) const STRIP_OFFSETS: u16 = 273;
    pub(crate) const ORIENTATION: u16 = 274;
    pub(crate) const SAMPLES_PER_PIXEL: u16 = 277;
    pub(crate) const ROWS_PER_STRIP: u16 = 278;
    pub(crate) const STRIP_BYTE_COUNTS: u16 = 279;
    pub(crate) const X_RESOLUTION: u16 = 282;
    pub(crate) const Y_RESOLUTION: u16 = 283;
    pub(crate) const RESOLUTION_UNIT: u16 = 296;
    pub(crate) const ARTIST: u16 = 315;
    pub(crate) const COLOUR_MAP: u16 = 320;
    pub(crate) const PLANAR_CONFIGURATION: u16 = 284;
    pub(crate) const TILE_WIDTH: u16 = 322;
    pub(crate) const TILE_HEIGHT: u16 = 323;
    pub(crate) const TILE_OFFSETS: u16 = 324;
    pub(crate) const TILE_BYTE_COUNTS: u16 = 325;
    pub(crate) const EXTRA_SAMPLES: u16 = 338;
    pub(crate) const JPEG_TABLES: u16 = 347;
    pub(crate) const YCBCR_SUBSAMPLING: u16 = 530;
    pub(crate) const XMP: u16 = 700;
    pub(crate) const COPYRIGHT: u16 = 33432;
    pub(crate) const IPTC: u16 = 33723;
    pub(crate) const PHOTOSHOP: u16 = 34377;
    pub(crate) const ICC: u16 = 34675;
    pub(crate) const DNG_VERSION: u16 = 50706;
    pub(crate) const C2PA: u16 = 52545;
}

/// Pages after which counting stops; a directory chain can be made to loop.
const MAX_PAGES: u32 = 1000;

/// Entries of one directory that are looked at. TIFF 6.0 has room for as many; a BigTIFF could have billions, each of
/// which would be passed at every look-up.
const MAX_ENTRIES: usize = 65_535;

/// The most strips or tiles of a picture. The largest picture that is accepted has as many of 20 by 20 pixels.
const MAX_CHUNKS: usize = 1 << 18;

pub(super) fn inspect<'a>(
    original: &'a [u8],
    meter: &Meter<'_>,
) -> Result<Inspection<'a>, Refusal> {
    let damaged = || Refusal::corrupt("The TIFF directory is damaged.");
    let file = TiffFile::open(original).ok_or_else(damaged)?;
    let directory = file.first_directory().ok_or_else(damaged)?;
    if directory.entry(tag::DNG_VERSION).is_some() {
        return Err(Refusal::unsupported(
            "The file is a DNG raw photo, which is not read here.",
        ));
    }
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
    describe_coding(&mut inspection, &directory)?;
    let pages = file.count_pages(meter);
    if pages > 1 {
        inspection.warnings.push(format!(
            "The TIFF file has {pages} pages; the first one is used."
        ));
    }
    Ok(inspection)
}

/// How the pixels are coded. The decoder keeps a list of all strips or tiles.
fn describe_coding(
    inspection: &mut Inspection<'_>,
    directory: &Directory<'_>,
) -> Result<(), Refusal> {
    const BYTES_OF_ENTRY: u64 = 96;
    const JPEG: u32 = 7;
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
    inspection.coding.copied_bytes = entries as u64 * BYTES_OF_ENTRY;
    inspection.coding.has_several_scans = directory.number(tag::COMPRESSION) == Some(JPEG);
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
    // An extra sample is alpha when it says so, associated or not; decoders take an unspecified one for alpha too.
    let extra = directory.number(tag::EXTRA_SAMPLES);
    inspection.has_alpha =
        samples > colours.min(4) && (extra.is_some() || samples == colours.saturating_add(1));
    if colour_space == ColourSpace::YCbCr {
        let (horizontal, vertical) = directory.pair(tag::YCBCR_SUBSAMPLING).unwrap_or((2, 2));
        inspection.chroma_subsampling = Some(ChromaSubsampling::from_ratios(horizontal, vertical));
    }
}

/// What the orientation step and the density need of an EXIF block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ExifHeader {
    pub(crate) orientation: Option<Orientation>,
    pub(crate) density: Option<Density>,
}

/// Reads an EXIF block, or nothing if it is no TIFF structure at all.
pub(crate) fn read_exif_header(exif: &[u8]) -> Option<ExifHeader> {
    let file = TiffFile::open(exif)?;
    let directory = file.first_directory()?;
    Some(ExifHeader {
        orientation: directory.orientation(),
        density: directory.density(),
    })
}

/// A TIFF structure: its byte order, and whether offsets have 64 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TiffFile<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    big: bool,
}

impl<'a> TiffFile<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Option<Self> {
        let (big_endian, big) = match bytes.get(..4)? {
            b"II*\0" => (false, false),
            b"MM\0*" => (true, false),
            b"II+\0" => (false, true),
            b"MM\0+" => (true, true),
            _ => return None,
        };
        Some(Self {
            bytes,
            big_endian,
            big,
        })
    }

    pub(crate) fn first_directory(&self) -> Option<Directory<'a>> {
        let offset = if self.big {
            self.uint(8, 8)?
        } else {
            self.uint(4, 4)?
        };
        self.directory(offset)
    }

    pub(crate) fn directory(&self, offset: u64) -> Option<Directory<'a>> {
        let offset = usize::try_from(offset).ok()?;
        let count_size = if self.big { 8 } else { 2 };
        let count = usize::try_from(self.uint(offset, count_size)?).ok()?;
        let entries = offset.checked_add(count_size)?;
        // A directory that says it has more entries than the file has room for is read as far as it goes.
        let room = self.bytes.len().checked_sub(entries)? / self.entry_size();
        Some(Directory {
            file: *self,
            entries,
            count: count.min(room),
        })
    }

    fn entry_size(&self) -> usize {
        if self.big { 20 } else { 12 }
    }

    fn count_pages(&self, meter: &Meter<'_>) -> u32 {
        let mut pages = 0;
        let mut directory = self.first_directory();
        while let Some(current) = directory {
            pages += 1;
            if pages == MAX_PAGES || meter.step() {
                break;
            }
            directory = current
                .next_offset()
                .filter(|offset| *offset != 0)
                .and_then(|offset| self.directory(offset));
        }
        pages
    }

    /// An unsigned number of 1, 2, 4 or 8 bytes in the file's byte order.
    pub(crate) fn uint(&self, offset: usize, size: usize) -> Option<u64> {
        let bytes = slice(self.bytes, offset, size)?;
        let fold = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        Some(if self.big_endian {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        })
    }
}

/// A directory of a TIFF structure.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Directory<'a> {
    file: TiffFile<'a>,
    entries: usize,
    count: usize,
}

/// One entry: the type of its values, how many there are, and where they begin.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    kind: u16,
    count: usize,
    /// Offset of the values in the structure, whether they stand in the entry itself or elsewhere.
    pub(crate) values_at: usize,
}

impl Entry {
    /// Bytes of one value (TIFF 6.0, section 2; BigTIFF adds types 16 to 18).
    fn value_size(self) -> Option<usize> {
        Some(match self.kind {
            1 | 2 | 6 | 7 => 1,
            3 | 8 => 2,
            4 | 9 | 11 | 13 => 4,
            5 | 10 | 12 | 16..=18 => 8,
            _ => return None,
        })
    }
}

impl<'a> Directory<'a> {
    pub(crate) fn entry(&self, wanted: u16) -> Option<Entry> {
        let (size, file) = (self.file.entry_size(), self.file);
        let at = (0..self.count.min(MAX_ENTRIES))
            .map(|index| self.entries + index * size)
            .find(|at| file.uint(*at, 2) == Some(u64::from(wanted)))?;
        let (count_size, inline_size) = if file.big { (8, 8) } else { (4, 4) };
        let mut entry = Entry {
            kind: u16::try_from(file.uint(at + 2, 2)?).ok()?,
            count: usize::try_from(file.uint(at + 4, count_size)?).ok()?,
            values_at: at + 4 + count_size,
        };
        if entry.value_size()?.checked_mul(entry.count)? > inline_size {
            entry.values_at = usize::try_from(file.uint(entry.values_at, inline_size)?).ok()?;
        }
        Some(entry)
    }

    /// The first value of an entry, where it is an unsigned whole number.
    pub(crate) fn number(&self, wanted: u16) -> Option<u32> {
        self.value(wanted, 0)
    }

    /// The values of an entry as they lie in the file, where they are bytes or text.
    pub(crate) fn bytes(&self, wanted: u16) -> Option<&'a [u8]> {
        let entry = self.entry(wanted)?;
        // IPTC is often written as numbers of four bytes, although it is bytes.
        slice(
            self.file.bytes,
            entry.values_at,
            entry.value_size()?.checked_mul(entry.count)?,
        )
    }

    /// The values of an entry, where they are unsigned whole numbers: as many as the file holds, and at most so many.
    pub(crate) fn numbers(&self, wanted: u16, most: usize) -> Vec<u32> {
        let Some(entry) = self.entry(wanted) else {
            return Vec::new();
        };
        (0..most)
            .map_while(|index| self.value_of(entry, index))
            .collect()
    }

    /// The sum of the values of an entry, where they are unsigned whole numbers, as many as the file holds.
    pub(crate) fn sum(&self, wanted: u16) -> u64 {
        self.entry(wanted).map_or(0, |entry| {
            (0..)
                .map_while(|index| self.value_of(entry, index))
                .fold(0, |sum: u64, value| sum.saturating_add(value.into()))
        })
    }

    /// How many values an entry has, as far as the file holds them.
    pub(crate) fn count(&self, wanted: u16) -> usize {
        self.entry(wanted).map_or(0, |entry| {
            let room = self.file.bytes.len().saturating_sub(entry.values_at);
            entry.count.min(room / entry.value_size().unwrap_or(1))
        })
    }

    fn pair(&self, wanted: u16) -> Option<(u32, u32)> {
        Some((self.value(wanted, 0)?, self.value(wanted, 1)?))
    }

    fn value(&self, wanted: u16, index: usize) -> Option<u32> {
        self.value_of(self.entry(wanted)?, index)
    }

    fn value_of(&self, entry: Entry, index: usize) -> Option<u32> {
        let size = entry.value_size()?;
        if index >= entry.count || !matches!(entry.kind, 1 | 3 | 4 | 13 | 16 | 18) {
            return None;
        }
        u32::try_from(
            self.file
                .uint(entry.values_at.checked_add(index * size)?, size)?,
        )
        .ok()
    }

    fn rational(&self, wanted: u16) -> Option<f64> {
        let entry = self
            .entry(wanted)
            .filter(|entry| entry.kind == 5 && entry.count > 0)?;
        let part = |offset| {
            self.file
                .uint(offset, 4)
                .and_then(|part| u32::try_from(part).ok())
                .map(f64::from)
        };
        Some(part(entry.values_at)? / part(entry.values_at.checked_add(4)?)?)
    }

    fn orientation(&self) -> Option<Orientation> {
        Orientation::from_exif(u16::try_from(self.number(tag::ORIENTATION)?).ok()?)
    }

    fn density(&self) -> Option<Density> {
        let (horizontal, vertical) = (
            self.rational(tag::X_RESOLUTION)?,
            self.rational(tag::Y_RESOLUTION)?,
        );
        match self.number(tag::RESOLUTION_UNIT).unwrap_or(2) {
            2 => Density::per_inch(horizontal, vertical),
            3 => Density::per_centimetre(horizontal, vertical),
            _ => None,
        }
    }

    fn next_offset(&self) -> Option<u64> {
        let size = if self.file.big { 8 } else { 4 };
        self.file
            .uint(self.entries + self.count * self.file.entry_size(), size)
    }
}
