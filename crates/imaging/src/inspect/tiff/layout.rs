//! How the pixels of a TIFF page are stored: their samples, and the strips or tiles that contain them.

use super::compression::Compression;
use super::{Directory, TiffFile, tag};
use crate::refusal::Refusal;

/// What is needed to read the pixels of a page (TIFF 6.0, and its Technical Notes).
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) size: (u32, u32),
    /// Dimensions of a tile; or the width of the picture and the rows of a strip.
    pub(crate) chunk: (u32, u32),
    pub(crate) is_tiled: bool,
    /// Samples of a pixel, including unused ones.
    pub(crate) samples: usize,
    /// Whether a strip or tile contains one sample of each pixel instead of all.
    pub(crate) is_planar: bool,
    pub(crate) bits: u32,
    pub(crate) kind: SampleKind,
    pub(crate) photometric: Photometric,
    pub(crate) compression: Compression,
    pub(crate) predictor: Predictor,
    pub(crate) bit_order: BitOrder,
    pub(crate) is_big_endian: bool,
    /// How many luma samples a chroma sample stands for, across and down; uncompressed YCbCr is stored in such units.
    pub(crate) subsampling: (u32, u32),
}

/// Which bit of a byte comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BitOrder {
    HighestFirst,
    LowestFirst,
}

/// The number type of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SampleKind {
    Unsigned,
    Signed,
    Float,
}

/// The meaning of samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Photometric {
    WhiteIsZero,
    BlackIsZero,
    Rgb,
    Palette,
    Inks,
    YCbCr,
    /// L\*a\*b\* with a\* and b\* as signed numbers.
    CieLab,
    /// L\*a\*b\* with the zero of a\* and b\* in the middle of their range.
    IccLab,
}

/// How samples are stored as differences from those before them in their row (TIFF 6.0, section 14; TIFF Technical Note
/// 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Predictor {
    None,
    Horizontal,
    FloatingPoint,
}

/// A strip or tile: the position of its pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    /// The index of the sample in it, if it contains only one sample of each pixel.
    pub(crate) plane: usize,
    pub(crate) left: u32,
    pub(crate) top: u32,
    /// Stored rows. Some may be below the picture.
    pub(crate) rows: u32,
}

impl Layout {
    /// Reads the layout from a directory. Refuses unsupported kinds by name.
    pub(crate) fn read(
        file: TiffFile<'_>,
        directory: &Directory<'_>,
        size: (u32, u32),
    ) -> Result<Self, Refusal> {
        let number = |tag, default| directory.number(tag).unwrap_or(default);
        let samples = number(tag::SAMPLES_PER_PIXEL, 1) as usize;
        let photometric = Photometric::read(directory, samples)?;
        let compression = Compression::read(directory, photometric)?;
        let is_tiled = directory.entry(tag::TILE_OFFSETS).is_some();
        let chunk = if is_tiled {
            (number(tag::TILE_WIDTH, 0), number(tag::TILE_HEIGHT, 0))
        } else {
            (size.0, number(tag::ROWS_PER_STRIP, u32::MAX).min(size.1))
        };
        let layout = Self {
            size,
            chunk,
            is_tiled,
            samples,
            is_planar: samples > 1 && number(tag::PLANAR_CONFIGURATION, 1) == 2,
            bits: bits(directory)?,
            kind: kind(directory)?,
            photometric: compression.photometric(photometric),
            compression,
            predictor: predictor(directory, compression)?,
            bit_order: if number(tag::FILL_ORDER, 1) == 2 {
                BitOrder::LowestFirst
            } else {
                BitOrder::HighestFirst
            },
            is_big_endian: file.big_endian,
            subsampling: if photometric == Photometric::YCbCr && !compression.converts_colours() {
                directory.pair(tag::YCBCR_SUBSAMPLING).unwrap_or((2, 2))
            } else {
                (1, 1)
            },
        };
        layout.check()?;
        Ok(layout)
    }

    /// Refuses unsupported combinations and impossible sizes.
    fn check(&self) -> Result<(), Refusal> {
        let expected = self.photometric.samples();
        if self.samples < expected {
            return Err(Refusal::corrupt(
                "The TIFF file has fewer samples per pixel than its colours need.",
            ));
        }
        if self.samples > MAX_SAMPLES {
            return Err(not_read(&format!("{} samples per pixel", self.samples)));
        }
        let (width, height) = self.chunk;
        // A tile may be larger than the picture, but not so large that it exhausts memory.
        let most = |side: u32| side.next_multiple_of(MAX_LONELY_TILE);
        if width == 0 || height == 0 || width > most(self.size.0) || height > most(self.size.1) {
            return Err(Refusal::corrupt(
                "The strips or tiles of the TIFF file have impossible sizes.",
            ));
        }
        if self.photometric == Photometric::YCbCr && !self.has_plain_ycbcr() {
            return Err(not_read("YCbCr stored in an unusual way"));
        }
        Ok(())
    }

    fn has_plain_ycbcr(&self) -> bool {
        let factor = |factor: u32| matches!(factor, 1 | 2 | 4);
        let (across, down) = self.subsampling;
        let is_subsampled = (across, down) != (1, 1);
        let can_be_subsampled = self.samples == 3 && self.predictor == Predictor::None;
        let is_plain = self.bits == 8 && self.kind == SampleKind::Unsigned && !self.is_planar;
        is_plain && factor(across) && factor(down) && (can_be_subsampled || !is_subsampled)
    }

    /// How many strips or tiles there are, across and down.
    fn counts(&self) -> (u32, u32) {
        (
            self.size.0.div_ceil(self.chunk.0),
            self.size.1.div_ceil(self.chunk.1),
        )
    }

    /// The positions of strips or tiles, in the order in which they are listed.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place> + '_ {
        let (across, down) = self.counts();
        let planes = if self.is_planar { self.samples } else { 1 };
        (0..planes).flat_map(move |plane| {
            (0..down).flat_map(move |y| {
                (0..across).map(move |x| {
                    let top = y * self.chunk.1;
                    let rows = if self.is_tiled {
                        self.chunk.1
                    } else {
                        self.chunk.1.min(self.size.1 - top)
                    };
                    Place {
                        plane,
                        left: x * self.chunk.0,
                        top,
                        rows,
                    }
                })
            })
        })
    }

    /// How many samples of a pixel are stored together in a strip or tile.
    pub(crate) fn samples_together(&self) -> usize {
        if self.is_planar { 1 } else { self.samples }
    }

    /// Bytes of a row of a strip or tile, or of the rows of one unit of subsampled YCbCr.
    pub(crate) fn row_bytes(&self) -> usize {
        let width = self.chunk.0 as usize;
        let (across, down) = self.subsampling;
        if (across, down) == (1, 1) {
            (width * self.samples_together() * self.bits as usize).div_ceil(8)
        } else {
            width.div_ceil(across as usize) * (across * down + 2) as usize
        }
    }

    /// Bytes of this many rows of a strip or tile.
    pub(crate) fn bytes_of_rows(&self, rows: u32) -> usize {
        self.row_bytes() * rows.div_ceil(self.subsampling.1) as usize
    }
}

/// The most samples of a pixel. Only the first few are shown; satellite pictures have a dozen.
const MAX_SAMPLES: usize = 64;

/// A tile larger than the picture may extend to a multiple of this.
const MAX_LONELY_TILE: u32 = 1024;

impl Photometric {
    fn read(directory: &Directory<'_>, samples: usize) -> Result<Self, Refusal> {
        Ok(match directory.number(tag::PHOTOMETRIC) {
            Some(0) => Self::WhiteIsZero,
            // 4 is a mask, which shows what it lets through.
            Some(1 | 4) => Self::BlackIsZero,
            Some(2) => Self::Rgb,
            Some(3) => Self::Palette,
            Some(5) => Self::Inks,
            Some(6) => Self::YCbCr,
            Some(8) => Self::CieLab,
            Some(9) => Self::IccLab,
            Some(10) => return Err(not_read("ITU L*a*b* colours")),
            Some(32_803) => return Err(not_read("raw sensor data (CFA)")),
            Some(32_844 | 32_845) => return Err(not_read("SGI LogLuv colours")),
            Some(34_892) => return Err(not_read("linear raw colours")),
            Some(other) => return Err(not_read(&format!("photometric interpretation {other}"))),
            None if samples >= 3 => Self::Rgb,
            None => Self::BlackIsZero,
        })
    }

    /// The number of samples of a colour.
    pub(crate) fn samples(self) -> usize {
        match self {
            Self::WhiteIsZero | Self::BlackIsZero | Self::Palette => 1,
            Self::Rgb | Self::YCbCr | Self::CieLab | Self::IccLab => 3,
            Self::Inks => 4,
        }
    }
}

/// Bits of a sample. All samples must have the same number.
fn bits(directory: &Directory<'_>) -> Result<u32, Refusal> {
    let all = directory.numbers(tag::BITS_PER_SAMPLE, 64);
    let bits = all.first().copied().unwrap_or(1);
    if all.iter().any(|other| *other != bits) {
        return Err(not_read("samples with different numbers of bits"));
    }
    match bits {
        1..=16 | 24 | 32 | 64 => Ok(bits),
        _ => Err(not_read(&format!("{bits} bits per sample"))),
    }
}

fn kind(directory: &Directory<'_>) -> Result<SampleKind, Refusal> {
    let bits = directory.number(tag::BITS_PER_SAMPLE).unwrap_or(1);
    match (directory.number(tag::SAMPLE_FORMAT).unwrap_or(1), bits) {
        // 4 means undefined, which is read as unsigned.
        (1 | 4, ..=32) => Ok(SampleKind::Unsigned),
        (2, 8 | 16 | 24 | 32) => Ok(SampleKind::Signed),
        (3, 16 | 24 | 32 | 64) => Ok(SampleKind::Float),
        (5 | 6, _) => Err(not_read("complex numbers")),
        _ => Err(not_read(&format!(
            "{bits} bits per sample in this sample format"
        ))),
    }
}

fn predictor(directory: &Directory<'_>, compression: Compression) -> Result<Predictor, Refusal> {
    let bits = directory.number(tag::BITS_PER_SAMPLE).unwrap_or(1);
    if !compression.has_predictor() {
        return Ok(Predictor::None);
    }
    match (directory.number(tag::PREDICTOR).unwrap_or(1), bits) {
        (1, _) => Ok(Predictor::None),
        (2, 8 | 16 | 32 | 64) => Ok(Predictor::Horizontal),
        (3, 16 | 24 | 32 | 64) => Ok(Predictor::FloatingPoint),
        (other, _) => Err(not_read(&format!(
            "predictor {other} with {bits} bits per sample"
        ))),
    }
}

/// The refusal of a kind of TIFF, by its name.
pub(super) fn not_read(what: &str) -> Refusal {
    Refusal::unsupported(format!(
        "The TIFF file uses a feature that is not supported: {what}."
    ))
}
