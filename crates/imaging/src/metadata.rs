//! What of the original's metadata a rendition carries, when its preset asks for it: nothing unless it does.

use std::borrow::Cow;

use flate2::Crc;

use crate::format::Format;
use crate::inspect::Inspection;
use crate::inspect::bytes::le32;
use crate::inspect::tiff::{TiffFile, tag};
use crate::presets::{Metadata, Preset};
use crate::render::Rendition;
use crate::warnings::Warnings;

/// Bytes that a JPEG segment has room for, its own length field not counted.
const MAX_SEGMENT: usize = 65_533;

/// The most bytes of an EXIF block and of an XMP packet that a rendition carries. A JPEG has room for a sixteenth of it;
/// other formats would let a small picture carry as much as the largest original holds, once for each preset.
pub(crate) const MAX_CARRIED: usize = 1 << 20;

/// The most bytes of a text of the copyright block.
const MAX_COPYRIGHT: usize = 16 << 10;

/// The metadata of an original in the forms in which a rendition may carry it.
#[derive(Default)]
pub(crate) struct Carried<'a> {
    all: Block<'a>,
    copyright: Block<'a>,
}

#[derive(Default)]
struct Block<'a> {
    exif: Option<Vec<u8>>,
    xmp: Option<&'a [u8]>,
}

impl<'a> Carried<'a> {
    /// Copies of the metadata what these presets want, and nothing else of it.
    pub(crate) fn of(
        inspection: &'a Inspection<'a>,
        presets: &[&Preset],
        warnings: &mut Warnings,
    ) -> Self {
        let wants = |metadata| presets.iter().any(|preset| preset.metadata == metadata);
        let mut bounded = |block: &'a Option<Cow<'a, [u8]>>, name| {
            let block = block.as_deref()?;
            if block.len() > MAX_CARRIED {
                warnings.push(
                    "metadata-too-large",
                    format!(
                        "The {name} block has {} bytes, more than {MAX_CARRIED}; renditions do not carry it.",
                        block.len()
                    ),
                );
                return None;
            }
            Some(block)
        };
        let mut carried = Self::default();
        let is_tiff = inspection.format == Format::Tiff;
        if wants(Metadata::Copyright) || (wants(Metadata::Keep) && is_tiff) {
            carried.copyright.exif = inspection.exif.as_deref().and_then(copyright_only);
        }
        if wants(Metadata::Keep) {
            // The EXIF block of a TIFF file is the file itself, pixels and all.
            carried.all.exif = if is_tiff {
                carried.copyright.exif.clone()
            } else {
                bounded(&inspection.exif, "EXIF").map(upright)
            };
            carried.all.xmp = bounded(&inspection.xmp, "XMP");
        }
        carried
    }

    /// Puts into a rendition what its preset wants. What does not fit is left out with a warning.
    pub(crate) fn attach(
        &self,
        rendition: &mut Rendition,
        wanted: Metadata,
        warnings: &mut Warnings,
    ) {
        let block = match wanted {
            Metadata::Strip => return,
            Metadata::Copyright => &self.copyright,
            Metadata::Keep => &self.all,
        };
        if block.exif.is_none() && block.xmp.is_none() {
            return;
        }
        let attached = match rendition.format {
            Format::Jpeg => attach_to_jpeg(&rendition.bytes, block),
            Format::Png => attach_to_png(&rendition.bytes, block),
            Format::WebP => {
                attach_to_webp(&rendition.bytes, rendition.width, rendition.height, block)
            }
            _ => None,
        };
        match attached {
            Some(bytes) => rendition.bytes = bytes,
            None => warnings.push(
                "metadata-not-carried",
                format!(
                    "The rendition {} could not be given the metadata of the original.",
                    rendition.preset
                ),
            ),
        }
    }
}

/// The EXIF block with its orientation set to upright, which the pixels now are.
fn upright(exif: &[u8]) -> Vec<u8> {
    let mut exif = exif.to_vec();
    let value_at = TiffFile::open(&exif)
        .and_then(|file| file.first_directory()?.entry(tag::ORIENTATION))
        .map(|entry| entry.values_at);
    let upright = if exif.starts_with(b"MM") {
        [0, 1]
    } else {
        [1, 0]
    };
    if let Some(value) = value_at.and_then(|at| exif.get_mut(at..at + 2)) {
        value.copy_from_slice(&upright);
    }
    exif
}

/// An EXIF block with artist and copyright alone, or nothing if neither is there.
fn copyright_only(exif: &[u8]) -> Option<Vec<u8>> {
    const HEADER: usize = 8;
    const ASCII: u16 = 2;
    let directory = TiffFile::open(exif)?.first_directory()?;
    let fields: Vec<_> = [tag::ARTIST, tag::COPYRIGHT]
        .into_iter()
        .filter_map(|tag| {
            Some((
                tag,
                directory
                    .bytes(tag)
                    .filter(|text| (2..=MAX_COPYRIGHT).contains(&text.len()))?,
            ))
        })
        .collect();
    if fields.is_empty() {
        return None;
    }
    let mut values_at = HEADER + 2 + fields.len() * 12 + 4;
    let mut block = b"II*\0\x08\0\0\0".to_vec();
    block.extend_from_slice(&u16::try_from(fields.len()).ok()?.to_le_bytes());
    let mut values = Vec::new();
    for (tag, text) in fields {
        block.extend_from_slice(&tag.to_le_bytes());
        block.extend_from_slice(&ASCII.to_le_bytes());
        block.extend_from_slice(&u32::try_from(text.len()).ok()?.to_le_bytes());
        if text.len() <= 4 {
            let mut inline = [0; 4];
            inline[..text.len()].copy_from_slice(text);
            block.extend_from_slice(&inline);
        } else {
            block.extend_from_slice(&u32::try_from(values_at).ok()?.to_le_bytes());
            values.extend_from_slice(text);
            values_at += text.len();
        }
    }
    block.extend_from_slice(&[0; 4]);
    block.extend_from_slice(&values);
    Some(block)
}

/// Segments go behind the JFIF header, which has to be the first.
fn attach_to_jpeg(jpeg: &[u8], block: &Block<'_>) -> Option<Vec<u8>> {
    const APP0: [u8; 2] = [0xFF, 0xE0];
    let start = if jpeg.get(2..4)? == APP0 {
        4 + usize::from(u16::from_be_bytes([*jpeg.get(4)?, *jpeg.get(5)?]))
    } else {
        2
    };
    let mut attached = jpeg.get(..start)?.to_vec();
    let named = [
        (b"Exif\0\0".as_slice(), block.exif.as_deref()),
        (b"http://ns.adobe.com/xap/1.0/\0", block.xmp),
    ];
    for (name, data) in named
        .into_iter()
        .filter_map(|(name, data)| Some((name, data?)))
    {
        let length = name.len() + data.len();
        if length > MAX_SEGMENT {
            return None;
        }
        attached.extend_from_slice(&[0xFF, 0xE1]);
        attached.extend_from_slice(&u16::try_from(length + 2).ok()?.to_be_bytes());
        attached.extend_from_slice(name);
        attached.extend_from_slice(data);
    }
    attached.extend_from_slice(&jpeg[start..]);
    Some(attached)
}

/// Chunks go behind the image header.
fn attach_to_png(png: &[u8], block: &Block<'_>) -> Option<Vec<u8>> {
    const HEADER_END: usize = 33;
    let mut attached = png.get(..HEADER_END)?.to_vec();
    if let Some(exif) = &block.exif {
        push_png_chunk(&mut attached, *b"eXIf", exif)?;
    }
    if let Some(xmp) = block.xmp {
        // Keyword, not compressed, no language, no translated keyword.
        let text = [b"XML:com.adobe.xmp\0\0\0\0\0".as_slice(), xmp].concat();
        push_png_chunk(&mut attached, *b"iTXt", &text)?;
    }
    attached.extend_from_slice(&png[HEADER_END..]);
    Some(attached)
}

fn push_png_chunk(png: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) -> Option<()> {
    png.extend_from_slice(&u32::try_from(data.len()).ok()?.to_be_bytes());
    let start = png.len();
    png.extend_from_slice(&kind);
    png.extend_from_slice(data);
    let mut checksum = Crc::new();
    checksum.update(&png[start..]);
    png.extend_from_slice(&checksum.sum().to_be_bytes());
    Some(())
}

/// Chunks go to the end, and a header before the picture says that they are there (RFC 9649, 2.7).
fn attach_to_webp(webp: &[u8], width: u32, height: u32, block: &Block<'_>) -> Option<Vec<u8>> {
    const EXIF_FLAG: u8 = 0x08;
    const XMP_FLAG: u8 = 0x04;
    const ALPHA_FLAG: u8 = 0x10;
    let mut attached = webp.get(..12)?.to_vec();
    let flags = (if block.exif.is_some() { EXIF_FLAG } else { 0 })
        | (if block.xmp.is_some() { XMP_FLAG } else { 0 });
    let picture = webp.get(12..)?;
    if picture.starts_with(b"VP8X") {
        attached.extend_from_slice(picture);
        attached[20] |= flags;
    } else {
        // A lossless picture has a bit for alpha in its own header; a lossy one without an extended header has none.
        let alpha = if picture.starts_with(b"VP8L") && le32(picture, 9)? & (1 << 28) != 0 {
            ALPHA_FLAG
        } else {
            0
        };
        attached.extend_from_slice(b"VP8X\x0A\0\0\0");
        attached.extend_from_slice(&[flags | alpha, 0, 0, 0]);
        attached.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
        attached.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
        attached.extend_from_slice(picture);
    }
    for (kind, data) in [(b"EXIF", block.exif.as_deref()), (b"XMP ", block.xmp)] {
        if let Some(data) = data {
            attached.extend_from_slice(kind);
            attached.extend_from_slice(&u32::try_from(data.len()).ok()?.to_le_bytes());
            attached.extend_from_slice(data);
            if data.len() % 2 == 1 {
                attached.push(0);
            }
        }
    }
    let size = u32::try_from(attached.len() - 8).ok()?;
    attached[4..8].copy_from_slice(&size.to_le_bytes());
    Some(attached)
}
