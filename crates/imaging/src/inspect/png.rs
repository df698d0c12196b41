//! Reads the chunks of a PNG or APNG file (W3C PNG, third edition).

use std::borrow::Cow;
use std::io::Read;

use super::bytes::{be16, be32, slice};
use super::raw_profile::Texts;
use super::{Calibration, Cicp, ColourSpace, Density, Inspection};
use crate::budget::Meter;
use crate::format::Format;
use crate::refusal::Refusal;

/// The most unpacked bytes of the compressed profile and texts of a file, all together. It is generous for an ICC
/// profile and too small for a decompression bomb.
const MAX_UNPACKED: u64 = 4 << 20;

pub(super) fn inspect<'a>(
    original: &'a [u8],
    meter: &Meter<'_>,
) -> Result<Inspection<'a>, Refusal> {
    let mut chunks = Chunks {
        original,
        offset: 8,
    };
    let header = match chunks.next() {
        Some((b"IHDR", header)) if header.len() >= 13 => header,
        _ => {
            return Err(Refusal::corrupt(
                "The PNG file does not begin with an image header.",
            ));
        }
    };
    let mut inspection = read_header(header)?;
    let mut animation = Animation::default();
    let mut unpacker = Unpacker::default();
    let mut texts = Texts::default();
    // There may be one of each (W3C PNG, 5.6). If there are more, the first one counts, and no other is unpacked.
    let (mut icc, mut exif) = (None, None);
    let mut calibration = Calibration::default();
    let mut is_srgb = false;
    for (kind, data) in chunks.take_while(|_| !meter.step()) {
        // The decoder buffers all chunks except those of pixels and those that it is told to skip.
        if !matches!(
            kind,
            b"IDAT" | b"fdAT" | b"iCCP" | b"iTXt" | b"tEXt" | b"zTXt"
        ) {
            let coding = &mut inspection.coding;
            coding.copied_bytes = coding.copied_bytes.max(data.len() as u64);
        }
        match kind {
            b"tRNS" => add_alpha(&mut inspection),
            b"pHYs" => inspection.density = density(data),
            b"iCCP" => icc = icc.or(Some(data)),
            b"cICP" => inspection.cicp = inspection.cicp.or_else(|| cicp(data)),
            // The value is in ten-thousandths of a candela.
            b"cLLI" => {
                let light = be32(data, 0).map(|light| light / 10_000);
                inspection.brightest = light.and_then(|light| u16::try_from(light).ok());
            }
            b"sRGB" => is_srgb = true,
            b"gAMA" => calibration.gamma = calibration.gamma.or_else(|| gamma(data)),
            b"cHRM" => {
                calibration.chromaticities =
                    calibration.chromaticities.or_else(|| chromaticities(data));
            }
            b"eXIf" => exif = exif.or(Some(data)),
            b"iTXt" => inspection.xmp = inspection.xmp.or_else(|| xmp(data, &mut unpacker)),
            b"tEXt" | b"zTXt" => {
                texts.note(*kind, data);
            }
            b"caBX" => {
                inspection.c2pa.get_or_insert(Cow::Borrowed(data));
            }
            b"acTL" => animation.read_control(data),
            b"fcTL" => animation.add_frame(data),
            b"IEND" => break,
            _ => {}
        }
    }
    // If there are several descriptions of colours, the first of these counts: cICP, iCCP, sRGB, gAMA and cHRM (W3C
    // PNG, 4.3).
    if icc.is_none() && inspection.cicp.is_none() && !is_srgb {
        inspection.calibration = calibration;
    }
    if let Some(icc) = icc {
        read_icc(&mut inspection, icc, &mut unpacker);
    }
    if let Some(exif) = exif {
        inspection.take_exif(Cow::Borrowed(exif));
    }
    texts.describe(&mut inspection, &mut unpacker);
    // The allocator may still hold what was unpacked in vain.
    inspection.coding.copied_bytes += MAX_UNPACKED - unpacker.left;
    animation.describe(&mut inspection);
    Ok(inspection)
}

/// The chunks one after the other. Pixel data is skipped by its length. The decoder checks checksums.
struct Chunks<'a> {
    original: &'a [u8],
    offset: usize,
}

impl<'a> Iterator for Chunks<'a> {
    type Item = (&'a [u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let length = be32(self.original, self.offset)? as usize;
        let kind = self.original.get(self.offset + 4..)?.first_chunk()?;
        let data = slice(self.original, self.offset + 8, length)?;
        self.offset += 12 + length;
        Some((kind, data))
    }
}

fn read_header(header: &[u8]) -> Result<Inspection<'_>, Refusal> {
    let damaged = || Refusal::corrupt("The PNG image header is damaged.");
    let width = be32(header, 0).ok_or_else(damaged)?;
    let height = be32(header, 4).ok_or_else(damaged)?;
    let mut inspection = Inspection::new(Format::Png, width, height);
    inspection.bit_depth = header[8];
    (
        inspection.colour_space,
        inspection.channels,
        inspection.has_alpha,
    ) = match header[9] {
        0 => (ColourSpace::Grey, 1, false),
        2 | 3 => (ColourSpace::Rgb, 3, false),
        4 => (ColourSpace::Grey, 2, true),
        6 => (ColourSpace::Rgb, 4, true),
        _ => return Err(damaged()),
    };
    // A palette's colours have 8 bits, however few bits its indices have.
    if header[9] == 3 {
        inspection.bit_depth = 8;
    }
    inspection.progressive = Some(header[12] == 1);
    Ok(inspection)
}

fn add_alpha(inspection: &mut Inspection<'_>) {
    if !inspection.has_alpha {
        inspection.has_alpha = true;
        inspection.channels += 1;
    }
}

fn density(data: &[u8]) -> Option<Density> {
    let per_metre = |offset| be32(data, offset).map(f64::from);
    match data.get(8)? {
        1 => Density::per_centimetre(per_metre(0)? / 100.0, per_metre(4)? / 100.0),
        _ => None,
    }
}

/// Code points for RGB. Code points with any other matrix mean nothing here (W3C PNG, 11.3.2.6).
fn cicp(data: &[u8]) -> Option<Cicp> {
    let &[primaries, transfer, matrix @ 0, full_range] = data else {
        return None;
    };
    Some(Cicp {
        primaries,
        transfer,
        matrix,
        full_range: full_range != 0,
    })
}

/// The exponent, stored in hundred-thousandths. An impossible one is ignored.
fn gamma(data: &[u8]) -> Option<f32> {
    let exponent = be32(data, 0)? as f32 / 100_000.0;
    (0.01..=10.0).contains(&exponent).then_some(1.0 / exponent)
}

/// x and y of white, red, green and blue, in hundred-thousandths.
fn chromaticities(data: &[u8]) -> Option<[[f32; 2]; 4]> {
    let mut points = [[0.0; 2]; 4];
    for (index, number) in points.as_flattened_mut().iter_mut().enumerate() {
        *number = be32(data, index * 4)? as f32 / 100_000.0;
    }
    let is_sound = |[x, y]: &[f32; 2]| *y > 0.0 && x + y <= 1.0;
    points.iter().all(is_sound).then_some(points)
}

/// Reads a profile chunk: a name, a zero, the compression method, and the deflated profile.
fn read_icc(inspection: &mut Inspection<'_>, data: &[u8], unpacker: &mut Unpacker) {
    let unpacked = data
        .iter()
        .position(|byte| *byte == 0)
        .and_then(|end| unpacker.inflate(data.get(end + 2..)?));
    match unpacked {
        Some(profile) => inspection.take_icc(Cow::Owned(profile)),
        None => inspection
            .warnings
            .push("icc-broken", "The ICC profile is damaged and was ignored."),
    }
}

/// The text whose keyword says that it is XMP: keyword, zero, compression flag and method, language, zero, translated
/// keyword, zero, text.
fn xmp<'a>(data: &'a [u8], unpacker: &mut Unpacker) -> Option<Cow<'a, [u8]>> {
    let rest = data.strip_prefix(b"XML:com.adobe.xmp\0")?;
    let (compressed, rest) = (*rest.first()? == 1, rest.get(2..)?);
    let mut parts = rest.splitn(3, |byte| *byte == 0);
    let text = parts.nth(2)?;
    if compressed {
        unpacker.inflate(text).map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(text))
    }
}

/// Unpacks compressed data, within one total for a file.
pub(super) struct Unpacker {
    left: u64,
}

impl Default for Unpacker {
    fn default() -> Self {
        Self { left: MAX_UNPACKED }
    }
}

impl Unpacker {
    /// The unpacked data, if it is complete and within the rest of the total. Data that cannot be unpacked counts, too.
    pub(super) fn inflate(&mut self, deflated: &[u8]) -> Option<Vec<u8>> {
        let mut unpacked = Vec::new();
        let read = flate2::read::ZlibDecoder::new(deflated)
            .take(self.left + 1)
            .read_to_end(&mut unpacked);
        let length = unpacked.len() as u64;
        let is_whole = read.is_ok() && (1..=self.left).contains(&length);
        self.left = self.left.saturating_sub(length);
        unpacked.shrink_to_fit();
        is_whole.then_some(unpacked)
    }
}

/// The facts in APNG's control chunks. A frame count of one means a still image.
#[derive(Default)]
struct Animation {
    /// How many frames are announced, and how many exist.
    frames: u32,
    found: u32,
    plays: u32,
    duration_ms: u64,
}

impl Animation {
    fn read_control(&mut self, data: &[u8]) {
        self.frames = be32(data, 0).unwrap_or_default();
        self.plays = be32(data, 4).unwrap_or_default();
    }

    /// Adds a frame's delay, a fraction of a second. The denominator 0 means hundredths.
    fn add_frame(&mut self, data: &[u8]) {
        self.found = self.found.saturating_add(1);
        if let (Some(numerator), Some(denominator)) = (be16(data, 20), be16(data, 22)) {
            let denominator = if denominator == 0 {
                100
            } else {
                u64::from(denominator)
            };
            self.duration_ms += u64::from(numerator) * 1000 / denominator;
        }
    }

    /// Describes the animation. If frames are missing, it counts as a still image, which is what every reader shows of
    /// it.
    fn describe(&self, inspection: &mut Inspection<'_>) {
        if self.frames > self.found {
            inspection.warnings.push(
                "frames-missing",
                format!(
                    "The PNG animation states {} frames but has {}, so the still image is used.",
                    self.frames, self.found
                ),
            );
        } else if self.frames > 1 {
            inspection.frames = self.frames;
            inspection.loop_count = Some(self.plays);
            inspection.duration_ms = Some(self.duration_ms);
        }
    }
}
