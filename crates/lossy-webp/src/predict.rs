//! Prediction of whole macroblocks from the samples above and to the left (RFC 6386, sections 12.2 and 12.3).

use bytemuck::cast;
use wide::{i16x8, i32x4, u8x16};

use crate::modes::Mode;
use crate::vector::{Block, Pair, spread, widened};

/// The samples above and to the left of a square of samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edges<const SIDE: usize> {
    pub(crate) above: [u8; SIDE],
    pub(crate) left: [u8; SIDE],
    pub(crate) corner: u8,
    /// Whether they are inside the picture. The mean uses only those that are.
    pub(crate) has_above: bool,
    pub(crate) has_left: bool,
}

/// The value of samples above a picture, and to its left.
pub(crate) const ABOVE: u8 = 127;
pub(crate) const LEFT: u8 = 129;

impl<const SIDE: usize> Edges<SIDE> {
    /// The mean of the edges.
    #[inline(always)]
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

/// The predictions of a row of blocks of 4×4, from the samples to its left.
pub(crate) struct Predictor<const COLUMNS: usize> {
    /// Columns of each block as bytes, each column with a single value.
    above: [Block; COLUMNS],
    mean: Block,
    corner: i16x8,
}

impl<const COLUMNS: usize> Predictor<COLUMNS> {
    #[inline(always)]
    pub(crate) fn new<const SIDE: usize>(edges: &Edges<SIDE>) -> Self {
        let mut above = [Block::ZERO; COLUMNS];
        for (block, samples) in above.iter_mut().zip(edges.above.as_chunks::<4>().0) {
            *block = spread(u32::from_le_bytes(*samples));
        }
        Self {
            above,
            mean: u8x16::splat(edges.mean()),
            corner: i16x8::splat(edges.corner.into()),
        }
    }

    /// The prediction of a block in a mode, from the samples to the left of its row of blocks.
    #[inline(always)]
    fn block(&self, mode: Mode, column: usize, left: [u8; 4]) -> Block {
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

    /// The predictions of a block and the one to its right, by columns.
    #[inline(always)]
    pub(crate) fn pair(&self, mode: Mode, column: usize, left: [u8; 4]) -> Pair {
        widened([
            self.block(mode, column, left),
            self.block(mode, column + 1, left),
        ])
    }

    /// Sums that may exceed the range of samples.
    #[inline(always)]
    fn true_motion(&self, column: usize, beside: Block) -> [i16x8; 2] {
        let step = i16x8::from_u8x16_low(beside) - self.corner;
        [
            i16x8::from_u8x16_low(self.above[column]) + step,
            i16x8::from_u8x16_high(self.above[column]) + step,
        ]
    }
}

/// The sums of squared differences between blocks and their predictions, for each mode.
pub(crate) struct Errors([i32x4; 4]);

impl Errors {
    pub(crate) const NONE: Self = Self([i32x4::ZERO; 4]);

    /// Adds a row of blocks, with the samples to its left.
    #[inline(always)]
    pub(crate) fn add<const COLUMNS: usize>(
        &mut self,
        predictor: &Predictor<COLUMNS>,
        left: [u8; 4],
        blocks: &[Block],
    ) {
        let beside: Block = cast([left; 4]);
        let horizontal = i16x8::from_u8x16_low(beside);
        let mean = i16x8::from_u8x16_low(predictor.mean);
        let (zero, most) = (i16x8::ZERO, i16x8::splat(255));
        for (column, block) in blocks.iter().enumerate() {
            let samples = widen(*block);
            let vertical = widen(predictor.above[column]);
            let true_motion = predictor.true_motion(column, beside);
            for half in 0..2 {
                let of = |prediction: i16x8| {
                    let apart = samples[half] - prediction;
                    apart.dot(apart)
                };
                self.0[0] += of(mean);
                self.0[1] += of(true_motion[half].max(zero).min(most));
                self.0[2] += of(vertical[half]);
                self.0[3] += of(horizontal);
            }
        }
    }

    /// The mode with the smallest score, and that score: 256 times the errors, plus the cost of the mode times a
    /// weight.
    #[inline(always)]
    pub(crate) fn best(&self, costs: [u16; 4], weight: i64) -> (Mode, i64) {
        let [a, b, c, d] = i32x4::transpose(self.0);
        let sums = ((a + b) + (c + d)).to_array();
        let mut best = (Mode::Dc, i64::MAX);
        for mode in Mode::ALL {
            let score =
                (i64::from(sums[mode as usize]) << 8) + i64::from(costs[mode as usize]) * weight;
            if score < best.1 {
                best = (mode, score);
            }
        }
        best
    }
}

/// The samples of a block as 16-bit values.
#[inline(always)]
pub(crate) fn widen(block: Block) -> [i16x8; 2] {
    [i16x8::from_u8x16_low(block), i16x8::from_u8x16_high(block)]
}

/// The sums of the squares of sixteen differences, in four parts.
#[inline(always)]
pub(crate) fn squares(differences: [i16x8; 2]) -> i32x4 {
    differences[0].dot(differences[0]) + differences[1].dot(differences[1])
}
