//! Reads the directories of a TIFF structure, which is the format of an EXIF block.
//!
//! The reader is written by hand because of hostile files. General EXIF readers collect every entry of every directory
//! that they can reach, and directories may overlap: for 64 KiB of crafted bytes one of them used 250 MB and a quarter
//! of a second, and both grow with the square of the length. In a TIFF file, moreover, the block is the file itself,
//! which must not be copied. Here nothing is collected: a directory is a view of the bytes, a tag is looked up in it
//! when it is asked for, and only three directories are ever opened.

mod value;

use std::fmt;

use self::value::Kind;
pub(crate) use self::value::Value;

/// The most entries of one directory that are read. Real ones have fewer than 200.
const MAX_ENTRIES: usize = 1_000;

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
    /// Whether the directory claims more entries than there are bytes for, or more than are read.
    pub(crate) truncated: bool,
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

    /// A number of at most eight bytes.
    fn uint(self, bytes: &[u8]) -> u64 {
        let add = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        if self.big_endian {
            bytes.iter().fold(0, add)
        } else {
            bytes.iter().rev().fold(0, add)
        }
    }
}

impl<'a> Directory<'a> {
    /// The value of the first entry with this tag, or `None` if there is none within the bytes.
    pub(crate) fn get(self, tag: u16) -> Option<Value<'a>> {
        self.entries
            .chunks_exact(ENTRY)
            .find(|entry| self.tiff.u16([entry[0], entry[1]]) == tag)
            .and_then(|entry| self.value(entry))
    }

    /// The directory that an entry points to. `None` without such an entry; an error if it points outside the bytes.
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
        Some(Value::new(tiff, kind, bytes))
    }
}
