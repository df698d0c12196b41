//! How the strips or tiles of a TIFF page are compressed.

use super::layout::{Photometric, not_read};
use super::{Directory, tag};
use crate::refusal::Refusal;

/// A compression that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Compression {
    None,
    PackBits,
    Lzw,
    Deflate,
    Zstandard,
    Lzma,
    WebP,
    Jpeg {
        /// Whether the components are luma and chroma, which come out as RGB.
        is_ycbcr: bool,
    },
    Fax(Fax),
}

/// The codes of facsimile machines (ITU-T T.4 and T.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fax {
    /// Rows of runs. Each row begins at a byte, or at an even byte.
    Rle { is_word_aligned: bool },
    /// Group 3: rows of runs, of which some may be coded by their differences from the row before.
    Group3 { is_two_dimensional: bool },
    /// Group 4: every row is coded by its differences from the row before.
    Group4,
}

impl Compression {
    pub(super) fn read(
        directory: &Directory<'_>,
        photometric: Photometric,
    ) -> Result<Self, Refusal> {
        let number = directory.number(tag::COMPRESSION).unwrap_or(1);
        let compression = match number {
            1 => Self::None,
            2 => Self::Fax(Fax::Rle {
                is_word_aligned: false,
            }),
            3 => Self::Fax(group3(directory)?),
            4 => Self::Fax(group4(directory)?),
            5 => Self::Lzw,
            7 => Self::Jpeg {
                is_ycbcr: photometric == Photometric::YCbCr,
            },
            8 | 32_946 => Self::Deflate,
            32_771 => Self::Fax(Fax::Rle {
                is_word_aligned: true,
            }),
            32_773 => Self::PackBits,
            34_925 => Self::Lzma,
            50_000 => Self::Zstandard,
            50_001 => Self::WebP,
            other => {
                return Err(not_read(&match name(other) {
                    Some(name) => format!("compression {name}"),
                    None => format!("compression number {other}"),
                }));
            }
        };
        compression.check_samples(directory)?;
        Ok(compression)
    }

    /// Checks that the samples are ones that the codec supports.
    fn check_samples(self, directory: &Directory<'_>) -> Result<(), Refusal> {
        let bits = directory.number(tag::BITS_PER_SAMPLE).unwrap_or(1);
        let samples = directory.number(tag::SAMPLES_PER_PIXEL).unwrap_or(1);
        let is_planar = directory.number(tag::PLANAR_CONFIGURATION) == Some(2) && samples > 1;
        let (fits, name) = match self {
            Self::Fax(_) => (bits == 1 && samples == 1, "fax codes"),
            Self::WebP => (bits == 8 && matches!(samples, 3 | 4) && !is_planar, "WebP"),
            Self::Jpeg { is_ycbcr } => (
                bits == 8
                    && if is_ycbcr {
                        samples == 3 && !is_planar
                    } else {
                        is_planar || matches!(samples, 1 | 3 | 4)
                    },
                "JPEG",
            ),
            _ => (true, ""),
        };
        if fits {
            Ok(())
        } else {
            Err(not_read(&format!(
                "{name} with {samples} samples of {bits} bits per pixel"
            )))
        }
    }

    /// The meaning of the samples that the codec returns.
    pub(super) fn photometric(self, stored: Photometric) -> Photometric {
        if self.converts_colours() {
            Photometric::Rgb
        } else {
            stored
        }
    }

    pub(super) fn converts_colours(self) -> bool {
        matches!(self, Self::Jpeg { is_ycbcr: true } | Self::WebP)
    }

    /// Bytes that the codec holds at once for a strip or tile of this size, besides the packed and unpacked data.
    pub(super) fn memory(self, unpacked: u64, packed: u64) -> u64 {
        match self {
            // Coefficients of all scans, the pixels, and the file built from the tables and the data.
            Self::Jpeg { .. } => unpacked * 4 + packed,
            // The pixels, and those of a lossless picture during decoding.
            Self::WebP => unpacked * 3,
            // The window for back references, at most as long as the data, in a buffer that doubles.
            Self::Zstandard => unpacked * 2 + (1 << 20),
            Self::Lzma => unpacked + (1 << 20),
            _ => 0,
        }
    }

    pub(super) fn has_predictor(self) -> bool {
        matches!(
            self,
            Self::Lzw | Self::Deflate | Self::Zstandard | Self::Lzma
        )
    }
}

/// Options of Group 3 (TIFF 6.0, section 11): bit 0 is two-dimensional coding, bit 1 uncompressed mode.
fn group3(directory: &Directory<'_>) -> Result<Fax, Refusal> {
    let options = directory.number(tag::T4_OPTIONS).unwrap_or(0);
    if options & 2 != 0 {
        return Err(not_read("fax codes in uncompressed mode"));
    }
    Ok(Fax::Group3 {
        is_two_dimensional: options & 1 != 0,
    })
}

fn group4(directory: &Directory<'_>) -> Result<Fax, Refusal> {
    if directory.number(tag::T6_OPTIONS).unwrap_or(0) & 2 != 0 {
        return Err(not_read("fax codes in uncompressed mode"));
    }
    Ok(Fax::Group4)
}

/// Compressions that are known but cannot be read.
fn name(compression: u32) -> Option<&'static str> {
    Some(match compression {
        6 => "old-style JPEG compression",
        9 | 10 | 34_661 => "JBIG",
        32_766 => "NeXT",
        32_809 => "ThunderScan",
        32_908..=32_911 => "PixarFilm or PixarLog",
        34_676 | 34_677 => "SGILog",
        33_003 | 33_005 | 34_712 => "JPEG 2000",
        34_887 => "LERC",
        34_934 => "JPEG XR",
        50_002 | 52_546 => "JPEG XL",
        _ => return None,
    })
}
