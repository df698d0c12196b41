//! Decodes PNG row by row. A picture much larger than needed is reduced while it is read.

use std::io::Cursor;

use png::{
    BitDepth, BlendOp, ColorType, DecodeOptions, Decoder, DecodingError, DisposeOp, Limits, Reader,
    Transformations,
};

use super::canvas::{Area, Canvas, Disposal};
use super::shrink::Shrink;
use super::{Decoded, Pixels, Request, spare_factor, undecodable};
use crate::budget::{Meter, Metered};
use crate::format::Format;
use crate::raster::{Model, Packed, Samples};
use crate::refusal::Refusal;
use crate::warnings::Warnings;

/// The most bytes that the decoder may use for chunks other than pixels, which are not read here.
const CHUNK_MEMORY: usize = 8 << 20;

type PngReader<'a> = Reader<Metered<'a, Cursor<&'a [u8]>>>;

pub(super) fn decode(original: &[u8], request: Request<'_>) -> Result<Decoded, Refusal> {
    let mut reader = open(original, Transformations::EXPAND, request.meter)?;
    let (width, height) = reader.info().size();
    let (model, depth) = layout(&reader)?;
    let factor = if reader.info().interlaced {
        1
    } else {
        spare_factor((width, height), request.cover)
    };
    let (samples, damage) = match (reader.info().interlaced, depth) {
        (true, _) => read_interlaced(&mut reader, depth)?,
        (false, BitDepth::Sixteen) => {
            let mut shrink = Shrink::new(factor, model, width, height);
            let mut row16 = Vec::new();
            let damage = read_rows(&mut reader, request.meter, |row| {
                row16.clear();
                row16.extend(
                    row.chunks_exact(2)
                        .map(|sample| u16::from_be_bytes([sample[0], sample[1]])),
                );
                shrink.push(&row16);
            })?;
            (Samples::U16(shrink.finish()), damage)
        }
        (false, _) => {
            let mut shrink = Shrink::new(factor, model, width, height);
            let damage = read_rows(&mut reader, request.meter, |row| shrink.push(row))?;
            (Samples::U8(shrink.finish()), damage)
        }
    };
    let pixels = Packed {
        width: width.div_ceil(factor),
        height: height.div_ceil(factor),
        model,
        samples,
    };
    let extent = (
        f64::from(width) / f64::from(factor),
        f64::from(height) / f64::from(factor),
    );
    Ok(Decoded {
        pixels: Pixels::Packed(pixels),
        extent,
        damage,
        warnings: Warnings::default(),
    })
}

fn open<'a>(
    original: &'a [u8],
    transformations: Transformations,
    meter: &'a Meter<'a>,
) -> Result<PngReader<'a>, Refusal> {
    let mut options = DecodeOptions::default();
    options.set_ignore_text_chunk(true);
    options.set_ignore_iccp_chunk(true);
    let mut decoder =
        Decoder::new_with_options(Metered::new(Cursor::new(original), meter), options);
    decoder.set_limits(Limits {
        bytes: CHUNK_MEMORY,
    });
    decoder.set_transformations(transformations);
    decoder.read_info().map_err(failed)
}

fn failed(error: DecodingError) -> Refusal {
    undecodable(Format::Png, error)
}

fn layout(reader: &PngReader<'_>) -> Result<(Model, BitDepth), Refusal> {
    let (colour, depth) = reader.output_color_type();
    let model = match colour {
        ColorType::Grayscale => Model::Grey,
        ColorType::GrayscaleAlpha => Model::GreyAlpha,
        ColorType::Rgb => Model::Rgb,
        ColorType::Rgba => Model::RgbAlpha,
        ColorType::Indexed => {
            return Err(Refusal::corrupt(
                "The PNG file has indexed colours without a palette.",
            ));
        }
    };
    Ok((model, depth))
}

/// Passes every row on. Rows that the file does not contain are passed on as zeros, and the error is returned.
fn read_rows(
    reader: &mut PngReader<'_>,
    meter: &Meter<'_>,
    mut take: impl FnMut(&[u8]),
) -> Result<Option<String>, Refusal> {
    let height = reader.info().height;
    let length = reader
        .output_line_size(reader.info().width)
        .ok_or_else(|| Refusal::corrupt("A row of the PNG file is too long."))?;
    for read in 0..height {
        if meter.step() {
            meter.check()?;
        }
        match reader.next_row() {
            Ok(Some(row)) => take(row.data()),
            Ok(None) => {
                fill_up(height - read, length, take);
                return Ok(Some("rows are missing".to_owned()));
            }
            Err(error) => {
                fill_up(height - read, length, take);
                return Ok(Some(error.to_string()));
            }
        }
    }
    Ok(None)
}

fn fill_up(rows: u32, length: usize, mut take: impl FnMut(&[u8])) {
    let empty = vec![0; length];
    (0..rows).for_each(|_| take(&empty));
}

/// Interlaced pixels come in seven passes over the whole picture, so all of it is held.
fn read_interlaced(
    reader: &mut PngReader<'_>,
    depth: BitDepth,
) -> Result<(Samples, Option<String>), Refusal> {
    let size = reader
        .output_buffer_size()
        .ok_or_else(|| Refusal::corrupt("The PNG file is too large to fit into memory."))?;
    if depth == BitDepth::Sixteen {
        let mut samples = vec![0_u16; size / 2];
        let damage = reader
            .next_frame(bytemuck::cast_slice_mut(&mut samples))
            .err();
        samples
            .iter_mut()
            .for_each(|sample| *sample = u16::from_be(*sample));
        return Ok((Samples::U16(samples), damage.map(|error| error.to_string())));
    }
    let mut samples = vec![0; size];
    let damage = reader.next_frame(&mut samples).err();
    Ok((Samples::U8(samples), damage.map(|error| error.to_string())))
}

/// The frames of an APNG, each composed onto the whole canvas of RGBA.
pub(crate) struct ApngFrames<'a> {
    reader: PngReader<'a>,
    canvas: Canvas,
    left: u32,
}

impl<'a> ApngFrames<'a> {
    pub(crate) fn open(
        original: &'a [u8],
        frames: u32,
        meter: &'a Meter<'a>,
    ) -> Result<Self, Refusal> {
        let mut reader = open(
            original,
            Transformations::EXPAND | Transformations::STRIP_16 | Transformations::ALPHA,
            meter,
        )?;
        let canvas = Canvas::new(reader.info().size());
        if reader.info().frame_control.is_none() {
            // The picture for readers without animation is not one of the frames.
            read_frame(&mut reader)?;
        }
        Ok(Self {
            reader,
            canvas,
            left: frames,
        })
    }

    /// The canvas with the next frame on it, and how long it is shown, in milliseconds; nothing after the last.
    pub(crate) fn next(&mut self) -> Result<Option<(&[u8], u32)>, Refusal> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        let pixels = read_frame(&mut self.reader)?;
        let control = self
            .reader
            .info()
            .frame_control
            .ok_or_else(|| Refusal::corrupt("A frame of the PNG animation has no header."))?;
        let area = Area {
            left: control.x_offset as usize,
            top: control.y_offset as usize,
            width: control.width as usize,
            height: control.height as usize,
        };
        let disposal = match control.dispose_op {
            DisposeOp::None => Disposal::Keep,
            DisposeOp::Background => Disposal::Clear,
            DisposeOp::Previous => Disposal::Restore,
        };
        let canvas = self.canvas.lay(area, disposal, |row, y| {
            let source = pixels
                .chunks_exact(area.width * 4)
                .nth(y)
                .unwrap_or_default();
            match control.blend_op {
                BlendOp::Source => row
                    .iter_mut()
                    .zip(source)
                    .for_each(|(under, over)| *under = *over),
                BlendOp::Over => row
                    .chunks_exact_mut(4)
                    .zip(source.chunks_exact(4))
                    .for_each(|(under, over)| blend(under, over)),
            }
        });
        let denominator = if control.delay_den == 0 {
            100
        } else {
            u32::from(control.delay_den)
        };
        Ok(Some((
            canvas,
            u32::from(control.delay_num) * 1000 / denominator,
        )))
    }
}

/// The next frame as RGBA.
fn read_frame(reader: &mut PngReader<'_>) -> Result<Vec<u8>, Refusal> {
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or_default()];
    let output = reader.next_frame(&mut pixels).map_err(failed)?;
    pixels.truncate(output.buffer_size());
    Ok(match output.color_type {
        ColorType::GrayscaleAlpha => pixels
            .chunks_exact(2)
            .flat_map(|pixel| [pixel[0], pixel[0], pixel[0], pixel[1]])
            .collect(),
        _ => pixels,
    })
}

/// Draws a pixel over another, neither premultiplied (W3C PNG, 13.16).
fn blend(under: &mut [u8], over: &[u8]) {
    let alpha = u32::from(over[3]);
    if alpha == 255 {
        under.copy_from_slice(over);
    } else if alpha > 0 {
        let beneath = u32::from(under[3]) * (255 - alpha);
        let total = alpha * 255 + beneath;
        for (under, over) in under[..3].iter_mut().zip(over) {
            let mixed =
                (u32::from(*over) * alpha * 255 + u32::from(*under) * beneath + total / 2) / total;
            *under = u8::try_from(mixed).unwrap_or(u8::MAX);
        }
        under[3] = u8::try_from((total + 127) / 255).unwrap_or(u8::MAX);
    }
}
