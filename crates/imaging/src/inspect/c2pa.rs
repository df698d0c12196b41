//! Finds the C2PA manifest store in its containers (C2PA Technical Specification 2.1, annex A).

use super::bytes::{be16, be32, slice};
use super::isobmff::boxes;
use crate::budget::Meter;

/// The type of the superbox that is a manifest store.
const STORE: &[u8] = b"c2pa\x00\x11\x00\x10\x80\x00\x00\xAA\x00\x38\x9B\x71";

/// The type of the box of an ISO base media file that holds the store.
const UUID: &[u8] = b"\xD8\xFE\xC3\xD6\x1B\x0E\x48\x3C\x92\x97\x58\x28\x87\x7E\xC4\x81";

/// A part of a JUMBF superbox in an APP11 segment of a JPEG (ISO/IEC 19566-5, annex D).
struct Part<'a> {
    /// The superbox it belongs to.
    instance: u16,
    number: u32,
    /// The header of the superbox, which every part repeats.
    header: &'a [u8],
    data: &'a [u8],
}

/// Joins the store from the segments of a JPEG. If a part is missing, it is joined up to there, because it is worth
/// knowing that there is a store.
pub(super) fn join(segments: &[&[u8]]) -> Option<Vec<u8>> {
    let mut parts: Vec<_> = segments
        .iter()
        .filter_map(|segment| Part::read(segment))
        .collect();
    let first = parts.iter().find(|part| part.begins_store())?;
    let (instance, header) = (first.instance, first.header);
    parts.retain(|part| part.instance == instance);
    parts.sort_by_key(|part| part.number);
    let data = parts.iter().map(|part| part.data);
    Some(
        std::iter::once(header)
            .chain(data)
            .collect::<Vec<_>>()
            .concat(),
    )
}

impl<'a> Part<'a> {
    fn read(segment: &'a [u8]) -> Option<Self> {
        const BOX_AT: usize = 8;
        let (length, wide) = (be32(segment, BOX_AT)?, 1);
        let header = if length == wide { 16 } else { 8 };
        if !segment.starts_with(b"JP") || slice(segment, BOX_AT + 4, 4)? != b"jumb" {
            return None;
        }
        Some(Self {
            instance: be16(segment, 2)?,
            number: be32(segment, 4)?,
            header: slice(segment, BOX_AT, header)?,
            data: segment.get(BOX_AT + header..)?,
        })
    }

    fn begins_store(&self) -> bool {
        is_store(self.data)
    }
}

/// Whether the first box of a superbox is a description box that declares a manifest store.
pub(super) fn is_store(body: &[u8]) -> bool {
    slice(body, 4, 4) == Some(b"jumd") && slice(body, 8, 16) == Some(STORE)
}

/// The store in a file of boxes: version and flags, a purpose and, if the purpose is a manifest, an offset.
pub(super) fn in_boxes<'a>(original: &'a [u8], meter: &Meter<'_>) -> Option<&'a [u8]> {
    let (_, body) = boxes(original)
        .take_while(|_| !meter.step())
        .find(|(kind, body)| kind == b"uuid" && body.starts_with(UUID))?;
    body.get(UUID.len() + 4..)?
        .strip_prefix(b"manifest\0")?
        .get(8..)
}
