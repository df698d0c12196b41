//! Reads the chunks of a WebP file (RFC 9649).

use std::borrow::Cow;

use super::bytes::{le16, le24, le32, slice};
use super::{ChromaSubsampling, ColourSpace, Inspection};
use crate::budget::Meter;
use crate::format::Format;
use crate::refusal::Refusal;

const ALPHA_FLAG: u8 = 0x10;
const ANIMATION_FLAG: u8 = 0x02;

pub(super) fn inspect<'a>(
    original: &'a [u8],
    meter: &Meter<'_>,
) -> Result<Inspection<'a>, Refusal> {
    let mut inspection: Option<Inspection<'_>> = None;
    // There may be one of each, and readers use the first if there are more (RFC 9649, 2.7).
    let (mut icc, mut exif) = (None, None);
    let chunks = Chunks {
        original,
        offset: 12,
    };
    for (kind, data) in chunks.take_while(|_| !meter.step()) {
        match (kind, &mut inspection) {
            (b"VP8X", None) => inspection = extended(data),
            (b"VP8 ", None) => inspection = lossy(data),
            (b"VP8L", None) => inspection = lossless(data),
            // The bitstream of an extended file states the colours in which it is stored.
            (b"VP8 ", Some(found)) => mark_lossy(found),
            (b"ANIM", Some(found)) => found.loop_count = le16(data, 4).map(u32::from),
            (b"ANMF", Some(found)) => add_frame(found, data),
            (b"ICCP", Some(_)) => icc = icc.or(Some(data)),
            (b"EXIF", Some(_)) => exif = exif.or(Some(data)),
            (b"XMP ", Some(found)) => {
                found.xmp.get_or_insert(Cow::Borrowed(data));
            }
            (b"C2PA", Some(found)) => {
                found.c2pa.get_or_insert(Cow::Borrowed(data));
            }
            _ => {}
        }
    }
    let mut inspection =
        inspection.ok_or_else(|| Refusal::corrupt("The WebP file has no image header."))?;
    inspection.frames = inspection.frames.max(1);
    if inspection.frames == 1 {
        inspection.loop_count = None;
        inspection.duration_ms = None;
    }
    if let Some(icc) = icc {
        inspection.take_icc(Cow::Borrowed(icc));
    }
    if let Some(exif) = exif {
        inspection.take_exif(Cow::Borrowed(exif));
    }
    Ok(inspection)
}

/// The chunks one after the other. The last one may be cut short; the part that exists still has its header.
struct Chunks<'a> {
    original: &'a [u8],
    offset: usize,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = (&'a [u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = self.original.get(self.offset..)?.first_chunk()?;
        let length = le32(self.original, self.offset + 4)? as usize;
        let start = self.offset + 8;
        let data = slice(self.original, start, length).or_else(|| self.original.get(start..))?;
        self.offset = start.saturating_add(length.next_multiple_of(2));
        Some((kind, data))
    }
}

/// An extended file: canvas size, and flags for its other contents.
fn extended(data: &[u8]) -> Option<Inspection<'_>> {
    let flags = *data.first()?;
    let mut inspection = Inspection::new(Format::WebP, le24(data, 4)? + 1, le24(data, 7)? + 1);
    set_alpha(&mut inspection, flags & ALPHA_FLAG != 0);
    if flags & ANIMATION_FLAG != 0 {
        inspection.frames = 0;
        inspection.duration_ms = Some(0);
    }
    Some(inspection)
}

/// A lossy bitstream: three bytes of frame tag, a start code, then 14 bits each of width and height (RFC 6386, 9.1).
fn lossy(data: &[u8]) -> Option<Inspection<'_>> {
    if slice(data, 3, 3)? != [0x9D, 0x01, 0x2A] {
        return None;
    }
    let side = |offset| le16(data, offset).map(|side| u32::from(side & 0x3FFF));
    let mut inspection = Inspection::new(Format::WebP, side(6)?, side(8)?);
    mark_lossy(&mut inspection);
    Some(inspection)
}

/// A lossless bitstream: a signature byte, then 14 bits each of width and height less one, and an alpha bit.
fn lossless(data: &[u8]) -> Option<Inspection<'_>> {
    if *data.first()? != 0x2F {
        return None;
    }
    let bits = le32(data, 1)?;
    let mut inspection = Inspection::new(
        Format::WebP,
        (bits & 0x3FFF) + 1,
        ((bits >> 14) & 0x3FFF) + 1,
    );
    set_alpha(&mut inspection, bits & (1 << 28) != 0);
    Some(inspection)
}

fn mark_lossy(inspection: &mut Inspection<'_>) {
    inspection.colour_space = ColourSpace::YCbCr;
    inspection.chroma_subsampling = Some(ChromaSubsampling::Cs420);
}

fn set_alpha(inspection: &mut Inspection<'_>, has_alpha: bool) {
    inspection.has_alpha = has_alpha;
    inspection.channels = 3 + u8::from(has_alpha);
}

/// Adds an animation frame: its position, size, and duration in milliseconds.
fn add_frame(inspection: &mut Inspection<'_>, data: &[u8]) {
    inspection.frames = inspection.frames.saturating_add(1);
    let milliseconds = le24(data, 12).map_or(0, u64::from);
    inspection.duration_ms = Some(inspection.duration_ms.unwrap_or_default() + milliseconds);
    let lossy = data
        .get(16..)
        .is_some_and(|chunks| chunks.starts_with(b"VP8 ") || chunks.starts_with(b"ALPH"));
    if lossy {
        mark_lossy(inspection);
    }
}
