//! Reads the markers of a JPEG file up to its first scan (ITU-T T.81, annex B).

use std::borrow::Cow;

use super::bytes::{be16, slice};
use super::{ChromaSubsampling, ColourSpace, Density, GainMap, Inspection, c2pa, photoshop, xmp};
use crate::budget::Meter;
use crate::format::Format;
use crate::jpeg::marker;
use crate::refusal::Refusal;

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
const EXTENDED_XMP: &[u8] = b"http://ns.adobe.com/xmp/extension/\0";
const ICC: &[u8] = b"ICC_PROFILE\0";
const PHOTOSHOP: &[u8] = b"Photoshop 3.0\0";

/// The most segments that are kept of a profile, of Photoshop's resources, of an extended packet or of a manifest.
/// Those of a profile are numbered in 8 bits; one more than is possible shows that there are too many.
const MAX_CHUNKS: usize = 256;

pub(super) fn inspect<'a>(
    original: &'a [u8],
    meter: &Meter<'_>,
) -> Result<Inspection<'a>, Refusal> {
    let header = read_header(original, meter);
    let frame = header
        .frame
        .ok_or_else(|| Refusal::corrupt("The JPEG file has no frame header before its pixels."))?;
    frame.check_supported()?;
    let mut inspection = Inspection::new(
        Format::Jpeg,
        u32::from(frame.width),
        u32::from(frame.height),
    );
    inspection.bit_depth = frame.precision;
    inspection.channels = frame.channels();
    inspection.colour_space = frame.colour_space(header.adobe_transform);
    inspection.progressive = Some(frame.is_progressive());
    inspection.chroma_subsampling = frame.chroma_subsampling();
    // libjpeg uses this rule to decide whether it holds all coefficients.
    inspection.coding.has_several_scans = frame.is_progressive()
        || header
            .scan_components
            .is_some_and(|components| components < frame.channels());
    if !ends_with_marker(original) {
        inspection.coding.lacks_end = true;
        inspection.coding.copied_bytes = original.len() as u64;
    }
    inspection.density = header.density;
    inspection.xmp = header.xmp.map(|packet| xmp::to_utf8(Cow::Borrowed(packet)));
    let main = inspection.xmp.as_deref().unwrap_or_default();
    match xmp::join_extended(main, &header.extended_xmp) {
        Ok(extended) => inspection.extended_xmp = extended,
        Err(warning) => inspection.warnings.push("xmp-broken", warning),
    }
    photoshop::describe(&mut inspection, photoshop::join(&header.photoshop));
    inspection.c2pa = c2pa::join(&header.jumbf).map(Cow::Owned);
    match join_icc(header.icc) {
        Ok(Some(icc)) => inspection.take_icc(icc),
        Ok(None) => {}
        Err(warning) => inspection.warnings.push("icc-broken", warning),
    }
    if header.has_other_pictures {
        let map = GainMap::of_jpeg(original);
        inspection.gain_map = map.map(|(kind, _)| kind);
        inspection.gain_map_file = map.map(|(_, file)| file);
    }
    if let Some(exif) = header.exif {
        inspection.take_exif(Cow::Borrowed(exif));
    }
    Ok(inspection)
}

/// Whether the end marker is the last thing in a file, apart from zeros.
fn ends_with_marker(original: &[u8]) -> bool {
    let filled = original.iter().rev().take_while(|byte| **byte == 0).count();
    original[..original.len() - filled].ends_with(&[0xFF, marker::EOI])
}

/// The contents of the segments before the first scan.
#[derive(Default)]
struct Header<'a> {
    frame: Option<Frame<'a>>,
    adobe_transform: Option<u8>,
    density: Option<Density>,
    exif: Option<&'a [u8]>,
    xmp: Option<&'a [u8]>,
    icc: Vec<IccChunk<'a>>,
    photoshop: Vec<&'a [u8]>,
    has_other_pictures: bool,
    extended_xmp: Vec<&'a [u8]>,
    jumbf: Vec<&'a [u8]>,
    /// How many components the first scan has.
    scan_components: Option<u8>,
}

struct IccChunk<'a> {
    number: u8,
    of: u8,
    data: &'a [u8],
}

/// Whether the file has an Adobe marker. Adobe's software stores inks inverted, so that 255 means no ink.
pub(crate) fn has_adobe_marker(original: &[u8], meter: &Meter<'_>) -> bool {
    read_header(original, meter).adobe_transform.is_some()
}

fn read_header<'a>(original: &'a [u8], meter: &Meter<'_>) -> Header<'a> {
    let mut header = Header::default();
    let mut offset = 2;
    while let Some((code, segment, next)) = marker::next_segment(original, offset) {
        offset = next;
        if meter.step() {
            break;
        }
        match code {
            marker::SOS => {
                header.scan_components = segment.first().copied();
                break;
            }
            marker::EOI => break,
            // Every SOF except for the three codes between them that mean other tables.
            0xC0..=0xCF if !matches!(code, 0xC4 | 0xC8 | 0xCC) => {
                header.frame = header.frame.or_else(|| Frame::read(code, segment));
            }
            0xE0 => header.density = header.density.or_else(|| jfif_density(segment)),
            0xE1 => {
                if let Some(exif) = segment.strip_prefix(EXIF) {
                    header.exif = header.exif.or(Some(exif));
                } else if let Some(xmp) = segment.strip_prefix(XMP) {
                    header.xmp = header.xmp.or(Some(xmp));
                } else if let Some(part) = segment.strip_prefix(EXTENDED_XMP)
                    && header.extended_xmp.len() < MAX_CHUNKS
                {
                    header.extended_xmp.push(part);
                }
            }
            0xE2 if segment.starts_with(b"MPF\0") => header.has_other_pictures = true,
            0xE2 => {
                if let Some([number, of, data @ ..]) = segment.strip_prefix(ICC)
                    && header.icc.len() < MAX_CHUNKS
                {
                    header.icc.push(IccChunk {
                        number: *number,
                        of: *of,
                        data,
                    });
                }
            }
            0xEB if header.jumbf.len() < MAX_CHUNKS => header.jumbf.push(segment),
            0xED if header.photoshop.len() < MAX_CHUNKS => {
                header.photoshop.extend(segment.strip_prefix(PHOTOSHOP));
            }
            0xEE if segment.starts_with(b"Adobe") => {
                header.adobe_transform = segment.get(11).copied();
            }
            _ => {}
        }
    }
    header
}

/// A frame header (SOF).
struct Frame<'a> {
    marker: u8,
    precision: u8,
    width: u16,
    height: u16,
    /// Three bytes each: identifier, sampling factors, quantisation table.
    components: &'a [u8],
}

impl<'a> Frame<'a> {
    fn read(marker: u8, segment: &'a [u8]) -> Option<Self> {
        let count = usize::from(*segment.get(5)?);
        Some(Self {
            marker,
            precision: segment[0],
            height: be16(segment, 1)?,
            width: be16(segment, 3)?,
            components: slice(segment, 6, 3 * count)?,
        })
    }

    fn check_supported(&self) -> Result<(), Refusal> {
        if self.precision != 8 {
            return Err(Refusal::unsupported(format!(
                "The file is a JPEG with {} bits per sample, but only 8 bits are supported.",
                self.precision
            )));
        }
        match self.marker {
            0xC0..=0xC3 | 0xC9 | 0xCA => {}
            _ => {
                return Err(Refusal::unsupported(
                    "The file is a hierarchical or lossless arithmetic JPEG, which is not \
                     supported.",
                ));
            }
        }
        match self.channels() {
            1 | 3 | 4 => Ok(()),
            channels => Err(Refusal::unsupported(format!(
                "The file is a JPEG with {channels} colour components."
            ))),
        }
    }

    fn channels(&self) -> u8 {
        u8::try_from(self.components.len() / 3).unwrap_or(u8::MAX)
    }

    fn is_progressive(&self) -> bool {
        matches!(self.marker, 0xC2 | 0xCA)
    }

    /// The colour space, decided as in libjpeg: Adobe's marker states it; without the marker, three components are
    /// YCbCr unless their identifiers spell RGB.
    fn colour_space(&self, adobe_transform: Option<u8>) -> ColourSpace {
        match (self.channels(), adobe_transform) {
            (1, _) => ColourSpace::Grey,
            (3, Some(0)) => ColourSpace::Rgb,
            (3, None) if self.identifiers().eq(*b"RGB") => ColourSpace::Rgb,
            (3, _) => ColourSpace::YCbCr,
            (_, Some(2)) => ColourSpace::Ycck,
            _ => ColourSpace::Cmyk,
        }
    }

    fn identifiers(&self) -> impl Iterator<Item = u8> {
        self.components
            .chunks_exact(3)
            .map(|component| component[0])
    }

    fn chroma_subsampling(&self) -> Option<ChromaSubsampling> {
        let mut factors = self
            .components
            .chunks_exact(3)
            .map(|component| (u32::from(component[1] >> 4), u32::from(component[1] & 15)));
        let (luma_h, luma_v) = factors.next()?;
        let (chroma_h, chroma_v) = factors.next()?;
        let other = factors.next()? != (chroma_h, chroma_v) || chroma_h == 0 || chroma_v == 0;
        if other || luma_h % chroma_h != 0 || luma_v % chroma_v != 0 {
            return Some(ChromaSubsampling::Other);
        }
        Some(ChromaSubsampling::from_ratios(
            luma_h / chroma_h,
            luma_v / chroma_v,
        ))
    }
}

/// JFIF's density (ITU-T T.871, 10.1). With unit 0 it is an aspect ratio and not a density.
fn jfif_density(segment: &[u8]) -> Option<Density> {
    let jfif = segment.strip_prefix(b"JFIF\0")?;
    let horizontal = f64::from(be16(jfif, 3)?);
    let vertical = f64::from(be16(jfif, 5)?);
    match jfif.get(2)? {
        1 => Density::per_inch(horizontal, vertical),
        2 => Density::per_centimetre(horizontal, vertical),
        _ => None,
    }
}

/// Joins the chunks of an ICC profile. It is split because a segment holds at most 64 KiB (ICC.1, annex B.4).
fn join_icc(mut chunks: Vec<IccChunk<'_>>) -> Result<Option<Cow<'_, [u8]>>, String> {
    chunks.sort_by_key(|chunk| chunk.number);
    let complete = chunks.iter().enumerate().all(|(index, chunk)| {
        usize::from(chunk.number) == index + 1 && usize::from(chunk.of) == chunks.len()
    });
    if !complete {
        return Err("The ICC profile is incomplete and was ignored.".to_owned());
    }
    Ok(match chunks.as_slice() {
        [] => None,
        [only] => Some(Cow::Borrowed(only.data)),
        several => Some(Cow::Owned(
            several
                .iter()
                .flat_map(|chunk| chunk.data)
                .copied()
                .collect(),
        )),
    })
}
