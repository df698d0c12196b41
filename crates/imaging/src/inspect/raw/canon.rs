//! Finds the pictures of a Canon CR3 photo: a file of boxes like a movie's, whose first track is the JPEG picture.

use std::borrow::Cow;
use std::ops::Range;

use super::pictures::{Pictures, place};
use crate::budget::Meter;
use crate::inspect::bytes::be32;
use crate::inspect::isobmff::{FourCc, boxes};

/// The box of metadata in the movie header.
const METADATA: &[u8] = b"\x85\xC0\xB6\x87\x82\x0F\x11\xE0\x81\x11\xF4\xCE\x46\x2B\x6A\x48";

/// The box of a smaller picture, at the top of the file.
const PREVIEW: &[u8] = b"\xEA\xF4\x2B\x5E\x1C\x98\x4B\x88\xB9\xFB\xB7\xDC\x40\x6E\x4D\x16";

/// The most boxes of a kind that are looked at. Photos have four tracks.
const MAX_BOXES: usize = 8;

pub(super) fn read<'a>(original: &'a [u8], meter: &Meter<'_>) -> Pictures<'a> {
    let mut pictures = Pictures::default();
    for (kind, body) in boxes(original) {
        if meter.step() {
            break;
        }
        match &kind {
            b"moov" => {
                pictures.exif = exif(body).map(Cow::Borrowed);
                let tracks = all(body, *b"trak").filter_map(track);
                pictures.places.extend(tracks);
            }
            b"uuid" if body.starts_with(PREVIEW) => {
                pictures.places.extend(preview(original, body));
            }
            _ => {}
        }
    }
    pictures
}

fn all(body: &[u8], wanted: FourCc) -> impl Iterator<Item = &[u8]> {
    boxes(body)
        .take(256)
        .filter(move |(kind, _)| *kind == wanted)
        .map(|(_, body)| body)
        .take(MAX_BOXES)
}

fn first(body: &[u8], wanted: FourCc) -> Option<&[u8]> {
    all(body, wanted).next()
}

/// The first directory of EXIF, which has a separate box. It states the camera and the orientation.
fn exif(header: &[u8]) -> Option<&[u8]> {
    let metadata = all(header, *b"uuid").find(|body| body.starts_with(METADATA))?;
    first(&metadata[METADATA.len()..], *b"CMT1")
}

/// The only sample of a track.
fn track(track: &[u8]) -> Option<Range<usize>> {
    let table = [*b"mdia", *b"minf", *b"stbl"]
        .into_iter()
        .try_fold(track, first)?;
    let sizes = first(table, *b"stsz")?;
    // All samples have one size, or each has its own.
    let length = match be32(sizes, 4)? {
        0 => be32(sizes, 12)?,
        length => length,
    };
    let offsets = first(table, *b"co64")?.get(8..)?;
    let at = u64::from_be_bytes(*offsets.first_chunk()?);
    place(usize::try_from(at).ok()?, length as usize)
}

/// The picture in its box, after a header of a few numbers.
fn preview(original: &[u8], body: &[u8]) -> Option<Range<usize>> {
    const LONGEST_HEADER: usize = 64;
    let head = &body[..body.len().min(LONGEST_HEADER)];
    let inside = head.windows(3).position(|bytes| bytes == b"\xFF\xD8\xFF")?;
    let at = body.as_ptr().addr() - original.as_ptr().addr() + inside;
    place(at, body.len() - inside)
}
