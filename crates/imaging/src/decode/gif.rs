//! GIF: frames composed onto the canvas, as a browser shows them.

use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, DisposalMethod, MemoryLimit};

use super::canvas::{Area, Canvas, Disposal};
use super::{Decoded, undecodable};
use crate::budget::{Meter, Metered};
use crate::format::Format;
use crate::inspect::Inspection;
use crate::raster::{Model, Packed, Pixels8, Samples, area};
use crate::refusal::Refusal;

pub(super) fn decode(
    original: &[u8],
    inspection: &Inspection<'_>,
    meter: &Meter<'_>,
) -> Result<Decoded, Refusal> {
    let (width, height) = (inspection.coded_width, inspection.coded_height);
    let mut frames = GifFrames::open(original, (width, height), meter)?;
    if frames.next()?.is_none() {
        return Err(undecodable(Format::Gif, "there is no frame in it"));
    }
    let pixels = Pixels8 {
        width,
        height,
        model: Model::RgbAlpha,
        data: frames.canvas.into_pixels(),
    };
    let pixels = if inspection.has_alpha {
        pixels
    } else {
        pixels.without_alpha()
    };
    Ok(Decoded::whole(
        Packed {
            width,
            height,
            model: pixels.model,
            samples: Samples::U8(pixels.data),
        },
        frames.damage,
    ))
}

/// The frames of a GIF, each composed onto the whole canvas of RGBA.
pub(crate) struct GifFrames<'a> {
    decoder: gif::Decoder<Metered<'a, &'a [u8]>>,
    canvas: Canvas,
    /// Bytes that a frame may have: one that is larger than its canvas by far is made to exhaust memory.
    max_frame: usize,
    damage: Option<String>,
}

impl<'a> GifFrames<'a> {
    pub(crate) fn open(
        original: &'a [u8],
        size: (u32, u32),
        meter: &'a Meter<'a>,
    ) -> Result<Self, Refusal> {
        let max_frame = area(size.0, size.1) * 4 * 2;
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::RGBA);
        options.set_memory_limit(MemoryLimit::Bytes(
            NonZeroU64::new(max_frame as u64).unwrap_or(NonZeroU64::MIN),
        ));
        let decoder = options
            .read_info(Metered::new(original, meter))
            .map_err(|error| undecodable(Format::Gif, error))?;
        Ok(Self {
            decoder,
            canvas: Canvas::new(size),
            max_frame,
            damage: None,
        })
    }

    /// The canvas with the next frame on it and how long it is shown, in milliseconds; nothing after the last. A frame
    /// that breaks off is shown as far as it goes, and the damage is noted.
    pub(crate) fn next(&mut self) -> Result<Option<(&[u8], u32)>, Refusal> {
        if self.damage.is_some() {
            return Ok(None);
        }
        let frame = match self.decoder.next_frame_info() {
            Ok(Some(frame)) => frame.clone(),
            Ok(None) => return Ok(None),
            Err(error) => return Err(undecodable(Format::Gif, error)),
        };
        if self.decoder.buffer_size() > self.max_frame {
            return Err(Refusal::corrupt(
                "A frame of the GIF file is much larger than its canvas.",
            ));
        }
        let mut pixels = vec![0; self.decoder.buffer_size()];
        self.damage = self
            .decoder
            .read_into_buffer(&mut pixels)
            .err()
            .map(|error| error.to_string());
        let area = Area {
            left: frame.left.into(),
            top: frame.top.into(),
            width: frame.width.into(),
            height: frame.height.into(),
        };
        let disposal = match frame.dispose {
            DisposalMethod::Any | DisposalMethod::Keep => Disposal::Keep,
            DisposalMethod::Background => Disposal::Clear,
            DisposalMethod::Previous => Disposal::Restore,
        };
        let canvas = self.canvas.lay(area, disposal, |row, y| {
            let source = pixels.get(y * area.width * 4..).unwrap_or_default();
            // A pixel is opaque, or not there at all.
            for (under, over) in row
                .chunks_exact_mut(4)
                .zip(source.chunks_exact(4))
                .filter(|(_, over)| over[3] != 0)
            {
                under.copy_from_slice(over);
            }
        });
        Ok(Some((canvas, u32::from(frame.delay) * 10)))
    }
}
