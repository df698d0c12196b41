//! Pictures as they come in.

use wide::u8x16;

use crate::Error;
use crate::vector::{Block, blocks_of};

/// A picture of luma, and of blue and red chroma at half its width and height, rounded up.
///
/// Samples are those of BT.601 in the range of video, which is WebP's: 16 to 235 of luma, 16 to 240 of chroma.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    /// Width in pixels, 1 to 16383.
    pub width: u32,
    /// Height in pixels, 1 to 16383.
    pub height: u32,
    /// Luma, one sample for each pixel.
    pub luma: Plane<'a>,
    /// Blue chroma and red chroma, one sample for each two by two pixels.
    pub chroma: [Plane<'a>; 2],
}

/// Samples, row by row.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// Rows from the top down. What lies behind the last sample of a row, and of the plane, is not looked at.
    pub samples: &'a [u8],
    /// How many samples lie between the beginnings of two rows; at least as many as a row has.
    pub stride: usize,
}

/// The samples of a macroblock, in blocks of 4×4: luma row after row; of chroma two blue and two red ones in each row.
pub(crate) struct Source {
    pub(crate) luma: [Block; 16],
    pub(crate) chroma: [Block; 8],
}

/// The longest side of a picture in pixels.
pub(crate) const MAX_SIDE: u32 = 16_383;

impl Planes<'_> {
    /// Width and height in macroblocks.
    pub(crate) fn macroblocks(&self) -> (usize, usize) {
        (
            self.width.div_ceil(16) as usize,
            self.height.div_ceil(16) as usize,
        )
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        let sides = 1..=MAX_SIDE;
        if !sides.contains(&self.width) || !sides.contains(&self.height) {
            return Err(Error::Size {
                width: self.width,
                height: self.height,
            });
        }
        let (width, height) = (self.width as usize, self.height as usize);
        self.luma.check(width, height)?;
        for plane in self.chroma {
            plane.check(width.div_ceil(2), height.div_ceil(2))?;
        }
        Ok(())
    }

    /// The macroblock in this column and row. At the right and at the bottom the last samples go on.
    pub(crate) fn macroblock(&self, x: usize, y: usize) -> Source {
        let (width, height) = (self.width as usize, self.height as usize);
        let mut luma = [Block::ZERO; 16];
        for row in 0..4 {
            let rows = [0, 1, 2, 3].map(|line| {
                u8x16::new(self.luma.segment::<16>(16 * x, 16 * y + 4 * row + line, width, height))
            });
            luma[4 * row..][..4].copy_from_slice(&blocks_of(rows));
        }
        let (width, height) = (width.div_ceil(2), height.div_ceil(2));
        let mut chroma = [Block::ZERO; 8];
        for row in 0..2 {
            let rows = [0, 1, 2, 3].map(|line| -> u8x16 {
                let line = 8 * y + 4 * row + line;
                bytemuck::cast(
                    self.chroma
                        .map(|plane| plane.segment::<8>(8 * x, line, width, height)),
                )
            });
            chroma[4 * row..][..4].copy_from_slice(&blocks_of(rows));
        }
        Source { luma, chroma }
    }
}

impl Plane<'_> {
    fn check(self, width: usize, height: usize) -> Result<(), Error> {
        let needed = (height - 1)
            .checked_mul(self.stride)
            .and_then(|rows| rows.checked_add(width));
        if self.stride < width || needed.is_none_or(|needed| self.samples.len() < needed) {
            return Err(Error::Samples);
        }
        Ok(())
    }

    /// Some samples of a line. Beyond the picture the last ones go on.
    #[inline(always)]
    fn segment<const LENGTH: usize>(
        self,
        x: usize,
        y: usize,
        width: usize,
        height: usize,
    ) -> [u8; LENGTH] {
        let row = &self.samples[y.min(height - 1) * self.stride..][..width];
        match row.get(x..).and_then(<[u8]>::first_chunk) {
            Some(samples) => *samples,
            None => std::array::from_fn(|index| row[(x + index).min(width - 1)]),
        }
    }
}
