//! Luma whose blocks of 4×4 are predicted one after the other, each from the decoded samples of those before it.

use wide::i32x4;

use super::{Coder, difference, sum};
use crate::modes::{BLOCK_COSTS, BLOCK_MODE_COUNT, BlockMode};
use crate::picture::Source;
use crate::predict::{squares, widen};
use crate::predict4::predictions;
use crate::segment::Segment;
use crate::transform::{forward, inverse};
use crate::vector::{Block, narrowed, parted, widened};

/// The samples around all remaining blocks: along the left side from the bottom up, the corner, and along the upper
/// side to the right. The surroundings of a block are a part of this array, because each finished block replaces the
/// samples that it covers.
struct Outline([u8; 40]);

impl Outline {
    fn start(index: usize) -> usize {
        12 + 4 * (index % 4) - 4 * (index / 4)
    }

    #[inline(always)]
    fn around(&self, index: usize) -> [u8; 16] {
        let around = self.0[Self::start(index)..].first_chunk();
        around.copied().unwrap_or_default()
    }

    /// Replaces the samples that a block covers by those of the block.
    #[inline(always)]
    fn cover(&mut self, index: usize, block: Block) {
        let block = block.to_array();
        let side = [
            block[3], block[7], block[11], block[15], block[14], block[13], block[12],
        ];
        let Some(around) = self.0[Self::start(index)..].first_chunk_mut::<16>() else {
            return;
        };
        if index % 4 == 3 {
            // The samples above and to the right of the lower blocks are those of the macroblock.
            around[1..5].copy_from_slice(&side[..4]);
            around.copy_within(9..13, 5);
        } else {
            around[1..8].copy_from_slice(&side);
        }
    }
}

impl Coder<'_> {
    /// Codes blocks one by one, unless the result becomes worse than a given score.
    #[inline(always)]
    pub(super) fn code_blocks(
        &mut self,
        source: &Source,
        segment: &Segment,
        limit: i64,
    ) -> Option<[BlockMode; 16]> {
        let mut outline = self.outline();
        let mut above = self.surroundings.above[self.surroundings.x].modes;
        let mut left = self.surroundings.left.modes;
        let mut modes = [BlockMode::DC; 16];
        let mut score = segment.blocks_penalty;
        let mut mode_cost = 0;
        for (index, chosen) in modes.iter_mut().enumerate() {
            let (row, column) = (index / 4, index % 4);
            let costs = &BLOCK_COSTS[usize::from(above[column].0)][usize::from(left[row].0)];
            let predictions = predictions(outline.around(index));
            let (mode, best) = best(source.luma[index], &predictions, costs);
            score += i64::from(best);
            mode_cost += i64::from(costs[mode]);
            if score >= limit || mode_cost > self.choice.mode_limit {
                return None;
            }
            let shown = self.code_block(source, segment, index, predictions[mode]);
            outline.cover(index, shown);
            #[expect(clippy::cast_possible_truncation, reason = "there are ten")]
            let mode = BlockMode(mode as u8);
            (*chosen, above[column], left[row]) = (mode, mode, mode);
        }
        Some(modes)
    }

    #[inline(always)]
    fn outline(&self) -> Outline {
        let edges = self.surroundings.luma();
        let mut outline = [0; 40];
        for (sample, left) in outline.iter_mut().zip(edges.left.iter().rev()) {
            *sample = *left;
        }
        outline[16] = edges.corner;
        outline[17..33].copy_from_slice(&edges.above);
        outline[33..37].copy_from_slice(&self.surroundings.above_right());
        Outline(outline)
    }

    /// Codes a block, and returns its decoded samples.
    #[inline(always)]
    fn code_block(
        &mut self,
        source: &Source,
        segment: &Segment,
        index: usize,
        prediction: Block,
    ) -> Block {
        let samples = source.luma[index];
        let predicted = widened([prediction, prediction]);
        let coefficients = forward(difference(widened([samples, samples]), predicted));
        let quantised = segment.luma.quantise(coefficients);
        let [levels, _] = parted(quantised.levels);
        self.levels.set(index, levels);
        let [shown, _] = narrowed(sum(inverse(quantised.coefficients), predicted));
        self.shown.luma[index] = shown;
        shown
    }
}

/// The numbers of the modes, four at a time.
const NUMBERS: [[i32; 4]; 3] = [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]];

/// The mode with the smallest squared difference, with its cost.
#[inline(always)]
fn best(
    samples: Block,
    predictions: &[Block; BLOCK_MODE_COUNT],
    costs: &[i32; 12],
) -> (usize, i32) {
    let samples = widen(samples);
    let error = |mode: usize| match predictions.get(mode) {
        Some(prediction) => {
            let prediction = widen(*prediction);
            squares([samples[0] - prediction[0], samples[1] - prediction[1]])
        }
        None => i32x4::ZERO,
    };
    let scores = |first: usize| {
        let [a, b, c, d] = i32x4::transpose([
            error(first),
            error(first + 1),
            error(first + 2),
            error(first + 3),
        ]);
        let cost = i32x4::new([
            costs[first],
            costs[first + 1],
            costs[first + 2],
            costs[first + 3],
        ]);
        let number = i32x4::new(NUMBERS[first / 4]);
        // The lowest bits of a score do not matter, so they hold the mode.
        (((((a + b) + (c + d)) << 8_u32) + cost) & i32x4::splat(!15)) | number
    };
    let [a, b, c, d] = scores(0).min(scores(4)).min(scores(8)).to_array();
    let best = a.min(b).min(c.min(d));
    ((best.cast_unsigned() & 15) as usize, best & !15)
}
