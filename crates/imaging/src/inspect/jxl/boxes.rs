//! Reads metadata in boxes around the codestream, which may be compressed (ISO/IEC 18181-2, 9).

use std::borrow::Cow;
use std::io::Read as _;

use crate::budget::{Meter, Metered};
use crate::inspect::bytes::be32;
use crate::inspect::c2pa;
use crate::inspect::isobmff::boxes;

/// The most bytes of an unpacked box. Metadata has some thousands.
const MAX_UNPACKED: u64 = 4 << 20;

/// The metadata in a file.
#[derive(Default)]
pub(super) struct Metadata<'a> {
    pub(super) exif: Option<Cow<'a, [u8]>>,
    pub(super) xmp: Option<Cow<'a, [u8]>>,
    pub(super) c2pa: Option<Cow<'a, [u8]>>,
    pub(super) warnings: Vec<&'static str>,
}

impl<'a> Metadata<'a> {
    /// Reads the first box of each kind. A bare codestream has none.
    pub(super) fn read(original: &'a [u8], meter: &Meter<'_>) -> Self {
        const CONTAINER: &[u8] = b"\0\0\0\x0CJXL ";
        let mut metadata = Self::default();
        if !original.starts_with(CONTAINER) {
            return metadata;
        }
        for (kind, body) in boxes(original) {
            if meter.step() {
                break;
            }
            match body.split_first_chunk() {
                Some((kind_inside, packed)) if kind == *b"brob" => {
                    metadata.take_packed(*kind_inside, packed, meter);
                }
                _ => metadata.take(kind, Cow::Borrowed(body)),
            }
        }
        metadata
    }

    fn place(&mut self, kind: [u8; 4]) -> Option<&mut Option<Cow<'a, [u8]>>> {
        match &kind {
            b"Exif" => Some(&mut self.exif),
            b"xml " => Some(&mut self.xmp),
            b"jumb" => Some(&mut self.c2pa),
            _ => None,
        }
    }

    fn take(&mut self, kind: [u8; 4], body: Cow<'a, [u8]>) {
        let body = match kind {
            _ if kind != *b"jumb" => body,
            // A store is kept together with its box.
            _ if c2pa::is_store(&body) => Cow::Owned(boxed(kind, &body)),
            _ => return,
        };
        if let Some(place) = self.place(kind) {
            place.get_or_insert(body);
        }
    }

    fn take_packed(&mut self, kind: [u8; 4], packed: &[u8], meter: &Meter<'_>) {
        if self.place(kind).is_none_or(|place| place.is_some()) {
            return;
        }
        match unpack(packed, meter) {
            Some(body) => self.take(kind, Cow::Owned(body)),
            None => self
                .warnings
                .push("A compressed block of metadata cannot be decompressed and was ignored."),
        }
    }
}

/// A box with its header.
fn boxed(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap_or(0);
    [&length.to_be_bytes(), &kind[..], body].concat()
}

/// Decompresses with Brotli.
fn unpack(packed: &[u8], meter: &Meter<'_>) -> Option<Vec<u8>> {
    const BUFFER: usize = 4096;
    let mut unpacked = Vec::new();
    brotli_decompressor::Decompressor::new(Metered::new(packed, meter), BUFFER)
        .take(MAX_UNPACKED + 1)
        .read_to_end(&mut unpacked)
        .ok()?;
    (unpacked.len() as u64 <= MAX_UNPACKED).then_some(unpacked)
}

/// The TIFF structure of an EXIF box, which begins with the offset of that structure.
pub(super) fn tiff_structure(body: Cow<'_, [u8]>) -> Option<Cow<'_, [u8]>> {
    let start = (be32(&body, 0)? as usize).checked_add(4)?;
    match body {
        Cow::Borrowed(bytes) => bytes.get(start..).map(Cow::Borrowed),
        Cow::Owned(mut bytes) => {
            if start > bytes.len() {
                return None;
            }
            bytes.drain(..start);
            Some(Cow::Owned(bytes))
        }
    }
}
