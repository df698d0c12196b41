//! Lossy WebP.
#![forbid(unsafe_code)]

mod analysis;
mod bool_encoder;
mod container;
mod cost;
mod edge;
mod frame;
mod macroblock;
mod modes;
mod picture;
mod predict;
mod predict4;
mod probabilities;
mod quantiser;
mod scan;
mod segment;
mod tables;
mod tokens;
mod transform;
mod vector;

pub use picture::{Plane, Planes};

/// Settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Encoder {
    /// Quality.
    pub quality: f32,
    /// Filter strength.
    pub filter_strength: u8,
}

/// Errors.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Size.
    #[error("bad size {width} {height}")]
    Size {
        /// Width.
        width: u32,
        /// Height.
        height: u32,
    },
    /// Samples.
    #[error("samples")]
    Samples,
    /// Stopped.
    #[error("stopped")]
    Stopped,
    /// First.
    #[error("first partition")]
    FirstPartition,
}

impl Encoder {
    /// Encodes.
    pub fn encode(&self, planes: &Planes<'_>) -> Result<Vec<u8>, Error> {
        planes.check()?;
        let frame = frame::encode(planes, self, &mut || true, None)?;
        container::file(planes.width, planes.height, &frame)
    }

    /// Encodes and shows.
    pub fn encode_and_show(&self, planes: &Planes<'_>) -> Result<(Vec<u8>, [Vec<u8>; 3]), Error> {
        planes.check()?;
        let (width, height) = (planes.width as usize, planes.height as usize);
        let (cw, ch) = (width.div_ceil(2), height.div_ceil(2));
        let mut out = [vec![0; width * height], vec![0; cw * ch], vec![0; cw * ch]];
        let mut viewer = |x: usize, y: usize, shown: &macroblock::Shown| {
            let mut put = |plane: usize, block: vector::Block, left: usize, top: usize| {
                let (w, h) = if plane == 0 { (width, height) } else { (cw, ch) };
                for (place, sample) in block.to_array().into_iter().enumerate() {
                    let (x, y) = (left + place / 4, top + place % 4);
                    if x < w && y < h {
                        out[plane][y * w + x] = sample;
                    }
                }
            };
            for (i, b) in shown.luma.iter().enumerate() {
                put(0, *b, 16 * x + 4 * (i % 4), 16 * y + 4 * (i / 4));
            }
            for (i, b) in shown.chroma.iter().enumerate() {
                put(1 + i % 4 / 2, *b, 8 * x + 4 * (i % 2), 8 * y + 4 * (i / 4));
            }
        };
        let frame = frame::encode(planes, self, &mut || true, Some(&mut viewer))?;
        Ok((container::file(planes.width, planes.height, &frame)?, out))
    }
}
