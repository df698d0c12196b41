//! PNGs that are large, or claim to be.

use std::io::Write as _;

use anyhow::Result;
use flate2::{Compression, write::ZlibEncoder};
use png::{BitDepth, ColorType, Encoder};

/// Ten thousand pixels a side: the 100 megapixels that the default limits just accept.
const SIDE: u32 = 10_000;
/// The bomb's side, and its length up to its checksum.
const BOMB_SIDE: u32 = 60_000;
const BOMB_BYTES: usize = 100_000;

/// A 100-megapixel PNG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Png {
    /// Three bytes a pixel.
    Rgb8,
    /// Eight bytes a pixel, the most a PNG can have.
    Rgba16,
}

impl Png {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rgb8 => "8-bit RGB",
            Self::Rgba16 => "16-bit RGBA",
        }
    }

    /// Makes the file. Its blocks of flat colour compress well enough to stay under the limit for
    /// files.
    pub(crate) fn make(self) -> Result<Vec<u8>> {
        let (colour, depth, sample_bytes, samples) = match self {
            Self::Rgb8 => (ColorType::Rgb, BitDepth::Eight, 1, 3),
            Self::Rgba16 => (ColorType::Rgba, BitDepth::Sixteen, 2, 4),
        };
        let mut file = Vec::new();
        let mut encoder = Encoder::new(&mut file, SIDE, SIDE);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        encoder.set_compression(png::Compression::Fast);
        let mut writer = encoder.write_header()?;
        let mut rows = writer.stream_writer()?;
        for y in 0..SIDE {
            for x in 0..SIDE {
                for sample in 0..samples {
                    let value = block(x, y, sample);
                    rows.write_all(&[value; 2][..sample_bytes])?;
                }
            }
        }
        rows.finish()?;
        writer.finish()?;
        Ok(file)
    }
}

/// The colour of each block of 16×16 pixels.
fn block(x: u32, y: u32, sample: u32) -> u8 {
    let seed = (x / 16).wrapping_mul(0x9e37_79b1) ^ (y / 16).wrapping_mul(0x85eb_ca6b);
    let [.., value] = (seed ^ sample.wrapping_mul(0xc2b2_ae35))
        .rotate_left(11)
        .to_ne_bytes();
    value
}

/// A PNG of 3.6 gigapixels in about 100 KB. Its header is valid, and its pixel data begins validly
/// and would grow a thousandfold when unpacked.
pub(crate) fn bomb() -> Result<Vec<u8>> {
    let mut zeros = ZlibEncoder::new(Vec::new(), Compression::best());
    while zeros.get_ref().len() < BOMB_BYTES {
        zeros.write_all(&[0; 4_096])?;
    }
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, BOMB_SIDE, BOMB_SIDE);
    encoder.set_color(ColorType::Rgb);
    let mut writer = encoder.write_header()?;
    writer.write_chunk(png::chunk::IDAT, &zeros.get_ref()[..BOMB_BYTES])?;
    drop(writer);
    Ok(file)
}

#[cfg(test)]
mod tests {
    use imaging::{Limits, RefusalCode};

    use super::*;

    #[test]
    fn the_bomb_is_small_and_refused_for_what_it_claims() {
        let bomb = bomb().unwrap();
        assert!((100_000..101_000).contains(&bomb.len()), "{}", bomb.len());
        let refusal = imaging::inspect(&bomb, &Limits::default()).unwrap_err();
        assert!(matches!(
            refusal.code,
            RefusalCode::TooManyPixels | RefusalCode::TooWideOrTall
        ));
    }
}
