//! TIFF: the first page, by the `tiff` crate, in whatever colours it is stored.

use std::io::{self, Cursor, Read, Seek, SeekFrom};

use ::tiff::decoder::{Decoder, DecodingResult, Limits};
use ::tiff::tags::Tag;
use ::tiff::{ColorType, TiffError};

use super::{Decoded, undecodable};
use crate::format::Format;
use crate::inspect::tiff::{TiffFile, tag};
use crate::inspect::{ColourSpace, Inspection};
use crate::raster::{Model, Packed, Samples, area};
use crate::refusal::Refusal;

/// The interpretations that are read as plain RGB instead: L\*a\*b\* in CIE's and in ITU's encoding, which the decoder
/// has no name for.
const CIE_LAB: u32 = 8;
const RGB: u8 = 2;

pub(super) fn decode(original: &[u8], inspection: &Inspection<'_>) -> Result<Decoded, Refusal> {
    let photometric =
        TiffFile::open(original).and_then(|file| file.first_directory()?.number(tag::PHOTOMETRIC));
    let is_cie_lab = photometric == Some(CIE_LAB);
    let reader = Patched {
        original: Cursor::new(original),
        patch: if is_cie_lab {
            photometric_byte(original)
        } else {
            None
        },
    };
    let mut limits = Limits::default();
    // The dimensions have passed the limits already; a pixel of 16 bits and four channels is the largest one.
    limits.decoding_buffer_size = area(inspection.coded_width, inspection.coded_height) * 8 * 2;
    limits.intermediate_buffer_size = limits.decoding_buffer_size;
    limits.ifd_value_size = original.len();
    let mut decoder = Decoder::new(reader).map_err(refusal)?.with_limits(limits);
    let (width, height) = decoder.dimensions().map_err(refusal)?;
    if (width, height) != (inspection.coded_width, inspection.coded_height) {
        return Err(Refusal::corrupt("The TIFF directory contradicts itself."));
    }
    let colour = decoder.colortype().map_err(refusal)?;
    let mut result = DecodingResult::U8(Vec::new());
    let layout = decoder.read_image_to_buffer(&mut result).map_err(refusal)?;
    let samples = normalise(result, colour.bit_depth()).ok_or_else(|| unsupported(colour))?;
    let samples = unpack_bits(samples, colour, width);
    let channels = usize::from(colour.num_samples());
    let samples = if layout.planes > 1 {
        interleave(samples, channels)
    } else {
        samples
    };
    let packed = |model, samples| Packed {
        width,
        height,
        model,
        samples,
    };
    let pixels = match colour {
        ColorType::Palette(_) => packed(Model::Rgb, apply_palette(&mut decoder, &samples)?),
        ColorType::CMYK(_) => packed(Model::Cmyk, samples),
        ColorType::CMYKA(_) => packed(Model::Cmyk, keep(samples, 5, 4)),
        ColorType::Lab(_) => packed(Model::Lab, samples),
        ColorType::RGB(_) if is_cie_lab => packed(Model::Lab, centre_lab(samples)),
        // JPEG inside TIFF comes out of the decoder as RGB, whatever it says.
        ColorType::RGB(_) | ColorType::YCbCr(_) => packed(Model::Rgb, samples),
        ColorType::RGBA(_) => packed(Model::RgbAlpha, samples),
        ColorType::Gray(_) => packed(Model::Grey, samples),
        ColorType::GrayA(_) => packed(Model::GreyAlpha, samples),
        ColorType::Multiband { num_samples, .. }
            if inspection.colour_space == ColourSpace::Grey =>
        {
            let wanted = if inspection.has_alpha && num_samples == 2 {
                2
            } else {
                1
            };
            let model = if wanted == 2 {
                Model::GreyAlpha
            } else {
                Model::Grey
            };
            packed(model, keep(samples, channels, wanted))
        }
        other => return Err(unsupported(other)),
    };
    let complete = area(width, height) * pixels.model.channels();
    let length = match &pixels.samples {
        Samples::U8(samples) => samples.len(),
        Samples::U16(samples) => samples.len(),
    };
    if length != complete {
        return Err(Refusal::corrupt(
            "The TIFF file does not hold as many pixels as it says.",
        ));
    }
    Ok(Decoded::whole(pixels, None))
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

/// Where the low byte of the photometric interpretation lies, to be read as RGB.
fn photometric_byte(original: &[u8]) -> Option<(u64, u8)> {
    let entry = TiffFile::open(original)?
        .first_directory()?
        .entry(tag::PHOTOMETRIC)?;
    let low = if original.starts_with(b"MM") { 1 } else { 0 };
    Some((entry.values_at as u64 + low, RGB))
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
fn unpack_bits(samples: Samples, colour: ColorType, width: u32) -> Samples {
    let (Samples::U8(packed), bits @ (1 | 2 | 4)) = (&samples, colour.bit_depth()) else {
        return samples;
    };
    let scale = if matches!(colour, ColorType::Palette(_)) {
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

/// A palette of 16 bits a colour, all reds first, then all greens, then all blues (TIFF 6.0, section 5).
fn apply_palette<R: Read + Seek>(
    decoder: &mut Decoder<R>,
    indices: &Samples,
) -> Result<Samples, Refusal> {
    let palette = decoder.get_tag_u16_vec(Tag::ColorMap).map_err(refusal)?;
    let Samples::U8(indices) = indices else {
        return Err(Refusal::unsupported(
            "The TIFF file has a palette of more than 256 colours.",
        ));
    };
    let colours = palette.len() / 3;
    let high_byte = |position: usize| {
        palette
            .get(position)
            .map_or(0, |sample| sample.to_be_bytes()[0])
    };
    let rgb = indices
        .iter()
        .map(|index| usize::from(*index).min(colours.saturating_sub(1)));
    Ok(Samples::U8(
        rgb.flat_map(|index| [0, 1, 2].map(|channel| high_byte(channel * colours + index)))
            .collect(),
    ))
}

/// A file of which one byte reads as another, so that it need not be copied to be changed.
struct Patched<'a> {
    original: Cursor<&'a [u8]>,
    patch: Option<(u64, u8)>,
}

impl Read for Patched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let start = self.original.position();
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
