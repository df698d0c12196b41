//! The directories of a TIFF structure, and the values of their entries.

use std::collections::HashSet;

use super::super::Density;
use super::super::bytes::slice;
use super::tag;
use crate::budget::Meter;
use crate::orient::Orientation;

/// The number of pages after which counting stops.
const MAX_PAGES: usize = 1000;

/// The most entries of one directory that are read. TIFF 6.0 allows this many; a BigTIFF could have billions, each of
/// which would be visited at every look-up.
const MAX_ENTRIES: usize = 65_535;

/// A TIFF structure: its byte order, and whether offsets have 64 bits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TiffFile<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) big_endian: bool,
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

    /// Opens a raw photo whose first bytes differ from TIFF's.
    pub(crate) fn open_raw(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..4)? {
            b"IIRO" | b"IIRS" | b"IIU\0" => false,
            b"MMOR" => true,
            _ => return Self::open(bytes),
        };
        Some(Self {
            bytes,
            big_endian,
            big: false,
        })
    }

    /// A structure without TIFF's first bytes.
    pub(crate) fn little_endian(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            big_endian: false,
            big: false,
        }
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
        // A directory that claims more entries than the file has room for is read as far as it goes.
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

    /// The number of pages. A chain of directories that returns to one of them ends there.
    pub(super) fn count_pages(&self, meter: &Meter<'_>) -> usize {
        let mut seen = HashSet::new();
        let mut directory = self.first_directory();
        while let Some(current) = directory {
            if !seen.insert(current.entries) || seen.len() == MAX_PAGES || meter.step() {
                break;
            }
            directory = current
                .next_offset()
                .filter(|offset| *offset != 0)
                .and_then(|offset| self.directory(offset));
        }
        seen.len()
    }

    /// An unsigned number of 1, 2, 4 or 8 bytes in the file's byte order.
    pub(crate) fn uint(&self, offset: usize, size: usize) -> Option<u64> {
        Some(self.uint_of(slice(self.bytes, offset, size)?))
    }

    /// Some bytes of the structure, read as an unsigned number.
    pub(crate) fn uint_of(&self, bytes: &[u8]) -> u64 {
        let fold = |number: u64, byte: &u8| (number << 8) | u64::from(*byte);
        if self.big_endian {
            bytes.iter().fold(0, fold)
        } else {
            bytes.iter().rev().fold(0, fold)
        }
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
    /// Offset of the values in the structure, whether they are in the entry itself or elsewhere.
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
    /// Its position, which identifies it among the directories of the file.
    pub(crate) fn place(&self) -> usize {
        self.entries
    }

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

    /// The first value of an entry, if it is an unsigned whole number.
    pub(crate) fn number(&self, wanted: u16) -> Option<u32> {
        self.value(wanted, 0)
    }

    /// The values of an entry as they are in the file, if they are bytes or text.
    pub(crate) fn bytes(&self, wanted: u16) -> Option<&'a [u8]> {
        let entry = self.entry(wanted)?;
        // IPTC is often declared as numbers of four bytes, although it consists of bytes.
        slice(
            self.file.bytes,
            entry.values_at,
            entry.value_size()?.checked_mul(entry.count)?,
        )
    }

    /// The values of an entry, if they are unsigned whole numbers: as many as the file contains, and at most `most`.
    pub(crate) fn numbers(&self, wanted: u16, most: usize) -> Vec<u32> {
        let Some(entry) = self.entry(wanted) else {
            return Vec::new();
        };
        (0..most)
            .map_while(|index| self.value_of(entry, index))
            .collect()
    }

    /// How many values an entry has, as far as the file contains them.
    pub(crate) fn count(&self, wanted: u16) -> usize {
        self.entry(wanted).map_or(0, |entry| {
            let room = self.file.bytes.len().saturating_sub(entry.values_at);
            entry.count.min(room / entry.value_size().unwrap_or(1))
        })
    }

    pub(super) fn pair(&self, wanted: u16) -> Option<(u32, u32)> {
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

    /// The first values of an entry, if they are fractions.
    pub(crate) fn rationals<const N: usize>(&self, wanted: u16) -> Option<[f64; N]> {
        let entry = self.entry(wanted)?;
        let mut values = [0.0; N];
        for (index, value) in values.iter_mut().enumerate() {
            *value = self.rational_of(entry, index)?;
        }
        Some(values)
    }

    fn rational(&self, wanted: u16) -> Option<f64> {
        self.rational_of(self.entry(wanted)?, 0)
    }

    fn rational_of(&self, entry: Entry, index: usize) -> Option<f64> {
        if entry.kind != 5 || index >= entry.count {
            return None;
        }
        let at = entry.values_at.checked_add(index * 8)?;
        let part = |offset| {
            self.file
                .uint(offset, 4)
                .and_then(|part| u32::try_from(part).ok())
                .map(f64::from)
        };
        Some(part(at)? / part(at.checked_add(4)?)?)
    }

    pub(super) fn orientation(&self) -> Option<Orientation> {
        Orientation::from_exif(u16::try_from(self.number(tag::ORIENTATION)?).ok()?)
    }

    pub(super) fn density(&self) -> Option<Density> {
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

    pub(crate) fn next_offset(&self) -> Option<u64> {
        let size = if self.file.big { 8 } else { 4 };
        self.file
            .uint(self.entries + self.count * self.file.entry_size(), size)
    }
}
