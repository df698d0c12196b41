//! Prediction of whole macroblocks from the samples above and to the left (RFC 6386, sections 12.2 and 12.3).

use bytemuck::cast;
use wide::{i16x8, i32x4, u8x16};

use crate::modes::Mode;
use crate::vector::Block;

/// What lies above and to the left of a square of samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edges<const SIDE: usize> {
    pub(crate) above: [u8; SIDE],
    pub(crate) left: [u8; SIDE],
    pub(crate) corner: u8,
    /// Whether they are of the picture. The mean is of those that are.
    pub(crate) has_above: bool,
    pub(crate) has_left: bool,
}

/// What lies above a picture, and to its left.
pub(crate) const ABOVE: u8 = 127;
pub(crate) const LEFT: u8 = 129;

impl<const SIDE: usize> Edges<SIDE> {
    /// The mean of the edges.
    pub(crate) fn mean(&self) -> u8 {
        let sum = |edge: &[u8; SIDE]| edge.iter().map(|sample| u32::from(*sample)).sum::<u32>();
        let (sum, count) = match (self.has_above, self.has_left) {
            (true, true) => (sum(&self.above) + sum(&self.left), 2 * SIDE),
            (true, false) => (sum(&self.above), SIDE),
            (false, true) => (sum(&self.left), SIDE),
            (false, false) => return 128,
        };
        let shift = count.ilog2();
        ((sum + (1 << (shift - 1))) >> shift).to_le_bytes()[0]
    }
}

/// The predictions of a row of blocks of 4×4, from what lies to the left of it.
pub(crate) struct Predictor<const COLUMNS: usize> {
    /// Columns of each block as bytes, all of one value each.
    above: [Block; COLUMNS],
    mean: Block,
    corner: i16x8,
}

impl<const COLUMNS: usize> Predictor<COLUMNS> {
    pub(crate) fn new<const SIDE: usize>(edges: &Edges<SIDE>) -> Self {
        let above = std::array::from_fn(|column| {
            let samples: [u8; 4] = std::array::from_fn(|index| edges.above[4 * column + index]);
            cast(samples.map(|sample| u32::from(sample) * 0x0101_0101))
        });
        Self {
            above,
            mean: u8x16::splat(edges.mean()),
            corner: i16x8::splat(edges.corner.into()),
        }
    }

    /// The prediction of a block in a mode, from the samples to the left of its row of blocks.
    #[inline(always)]
    pub(crate) fn block(&self, mode: Mode, column: usize, left: [u8; 4]) -> Block {
        let beside: Block = cast([left; 4]);
        match mode {
            Mode::Dc => self.mean,
            Mode::Vertical => self.above[column],
            Mode::Horizontal => beside,
            Mode::TrueMotion => {
                let [low, high] = self.true_motion(column, beside);
                u8x16::narrow_i16x8(low, high)
            }
        }
    }

    /// Sums that may go beyond the range of samples.
    #[inline(always)]
    pub(crate) fn true_motion(&self, column: usize, beside: Block) -> [i16x8; 2] {
        let step = i16x8::from_u8x16_low(beside) - self.corner;
        [
            i16x8::from_u8x16_low(self.above[column]) + step,
            i16x8::from_u8x16_high(self.above[column]) + step,
        ]
    }

    #[inline(always)]
    pub(crate) fn above(&self, column: usize) -> Block {
        self.above[column]
    }

    #[inline(always)]
    pub(crate) fn mean(&self) -> Block {
        self.mean
    }
}

/// The squares of sixteen differences, added up in four parts.
#[inline(always)]
pub(crate) fn squares(differences: [i16x8; 2]) -> i32x4 {
    differences[0].dot(differences[0]) + differences[1].dot(differences[1])
}
