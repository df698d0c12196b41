//! TIFF: the first page, by the `tiff` crate, in whatever colours it is stored.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use ::tiff::decoder::{Decoder, DecodingResult, Limits};
use ::tiff::{ColorType, TiffError};

use super::{Decoded, undecodable};
use crate::budget::{Meter, Metered};
use crate::format::Format;
use crate::inspect::bytes::{be16, slice};
use crate::inspect::tiff::{Directory, TiffFile, tag};
use crate::inspect::{ColourSpace, Inspection};
use crate::jpeg::marker::{self, next_segment};
use crate::raster::{Model, Packed, Samples, area};
use crate::refusal::Refusal;

/// Interpretations that the decoder has no name for, and those that are put in their place for it.
const CIE_LAB: u32 = 8;
const ICC_LAB: u32 = 9;
const PALETTE: u32 = 3;
const GREY: u8 = 1;
const RGB: u8 = 2;

pub(super) fn decode(
    original: &[u8],
    inspection: &Inspection<'_>,
    meter: &Meter<'_>,
) -> Result<Decoded, Refusal> {
    let directory = TiffFile::open(original)
        .and_then(|file| file.first_directory())
        .ok_or_else(|| Refusal::corrupt("The TIFF directory is damaged."))?;
    check_chunks(original, directory, inspection, meter)?;
    let photometric = directory.number(tag::PHOTOMETRIC);
    let patch = match photometric {
        Some(CIE_LAB | ICC_LAB) => photometric_byte(original, directory, RGB),
        Some(PALETTE) => photometric_byte(original, directory, GREY),
        _ => None,
    };
    let mut decoder = open(
        Patched {
            original: Metered::new(Cursor::new(original), meter),
            patch,
        },
        original.len(),
        inspection,
    )?;
    let colour = decoder.colortype().map_err(refusal)?;
    let mut result = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut result).map_err(refusal)?;
    let samples = normalise(result, colour.bit_depth()).ok_or_else(|| unsupported(colour))?;
    let is_palette = photometric == Some(PALETTE);
    let samples = unpack_bits(samples, colour, inspection.coded_width, is_palette);
    let channels = usize::from(colour.num_samples());
    let samples = if layout.planes > 1 {
        interleave(samples, channels)
    } else {
        samples
    };
    let (model, samples) = match colour {
        ColorType::Gray(_) if is_palette => (Model::Rgb, apply_palette(directory, &samples)?),
        ColorType::CMYK(_) => (Model::Cmyk, samples),
        ColorType::CMYKA(_) => (Model::Cmyk, keep(samples, 5, 4)),
        ColorType::RGB(_) if photometric == Some(ICC_LAB) => (Model::Lab, samples),
        ColorType::RGB(_) if photometric == Some(CIE_LAB) => (Model::Lab, centre_lab(samples)),
        // JPEG inside TIFF comes out of the decoder as RGB, whatever it says.
        ColorType::RGB(_) | ColorType::YCbCr(_) => (Model::Rgb, samples),
        ColorType::RGBA(_) => (Model::RgbAlpha, samples),
        ColorType::Gray(_) => (Model::Grey, samples),
        ColorType::GrayA(_) => (Model::GreyAlpha, samples),
        ColorType::Multiband { num_samples: 2, .. } if inspection.has_alpha => {
            (Model::GreyAlpha, samples)
        }
        ColorType::Multiband { .. } if inspection.colour_space == ColourSpace::Grey => {
            (Model::Grey, keep(samples, channels, 1))
        }
        other => return Err(unsupported(other)),
    };
    let mut pixels = Packed {
        width: inspection.coded_width,
        height: inspection.coded_height,
        model,
        samples,
    };
    if pixels.samples.len() != area(pixels.width, pixels.height) * model.channels() {
        return Err(Refusal::corrupt(
            "The TIFF file does not hold as many pixels as it says.",
        ));
    }
    if model.has_alpha() && directory.number(tag::EXTRA_SAMPLES) == Some(ASSOCIATED_ALPHA) {
        pixels.unpremultiply();
    }
    Ok(Decoded::whole(pixels, None))
}

/// The extra sample that says that colours are multiplied by it already (TIFF 6.0, section 18).
const ASSOCIATED_ALPHA: u32 = 1;

/// How often the bytes of the file may be named by its strips or tiles. Some writers let all that are blank share theirs.
const MAX_SHARING: u64 = 8;

/// Scans after which a JPEG in a strip or tile is given up. The decoder has no limit of its own.
const MAX_SCANS: usize = 32;

/// Refuses strips and tiles that are made to be read again and again, or to be unpacked to more than their place in the
/// picture: the decoder reads the bytes of each as they are named, and believes what a JPEG in them says of its size.
fn check_chunks(
    original: &[u8],
    directory: Directory<'_>,
    inspection: &Inspection<'_>,
    meter: &Meter<'_>,
) -> Result<(), Refusal> {
    const JPEG: u32 = 7;
    let is_tiled = directory.entry(tag::TILE_OFFSETS).is_some();
    let (offsets, lengths) = if is_tiled {
        (tag::TILE_OFFSETS, tag::TILE_BYTE_COUNTS)
    } else {
        (tag::STRIP_OFFSETS, tag::STRIP_BYTE_COUNTS)
    };
    // The decoder takes it that a tile holds all colours of its pixels, and panics.
    let is_planar = directory.number(tag::PLANAR_CONFIGURATION) == Some(2)
        && directory.number(tag::SAMPLES_PER_PIXEL).unwrap_or(1) > 1;
    if is_tiled && is_planar {
        return Err(Refusal::unsupported(
            "The TIFF file has tiles of one colour each, which are not read here.",
        ));
    }
    let shared_tables = directory.bytes(tag::JPEG_TABLES).map_or(0, <[u8]>::len) as u64;
    let chunks = directory.count(offsets) as u64;
    let named = directory
        .sum(lengths)
        .saturating_add(chunks.saturating_mul(shared_tables));
    if named > MAX_SHARING.saturating_mul(original.len() as u64) {
        return Err(Refusal::corrupt(
            "The strips or tiles of the TIFF file lie over each other.",
        ));
    }
    if directory.number(tag::COMPRESSION) != Some(JPEG) {
        return Ok(());
    }
    let size = if is_tiled {
        (
            directory.number(tag::TILE_WIDTH).unwrap_or_default(),
            directory.number(tag::TILE_HEIGHT).unwrap_or_default(),
        )
    } else {
        let rows = directory.number(tag::ROWS_PER_STRIP).unwrap_or(u32::MAX);
        (inspection.coded_width, rows.min(inspection.coded_height))
    };
    let count = usize::try_from(chunks).unwrap_or(usize::MAX);
    let places = directory.numbers(offsets, count);
    for (offset, length) in places.iter().zip(directory.numbers(lengths, count)) {
        meter.check()?;
        let jpeg = slice(original, *offset as usize, length as usize).unwrap_or_default();
        check_jpeg(jpeg, size)?;
    }
    Ok(())
}

/// Refuses a JPEG that is larger than its strip or tile, by more than its blocks make it, or has too many scans.
fn check_jpeg(jpeg: &[u8], (width, height): (u32, u32)) -> Result<(), Refusal> {
    const BLOCK: u32 = 16;
    let (mut offset, mut scans) = (2, 0);
    while let Some((code, segment, next)) = next_segment(jpeg, offset) {
        offset = next;
        match code {
            marker::SOS => scans += 1,
            marker::SOF0..=0xCF if !matches!(code, marker::DHT | 0xC8 | 0xCC) => {
                let side = |at| be16(segment, at).map_or(0, u32::from);
                if side(1) > height.saturating_add(BLOCK) || side(3) > width.saturating_add(BLOCK) {
                    return Err(Refusal::corrupt(
                        "A JPEG in the TIFF file is larger than its strip or tile.",
                    ));
                }
            }
            _ => {}
        }
        if scans > MAX_SCANS {
            return Err(Refusal::corrupt(format!(
                "A JPEG in the TIFF file has more than {MAX_SCANS} scans."
            )));
        }
    }
    Ok(())
}

type TiffDecoder<'a> = Decoder<Patched<'a>>;

fn open<'a>(
    reader: Patched<'a>,
    file_size: usize,
    inspection: &Inspection<'_>,
) -> Result<TiffDecoder<'a>, Refusal> {
    let mut limits = Limits::default();
    // The dimensions have passed the limits already; a pixel of four channels of 32 bits is the largest one.
    limits.decoding_buffer_size = area(inspection.coded_width, inspection.coded_height) * 16;
    limits.intermediate_buffer_size = limits.decoding_buffer_size;
    limits.ifd_value_size = file_size;
    let mut decoder = Decoder::new(reader).map_err(refusal)?.with_limits(limits);
    if decoder.dimensions().map_err(refusal)? != (inspection.coded_width, inspection.coded_height) {
        return Err(Refusal::corrupt("The TIFF directory contradicts itself."));
    }
    Ok(decoder)
}

fn refusal(error: TiffError) -> Refusal {
    match error {
        TiffError::UnsupportedError(what) => Refusal::unsupported(format!(
            "The TIFF file is of a kind that is not read here: {what}."
        )),
        error => undecodable(Format::Tiff, error),
    }
}

fn unsupported(colour: ColorType) -> Refusal {
    Refusal::unsupported(format!(
        "The TIFF file has pixels of a kind that is not read here: {colour:?}."
    ))
}

/// Where the low byte of the photometric interpretation lies, and what it is to be read as.
fn photometric_byte(original: &[u8], directory: Directory<'_>, read_as: u8) -> Option<(u64, u8)> {
    let entry = directory.entry(tag::PHOTOMETRIC)?;
    let low = u64::from(original.starts_with(b"MM"));
    Some((entry.values_at as u64 + low, read_as))
}

/// Samples of 8 or 16 bits; floating point from 0 to 1 becomes 16 bits. Signed samples keep their bits.
fn normalise(result: DecodingResult, bits: u8) -> Option<Samples> {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the value is clamped to 16 bits"
    )]
    let from_float = |sample: f32| (sample.clamp(0.0, 1.0) * 65535.0).round() as u16;
    Some(match result {
        DecodingResult::U8(samples) => Samples::U8(samples),
        DecodingResult::I8(samples) => {
            Samples::U8(samples.into_iter().map(i8::cast_unsigned).collect())
        }
        DecodingResult::I16(samples) => {
            Samples::U16(samples.into_iter().map(i16::cast_unsigned).collect())
        }
        // Samples of 10, 12 or 14 bits are spread over all 16.
        DecodingResult::U16(samples) if (9..16).contains(&bits) => Samples::U16(
            samples
                .into_iter()
                .map(|sample| (sample << (16 - bits)) | (sample >> (2 * bits - 16)))
                .collect(),
        ),
        DecodingResult::U16(samples) => Samples::U16(samples),
        DecodingResult::U32(samples) => Samples::U16(
            samples
                .into_iter()
                .map(|sample| (sample >> 16) as u16)
                .collect(),
        ),
        DecodingResult::F32(samples) => Samples::U16(samples.into_iter().map(from_float).collect()),
        DecodingResult::F16(samples) => Samples::U16(
            samples
                .into_iter()
                .map(|sample| from_float(sample.to_f32()))
                .collect(),
        ),
        _ => return None,
    })
}

/// Grey samples and palette indices of 1, 2 or 4 bits lie several in a byte, each row beginning a new one. Grey is
/// spread over all 8 bits; an index stays what it is.
fn unpack_bits(samples: Samples, colour: ColorType, width: u32, is_palette: bool) -> Samples {
    let (Samples::U8(packed), bits @ (1 | 2 | 4)) = (&samples, colour.bit_depth()) else {
        return samples;
    };
    let scale = if is_palette {
        1
    } else {
        255 / ((1_u16 << bits) - 1)
    };
    let row_samples = width as usize * usize::from(colour.num_samples());
    let row_bytes = (row_samples * usize::from(bits)).div_ceil(8);
    let unpack = |row: &[u8]| -> Vec<u8> {
        let sample = |index: usize| {
            let shift = 8 - usize::from(bits) - (index * usize::from(bits)) % 8;
            let value =
                (u16::from(row[index * usize::from(bits) / 8]) >> shift) & ((1 << bits) - 1);
            u8::try_from(value * scale).unwrap_or(u8::MAX)
        };
        (0..row_samples).map(sample).collect()
    };
    Samples::U8(packed.chunks_exact(row_bytes).flat_map(unpack).collect())
}

/// From one plane for each channel to pixels.
fn interleave(samples: Samples, channels: usize) -> Samples {
    fn weave<T: Copy>(planes: &[T], channels: usize) -> Vec<T> {
        let pixels = planes.len() / channels;
        (0..pixels)
            .flat_map(|pixel| (0..channels).map(move |channel| planes[channel * pixels + pixel]))
            .collect()
    }
    match samples {
        Samples::U8(planes) => Samples::U8(weave(&planes, channels)),
        Samples::U16(planes) => Samples::U16(weave(&planes, channels)),
    }
}

/// The first channels of every pixel.
fn keep(samples: Samples, of: usize, wanted: usize) -> Samples {
    fn first<T: Copy>(samples: &[T], of: usize, wanted: usize) -> Vec<T> {
        samples
            .chunks_exact(of)
            .flat_map(|pixel| &pixel[..wanted])
            .copied()
            .collect()
    }
    match samples {
        Samples::U8(samples) => Samples::U8(first(&samples, of, wanted)),
        Samples::U16(samples) => Samples::U16(first(&samples, of, wanted)),
    }
}

/// CIE's encoding has signed a\* and b\*; ICC's has their zero in the middle.
fn centre_lab(samples: Samples) -> Samples {
    match samples {
        Samples::U8(mut samples) => {
            samples
                .chunks_exact_mut(3)
                .flat_map(|pixel| &mut pixel[1..])
                .for_each(|sample| *sample ^= 0x80);
            Samples::U8(samples)
        }
        Samples::U16(mut samples) => {
            samples
                .chunks_exact_mut(3)
                .flat_map(|pixel| &mut pixel[1..])
                .for_each(|sample| *sample ^= 0x8000);
            Samples::U16(samples)
        }
    }
}

/// The most colours of a palette: an index has at most 16 bits.
const MAX_COLOURS: usize = 1 << 16;

/// A palette of 16 bits a colour, all reds first, then all greens, then all blues (TIFF 6.0, section 5).
fn apply_palette(directory: Directory<'_>, indices: &Samples) -> Result<Samples, Refusal> {
    let palette = directory.numbers(tag::COLOUR_MAP, 3 * MAX_COLOURS);
    let Samples::U8(indices) = indices else {
        return Err(Refusal::unsupported(
            "The TIFF file has a palette of more than 256 colours.",
        ));
    };
    let colours = palette.len() / 3;
    if colours == 0 {
        return Err(Refusal::corrupt(
            "The TIFF file has indexed colours without a palette.",
        ));
    }
    let high_byte = |position: usize| palette[position].to_be_bytes()[2];
    let indices = indices
        .iter()
        .map(|index| usize::from(*index).min(colours - 1));
    Ok(Samples::U8(
        indices
            .flat_map(|index| [0, 1, 2].map(|channel| high_byte(channel * colours + index)))
            .collect(),
    ))
}

/// A file of which one byte reads as another, so that it need not be copied to be changed.
struct Patched<'a> {
    original: Metered<'a, Cursor<&'a [u8]>>,
    patch: Option<(u64, u8)>,
}

impl Read for Patched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let start = self.original.stream_position()?;
        let read = self.original.read(buffer)?;
        if let Some((position, byte)) = self.patch
            && let Some(target) = position
                .checked_sub(start)
                .and_then(|offset| buffer[..read].get_mut(usize::try_from(offset).ok()?))
        {
            *target = byte;
        }
        Ok(read)
    }
}

impl Seek for Patched<'_> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.original.seek(position)
    }
}
