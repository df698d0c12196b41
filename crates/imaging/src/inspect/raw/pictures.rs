//! Finds JPEG pictures in raw photos, in TIFF directories and in Fujifilm's header.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::{is_of_sensor, olympus};
use crate::format::RawKind;
use crate::inspect::bytes::be32;
use crate::inspect::tiff::{Directory, TiffFile, tag};

/// The most directories of a file that are read. Raw photos have up to ten.
const MAX_DIRECTORIES: usize = 32;

/// The most bytes that are copied of a structure that is TIFF except for its first bytes.
const MAX_COPIED: usize = 256 << 10;

/// The pictures and metadata of a raw photo.
#[derive(Default)]
pub(super) struct Pictures<'a> {
    /// Where there may be a JPEG picture.
    pub(super) places: Vec<Range<usize>>,
    /// The EXIF block of the photo as a TIFF structure.
    pub(super) exif: Option<Cow<'a, [u8]>>,
    pub(super) xmp: Option<&'a [u8]>,
}

/// The range that begins at `at` and has `length` bytes.
pub(super) fn place(at: usize, length: usize) -> Option<Range<usize>> {
    Some(at..at.checked_add(length)?)
}

/// The directories of a file: the chain of pages, and those that pages refer to.
pub(super) fn directories(file: TiffFile<'_>) -> impl Iterator<Item = Directory<'_>> {
    let mut seen = HashSet::new();
    let mut waiting: Vec<_> = file.first_directory().into_iter().collect();
    std::iter::from_fn(move || {
        let directory = loop {
            let next = waiting.pop()?;
            if seen.len() == MAX_DIRECTORIES {
                return None;
            }
            if seen.insert(next.place()) {
                break next;
            }
        };
        let below = directory.numbers(tag::SUB_DIRECTORIES, MAX_DIRECTORIES);
        let offsets = below
            .into_iter()
            .map(u64::from)
            .chain(directory.next_offset());
        waiting.extend(
            offsets
                .filter(|offset| *offset != 0)
                .filter_map(|offset| file.directory(offset)),
        );
        Some(directory)
    })
}

/// The pictures of a photo that is a TIFF structure, possibly except for its first bytes.
pub(super) fn of_tiff(original: &[u8], kind: RawKind) -> Pictures<'_> {
    let Some(file) = TiffFile::open_raw(original) else {
        return Pictures::default();
    };
    let mut pictures = Pictures {
        exif: exif(original, kind),
        ..Pictures::default()
    };
    for directory in directories(file) {
        pictures.xmp = pictures.xmp.or_else(|| directory.bytes(tag::XMP));
        if !is_of_sensor(&directory) {
            pictures.places.extend(of_directory(&directory));
        }
    }
    let first = file.first_directory();
    match kind {
        RawKind::Orf => pictures
            .places
            .extend(first.and_then(|first| olympus::preview(original, file, &first))),
        RawKind::Rw2 => pictures.places.extend(first.and_then(|first| {
            let entry = first.entry(tag::PANASONIC_JPEG)?;
            place(entry.values_at, first.count(tag::PANASONIC_JPEG))
        })),
        _ => {}
    }
    pictures
}

/// The EXIF block. If the first bytes are TIFF's, it is the file itself. Other files are copied, as far as directories
/// reach, and get TIFF's first bytes. Panasonic's pictures have a block of their own, which says more.
fn exif(original: &[u8], kind: RawKind) -> Option<Cow<'_, [u8]>> {
    if TiffFile::open(original).is_some() {
        return Some(Cow::Borrowed(original));
    }
    if kind == RawKind::Rw2 {
        return None;
    }
    let mut copy = original[..original.len().min(MAX_COPIED)].to_vec();
    let number = if copy.starts_with(b"MM") {
        b"\0*"
    } else {
        b"*\0"
    };
    copy.get_mut(2..4)?.copy_from_slice(number);
    Some(Cow::Owned(copy))
}

/// The pictures that a directory lists, by the tags of thumbnails or as its own only strip.
fn of_directory(directory: &Directory<'_>) -> impl Iterator<Item = Range<usize>> {
    const OLD_JPEG: u32 = 6;
    const JPEG: u32 = 7;
    let found = |at, length| {
        let number = |tag| usize::try_from(directory.number(tag)?).ok();
        place(number(at)?, number(length)?)
    };
    let is_jpeg = matches!(directory.number(tag::COMPRESSION), Some(OLD_JPEG | JPEG));
    let is_one_strip = is_jpeg && directory.count(tag::STRIP_OFFSETS) == 1;
    let strip = is_one_strip
        .then(|| found(tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS))
        .flatten();
    found(tag::JPEG_OFFSET, tag::JPEG_LENGTH)
        .into_iter()
        .chain(strip)
}

/// The picture of a Fujifilm photo, whose header states the position. It has the photo's EXIF block.
pub(super) fn of_fujifilm(original: &[u8]) -> Pictures<'_> {
    const OFFSET_AT: usize = 84;
    let number = |at| be32(original, at).map(|number| number as usize);
    let found = number(OFFSET_AT)
        .zip(number(OFFSET_AT + 4))
        .and_then(|(at, length)| place(at, length));
    Pictures {
        places: found.into_iter().collect(),
        ..Pictures::default()
    }
}
