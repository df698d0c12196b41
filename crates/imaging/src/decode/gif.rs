//! Decodes GIF: frames are composed on the canvas as a browser shows them.

use std::io::{Chain, Cursor, Read as _};
use std::num::NonZeroU64;

use gif::{ColorOutput, DecodeOptions, DisposalMethod, MemoryLimit};

use super::canvas::{Area, Canvas, Disposal};
use super::{Decoded, undecodable};
use crate::budget::{Meter, Metered};
use crate::format::Format;
use crate::inspect::Inspection;
use crate::raster::{Model, Packed, Pixels8, Samples};
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

/// The file, possibly with another header before it.
type Source<'a> = Metered<'a, Chain<Cursor<Vec<u8>>, &'a [u8]>>;

/// The frames of a GIF, each composed onto the whole canvas of RGBA.
pub(crate) struct GifFrames<'a> {
    decoder: gif::Decoder<Source<'a>>,
    canvas: Canvas,
    damage: Option<String>,
    meter: &'a Meter<'a>,
}

impl<'a> GifFrames<'a> {
    pub(crate) fn open(
        original: &'a [u8],
        size: (u32, u32),
        meter: &'a Meter<'a>,
    ) -> Result<Self, Refusal> {
        let mut options = DecodeOptions::new();
        options.set_color_output(ColorOutput::RGBA);
        // Pixels are read row by row. Besides them, the decoder keeps blocks of metadata.
        options.set_memory_limit(MemoryLimit::Bytes(
            NonZeroU64::new(original.len() as u64).unwrap_or(NonZeroU64::MIN),
        ));
        let (header, rest) = with_palette(original);
        let decoder = options
            .read_info(Metered::new(Cursor::new(header).chain(rest), meter))
            .map_err(|error| undecodable(Format::Gif, error))?;
        Ok(Self {
            decoder,
            canvas: Canvas::new(size),
            damage: None,
            meter,
        })
    }

    /// The canvas with the next frame on it, and how long it is shown, in milliseconds; nothing after the last. A frame
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
        self.canvas.take_away(area, disposal);
        self.damage = self.read_rows(area, frame.interlaced).err();
        Ok(Some((self.canvas.pixels(), u32::from(frame.delay) * 10)))
    }

    /// Draws the rows of a frame as they arrive. Pixels outside the canvas are not shown.
    fn read_rows(&mut self, area: Area, is_interlaced: bool) -> Result<(), String> {
        let mut line = vec![0; area.width * 4];
        for y in row_order(area.height, is_interlaced) {
            if self.meter.step() {
                break;
            }
            line.fill(0);
            let filled = self.decoder.fill_buffer(&mut line);
            if let Some(row) = self.canvas.row(area, y) {
                lay(row, &line);
            } else if !is_interlaced {
                break;
            }
            match filled {
                Ok(true) => {}
                Ok(false) => return Err("a frame ends early".to_owned()),
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(())
    }
}

/// Draws pixels over others. A pixel is either opaque or absent.
fn lay(row: &mut [u8], line: &[u8]) {
    for (under, over) in row
        .chunks_exact_mut(4)
        .zip(line.chunks_exact(4))
        .filter(|(_, over)| over[3] != 0)
    {
        under.copy_from_slice(over);
    }
}

/// The numbers of rows in the order in which they are stored: every eighth, those between them, and so on (GIF89a,
/// appendix E).
fn row_order(height: usize, is_interlaced: bool) -> impl Iterator<Item = usize> {
    let passes: &[(usize, usize)] = if is_interlaced {
        &[(0, 8), (4, 8), (2, 4), (1, 2)]
    } else {
        &[(0, 1)]
    };
    passes
        .iter()
        .flat_map(move |(first, step)| (*first..height).step_by(*step))
}

/// A file in two parts. A file without a global palette gets one of greys, because frames that have none of their own
/// either may use any (GIF89a, section 19).
fn with_palette(original: &[u8]) -> (Vec<u8>, &[u8]) {
    const HEADER: usize = 13;
    const FLAGS: usize = 10;
    const HAS_256_COLOURS: u8 = 0x87;
    match original.split_at_checked(HEADER) {
        Some((header, rest)) if header[FLAGS] & 0x80 == 0 => {
            let mut header = header.to_vec();
            header[FLAGS] |= HAS_256_COLOURS;
            header.extend((0..=u8::MAX).flat_map(|grey| [grey; 3]));
            (header, rest)
        }
        _ => (Vec::new(), original),
    }
}
