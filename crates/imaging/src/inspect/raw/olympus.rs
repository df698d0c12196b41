//! Finds the preview of an Olympus photo, which is only listed in the maker notes.

use std::ops::Range;

use super::pictures::place;
use crate::inspect::tiff::{Directory, TiffFile};

const EXIF_DIRECTORY: u16 = 0x8769;
const MAKER_NOTE: u16 = 0x927C;
const CAMERA_SETTINGS: u16 = 0x2020;
const PREVIEW_OFFSET: u16 = 0x0101;
const PREVIEW_LENGTH: u16 = 0x0102;

/// How maker notes begin, and the number of bytes before their directory. Offsets count from the beginning of the
/// notes.
const HEADERS: [(&[u8], u64); 2] = [(b"OLYMPUS\0II", 12), (b"OM SYSTEM\0\0\0II", 16)];

pub(super) fn preview(
    original: &[u8],
    file: TiffFile<'_>,
    first: &Directory<'_>,
) -> Option<Range<usize>> {
    let exif = file.directory(first.number(EXIF_DIRECTORY)?.into())?;
    let base = exif.entry(MAKER_NOTE)?.values_at;
    let notes = original.get(base..)?;
    let (_, directory_at) = HEADERS
        .iter()
        .find(|(header, _)| notes.starts_with(header))?;
    let notes = TiffFile::little_endian(notes);
    let directory = notes.directory(*directory_at)?;
    let settings = notes.directory(directory.number(CAMERA_SETTINGS)?.into())?;
    let number = |tag| usize::try_from(settings.number(tag)?).ok();
    place(
        base.checked_add(number(PREVIEW_OFFSET)?)?,
        number(PREVIEW_LENGTH)?,
    )
}
