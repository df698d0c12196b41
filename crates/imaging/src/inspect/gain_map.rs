//! Finds gain maps, from which screens make a picture of high dynamic range.

use super::bytes::slice;
use super::isobmff::HeifFile;
use super::tiff::TiffFile;
use crate::jpeg::marker::{self, next_segment};

/// The kind of a map, which decides how it is applied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GainMap {
    /// ISO 21496-1.
    Iso,
    /// Adobe's and Google's description in XMP, which Android writes (Ultra HDR).
    UltraHdr,
    /// Apple's.
    Apple,
}

/// Texts in JPEG segments and XMP packets that describe a map of this kind.
pub(crate) const ISO: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";
const ULTRA_HDR: &[u8] = b"http://ns.adobe.com/hdr-gain-map/1.0/";
const APPLE: &[u8] = b"http://ns.apple.com/HDRGainMap/1.0/";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

/// The description of other pictures in a file (CIPA DC-007).
const MULTI_PICTURE: &[u8] = b"MPF\0";

/// How many pictures, and segments of each, are looked at.
const MAX_PICTURES: usize = 16;
const MAX_SEGMENTS: usize = 64;

impl GainMap {
    /// The name in kebab case, as recorded.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Iso => "iso-21496-1",
            Self::UltraHdr => "ultra-hdr",
            Self::Apple => "apple",
        }
    }

    /// The map of a JPEG file, and the map's own file, which is one of the pictures after the first. If there are
    /// several descriptions, the standard's comes first.
    pub(super) fn of_jpeg(original: &[u8]) -> Option<(Self, &[u8])> {
        let pictures = other_pictures(original)?;
        let maps = pictures.filter_map(|picture| Some((described(picture)?, picture)));
        maps.min_by_key(|(kind, _)| *kind as u8)
    }

    /// The map of a HEIF file: an item that is derived with one, or an auxiliary picture.
    pub(super) fn of_heif(file: &HeifFile<'_>) -> Option<Self> {
        const APPLE_AUXILIARY: &[u8] = b"urn:com:apple:photo:2020:aux:hdrgainmap\0";
        if file.has_kind(*b"tmap") {
            return Some(Self::Iso);
        }
        let is_apples = |item| {
            file.property(item, *b"auxC")
                .and_then(|body| body.get(4..))
                .is_some_and(|kind| kind.starts_with(APPLE_AUXILIARY))
        };
        file.referring(*b"auxl", file.primary)
            .any(is_apples)
            .then_some(Self::Apple)
    }
}

/// The kind of map that a JPEG is, as described by the segments before its pixels.
fn described(jpeg: &[u8]) -> Option<GainMap> {
    segments(jpeg)
        .filter_map(|(code, segment)| match code {
            0xE2 if segment.starts_with(ISO) => Some(GainMap::Iso),
            0xE1 => {
                let packet = segment.strip_prefix(XMP)?;
                let mentions =
                    |name: &[u8]| packet.windows(name.len()).any(|window| window == name);
                if mentions(ULTRA_HDR) {
                    Some(GainMap::UltraHdr)
                } else {
                    mentions(APPLE).then_some(GainMap::Apple)
                }
            }
            _ => None,
        })
        .min_by_key(|kind| *kind as u8)
}

/// The segments before the first scan, with their codes.
pub(crate) fn segments(jpeg: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut offset = 2;
    std::iter::from_fn(move || {
        let (code, segment, next) = next_segment(jpeg, offset)?;
        offset = next;
        (!matches!(code, marker::SOS | marker::EOI)).then_some((code, segment))
    })
    .take(MAX_SEGMENTS)
}

/// The pictures after the first one that the file lists.
fn other_pictures(original: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    const ENTRIES: u16 = 0xB002;
    let index = segments(original)
        .filter(|(code, _)| *code == 0xE2)
        .find_map(|(_, segment)| segment.strip_prefix(MULTI_PICTURE))?;
    // Positions are counted from the beginning of the index.
    let base = index.as_ptr().addr() - original.as_ptr().addr();
    let file = TiffFile::open(index)?;
    let entries = file.first_directory()?.bytes(ENTRIES)?;
    let pictures = entries.chunks_exact(16).skip(1).take(MAX_PICTURES);
    Some(pictures.filter_map(move |entry| {
        let number = |at| usize::try_from(file.uint_of(slice(entry, at, 4)?)).ok();
        slice(original, base.checked_add(number(8)?)?, number(4)?)
    }))
}
