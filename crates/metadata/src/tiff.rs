//! Reads the directories of a TIFF structure, which is what an EXIF block is.
//!
//! It is written by hand because of hostile files. General EXIF readers collect every entry of
//! every directory that they can reach, and directories may overlap: 64 KiB of crafted bytes took one of them
//! 250 MB and a quarter of a second, growing with the square of the length. And in a TIFF file the block is the file
//! itself, which must not be copied. Here nothing is collected: a directory is a view of the
//! bytes, a tag is looked up in it when it is asked for, and only three directories are ever opened.

use std::fmt;

/// The most entries of one directory that are looked at. Real ones have fewer than 200.
const MAX_ENTRIES: usize = 1_000;

/// The most items of one value that are looked at; the longest list asked for here has three.
const MAX_ITEMS: usize = 64;

const ENTRY: usize = 12;

/// A TIFF structure: its bytes and their order.
#[derive(Clone, Copy)]
pub(crate) struct Tiff<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

/// One image file directory: a run of entries, looked up by tag.
#[derive(Clone, Copy)]
pub(crate) struct Directory<'a> {
    tiff: Tiff<'a>,
    entries: &'a [u8],
    /// Whether the directory claims more entries than there are bytes for, or than are looked at.
    pub(crate) truncated: bool,
}

/// The value of an entry, within the bytes.
#[derive(Clone, Copy)]
pub(crate) struct Value<'a> {
    tiff: Tiff<'a>,
    kind: Kind,
    bytes: &'a [u8],
}

/// The types of values (TIFF 6.0, section 2; EXIF 3.0 adds UTF-8 text).
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bytes,
    Text,
    Short,
    Long,
    Rational,
    SignedRational,
    /// Numbers that no tag asked for here has.
    Other(usize),
}

/// Why a block is not a TIFF structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TiffError {
    Truncated,
    ByteOrder,
    Version(u16),
    Outside(u32),
}

impl fmt::Display for TiffError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated => write!(f, "it ends within its header"),
            Self::ByteOrder => write!(f, "its byte order is neither II nor MM"),
            Self::Version(version) => write!(f, "its version is {version}, not 42"),
            Self::Outside(offset) => write!(f, "its first directory, at {offset}, lies outside it"),
        }
    }
}

impl<'a> Tiff<'a> {
    /// The first directory, which the header points to.
    pub(crate) fn first_directory(bytes: &'a [u8]) -> Result<Directory<'a>, TiffError> {
        let big_endian = match bytes.get(..2) {
            None => return Err(TiffError::Truncated),
            Some(b"MM") => true,
            Some(b"II") => false,
            Some(_) => return Err(TiffError::ByteOrder),
        };
        let tiff = Self { bytes, big_endian };
        let version = tiff.u16_at(2).ok_or(TiffError::Truncated)?;
        if version != 42 {
            return Err(TiffError::Version(version));
        }
        let first = tiff.u32_at(4).ok_or(TiffError::Truncated)?;
        tiff.directory(first).ok_or(TiffError::Outside(first))
    }

    /// The directory at an offset from the start of the bytes.
    pub(crate) fn directory(self, offset: u32) -> Option<Directory<'a>> {
        let start = usize::try_from(offset).ok()?;
        let claimed = usize::from(self.u16_at(start)?);
        let available = &self.bytes[start + 2..];
        let count = claimed.min(available.len() / ENTRY).min(MAX_ENTRIES);
        Some(Directory {
            tiff: self,
            entries: &available[..count * ENTRY],
            truncated: count < claimed,
        })
    }

    fn u16_at(self, at: usize) -> Option<u16> {
        self.bytes
            .get(at..)?
            .first_chunk()
            .map(|bytes| self.u16(*bytes))
    }

    fn u32_at(self, at: usize) -> Option<u32> {
        self.bytes
            .get(at..)?
            .first_chunk()
            .map(|bytes| self.u32(*bytes))
    }

    fn u16(self, bytes: [u8; 2]) -> u16 {
        if self.big_endian {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }
    }

    fn u32(self, bytes: [u8; 4]) -> u32 {
        if self.big_endian {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        }
    }
}

impl<'a> Directory<'a> {
    /// The value of the first entry with this tag, or `None` where there is none within the bytes.
    pub(crate) fn get(self, tag: u16) -> Option<Value<'a>> {
        self.entries
            .chunks_exact(ENTRY)
            .find(|entry| self.tiff.u16([entry[0], entry[1]]) == tag)
            .and_then(|entry| self.value(entry))
    }

    /// The directory that an entry points to: `None` without such an entry, an error where it
    /// points outside the bytes.
    pub(crate) fn child(self, tag: u16) -> Option<Result<Self, u32>> {
        let offset = self.get(tag)?.unsigned()?;
        Some(self.tiff.directory(offset).ok_or(offset))
    }

    /// How many entries have values that lie outside the bytes.
    pub(crate) fn values_outside(self) -> usize {
        self.entries
            .chunks_exact(ENTRY)
            .filter(|entry| self.value(entry).is_none())
            .count()
    }

    fn value(self, entry: &'a [u8]) -> Option<Value<'a>> {
        let tiff = self.tiff;
        let kind = Kind::of(tiff.u16([entry[2], entry[3]]));
        let count = usize::try_from(tiff.u32([entry[4], entry[5], entry[6], entry[7]])).ok()?;
        let length = count.checked_mul(kind.size())?;
        let bytes = if length <= 4 {
            &entry[8..8 + length]
        } else {
            let offset = tiff.u32([entry[8], entry[9], entry[10], entry[11]]);
            tiff.bytes
                .get(usize::try_from(offset).ok()?..)?
                .get(..length)?
        };
        Some(Value { tiff, kind, bytes })
    }
}

impl<'a> Value<'a> {
    /// The bytes of a text, without the NUL that ends it. Writers also use the byte types for it.
    pub(crate) fn text(self) -> Option<&'a [u8]> {
        if !matches!(self.kind, Kind::Text | Kind::Bytes) {
            return None;
        }
        let end = self
            .bytes
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(self.bytes.len());
        Some(&self.bytes[..end])
    }

    /// The bytes of a value whose type is bytes.
    pub(crate) fn bytes(self) -> Option<&'a [u8]> {
        (self.kind == Kind::Bytes).then_some(self.bytes)
    }

    /// The first item of a value of whole numbers.
    pub(crate) fn unsigned(self) -> Option<u32> {
        match self.kind {
            Kind::Bytes => self.bytes.first().copied().map(u32::from),
            Kind::Short => self
                .bytes
                .first_chunk()
                .map(|item| self.tiff.u16(*item).into()),
            Kind::Long => self.bytes.first_chunk().map(|item| self.tiff.u32(*item)),
            _ => None,
        }
    }

    /// The first item of a value of numbers; see [`rationals`](Self::rationals).
    pub(crate) fn number(self) -> Option<f64> {
        match self.kind {
            Kind::Rational | Kind::SignedRational => self.rationals().next().flatten(),
            _ => self.unsigned().map(f64::from),
        }
    }

    /// The items of a value of fractions; one whose denominator is zero is no number.
    pub(crate) fn rationals(self) -> impl Iterator<Item = Option<f64>> {
        let items = match self.kind {
            Kind::Rational | Kind::SignedRational => self.bytes,
            _ => &[],
        };
        let part = move |bytes: &[u8]| {
            let bits = bytes.first_chunk().map(|bytes| self.tiff.u32(*bytes))?;
            Some(if self.kind == Kind::SignedRational {
                bits.cast_signed().into()
            } else {
                f64::from(bits)
            })
        };
        items.chunks_exact(8).take(MAX_ITEMS).map(move |item| {
            let (numerator, denominator) = (part(&item[..4])?, part(&item[4..])?);
            (denominator != 0.0).then(|| numerator / denominator)
        })
    }
}

impl Kind {
    fn of(code: u16) -> Self {
        match code {
            1 | 7 => Self::Bytes,
            2 | 129 => Self::Text,
            3 => Self::Short,
            4 | 13 => Self::Long,
            5 => Self::Rational,
            10 => Self::SignedRational,
            6 => Self::Other(1),
            8 => Self::Other(2),
            9 | 11 => Self::Other(4),
            12 => Self::Other(8),
            // A type from the future has no known length, so nothing of it lies outside.
            _ => Self::Other(0),
        }
    }

    fn size(self) -> usize {
        match self {
            Self::Bytes | Self::Text => 1,
            Self::Short => 2,
            Self::Long => 4,
            Self::Rational | Self::SignedRational => 8,
            Self::Other(size) => size,
        }
    }
}
