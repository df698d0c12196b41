//! The input pictures.

use wide::u8x16;

use crate::Error;
use crate::macroblock::Shown;
use crate::vector::{Block, blocks_of};

/// A picture of luma, and of blue and red chroma at half its width and height, rounded up.
///
/// Samples are BT.601 in the range of video, which is WebP's range: 16 to 235 of luma, 16 to 240 of chroma.
#[derive(Debug, Clone, Copy)]
pub struct Planes<'a> {
    /// Width in pixels, 1 to 16383.
    pub width: u32,
    /// Height in pixels, 1 to 16383.
    pub height: u32,
    /// Luma, one sample for each pixel.
    pub luma: Plane<'a>,
    /// Blue chroma and red chroma, one sample for each square of two by two pixels.
    pub chroma: [Plane<'a>; 2],
}

/// Samples, row by row.
#[derive(Debug, Clone, Copy)]
pub struct Plane<'a> {
    /// Rows from the top down. Data after the last sample of a row, and of the plane, is ignored.
    pub samples: &'a [u8],
    /// The number of samples between the beginnings of two rows; at least as many as a row has.
    pub stride: usize,
}

/// A picture that owns its planes, which have no padding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanesBuf {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// Luma, row by row.
    pub luma: Vec<u8>,
    /// Blue chroma and red chroma, row by row.
    pub chroma: [Vec<u8>; 2],
}

impl PlanesBuf {
    pub(crate) fn new(width: u32, height: u32) -> Self {
        let half = width.div_ceil(2) as usize * height.div_ceil(2) as usize;
        Self {
            width,
            height,
            luma: vec![0; width as usize * height as usize],
            chroma: [vec![0; half], vec![0; half]],
        }
    }

    /// The planes, borrowed for encoding.
    #[must_use]
    pub fn as_planes(&self) -> Planes<'_> {
        let half = self.width.div_ceil(2) as usize;
        let plane = |samples, stride| Plane { samples, stride };
        Planes {
            width: self.width,
            height: self.height,
            luma: plane(&self.luma, self.width as usize),
            chroma: [plane(&self.chroma[0], half), plane(&self.chroma[1], half)],
        }
    }

    pub(crate) fn check_size(width: u32, height: u32) -> Result<(), Error> {
        let sides = 1..=MAX_SIDE;
        if sides.contains(&width) && sides.contains(&height) {
            Ok(())
        } else {
            Err(Error::Size { width, height })
        }
    }

    /// Copies the decoded samples of a macroblock, as far as they are inside the picture.
    pub(crate) fn set_macroblock(&mut self, x: usize, y: usize, shown: &Shown) {
        let size = (self.width as usize, self.height as usize);
        for (index, block) in shown.luma.iter().enumerate() {
            let place = (16 * x + 4 * (index % 4), 16 * y + 4 * (index / 4));
            set_block(&mut self.luma, size, place, *block);
        }
        let size = (size.0.div_ceil(2), size.1.div_ceil(2));
        for (index, block) in shown.chroma.iter().enumerate() {
            let place = (8 * x + 4 * (index % 2), 8 * y + 4 * (index / 4));
            set_block(&mut self.chroma[index % 4 / 2], size, place, *block);
        }
    }
}

fn set_block(
    plane: &mut [u8],
    (width, height): (usize, usize),
    (left, top): (usize, usize),
    block: Block,
) {
    for (index, sample) in block.to_array().into_iter().enumerate() {
        let (x, y) = (left + index / 4, top + index % 4);
        if x < width && y < height {
            plane[y * width + x] = sample;
        }
    }
}

/// The samples of a macroblock, in blocks of 4×4: luma row by row; for chroma, two blue and two red blocks in each row.
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
        PlanesBuf::check_size(self.width, self.height)?;
        let (width, height) = (self.width as usize, self.height as usize);
        self.luma.check(width, height)?;
        for plane in self.chroma {
            plane.check(width.div_ceil(2), height.div_ceil(2))?;
        }
        Ok(())
    }

    /// The macroblock in this column and row. At the right and the bottom the last samples are repeated.
    #[inline(always)]
    pub(crate) fn macroblock(&self, x: usize, y: usize) -> Source {
        let (width, height) = (self.width as usize, self.height as usize);
        let mut source = Source {
            luma: [Block::ZERO; 16],
            chroma: [Block::ZERO; 8],
        };
        let rows = self.luma.square::<16>((16 * x, 16 * y), (width, height));
        for (blocks, [a, b, c, d]) in source
            .luma
            .as_chunks_mut::<4>()
            .0
            .iter_mut()
            .zip(rows.as_chunks().0)
        {
            *blocks = blocks_of([
                u8x16::new(*a),
                u8x16::new(*b),
                u8x16::new(*c),
                u8x16::new(*d),
            ]);
        }
        let half = (width.div_ceil(2), height.div_ceil(2));
        let [blue, red] = [0, 1].map(|which| self.chroma[which].square::<8>((8 * x, 8 * y), half));
        for (row, blocks) in source.chroma.as_chunks_mut::<4>().0.iter_mut().enumerate() {
            let line = |line: usize| -> u8x16 {
                bytemuck::cast([blue[4 * row + line], red[4 * row + line]])
            };
            *blocks = blocks_of([line(0), line(1), line(2), line(3)]);
        }
        source
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

    /// The samples of a square.
    #[inline(always)]
    fn square<const SIDE: usize>(
        self,
        (x, y): (usize, usize),
        size: (usize, usize),
    ) -> [[u8; SIDE]; SIDE] {
        if x + SIDE > size.0 || y + SIDE > size.1 {
            return self.square_at_edge((x, y), size);
        }
        let mut rows = [[0; SIDE]; SIDE];
        let mut start = y * self.stride + x;
        for row in &mut rows {
            if let Some(samples) = self.samples.get(start..start + SIDE) {
                row.copy_from_slice(samples);
            }
            start += self.stride;
        }
        rows
    }

    #[inline(never)]
    fn square_at_edge<const SIDE: usize>(
        self,
        (x, y): (usize, usize),
        size: (usize, usize),
    ) -> [[u8; SIDE]; SIDE] {
        std::array::from_fn(|line| {
            let row = &self.samples[(y + line).min(size.1 - 1) * self.stride..][..size.0];
            std::array::from_fn(|index| row[(x + index).min(size.0 - 1)])
        })
    }
}
