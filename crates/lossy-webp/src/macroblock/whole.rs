//! Luma that is predicted as a whole, whose first coefficients are transformed once more.

use wide::{i16x8, i32x4};

use super::{
    Coder, ERROR_WEIGHT, LUMA_DC, WHOLE_WEIGHT, difference, first_of, sum, with_first,
};
use crate::modes::Mode;
use crate::picture::Source;
use crate::predict::{Edges, Predictor, squares};
use crate::segment::Segment;
use crate::transform::{FRACTION, forward, forward_dc, inverse, inverse_dc};
use crate::vector::{Block, narrowed, parted, widened};

/// How luma is best predicted as a whole.
pub(super) struct Best {
    pub(super) mode: Mode,
    pub(super) score: i64,
    pub(super) predictor: Predictor<4>,
}

/// The mode of the smallest squared difference, with what it costs.
#[inline(never)]
pub(super) fn best(source: &Source, edges: &Edges<16>) -> Best {
    let predictor = Predictor::new(edges);
    let mut sums = [i32x4::ZERO; 4];
    let (zero, most) = (i16x8::ZERO, i16x8::splat(255));
    let widen = |block: Block| [i16x8::from_u8x16_low(block), i16x8::from_u8x16_high(block)];
    let mean = i16x8::from_u8x16_low(predictor.mean());
    for (row, left) in edges.left.as_chunks::<4>().0.iter().enumerate() {
        let beside: Block = bytemuck::cast([*left; 4]);
        let horizontal = i16x8::from_u8x16_low(beside);
        for column in 0..4 {
            let samples = widen(source.luma[4 * row + column]);
            let vertical = widen(predictor.above(column));
            let true_motion = predictor
                .true_motion(column, beside)
                .map(|half| half.max(zero).min(most));
            for half in 0..2 {
                let of = |prediction: i16x8| {
                    let apart = samples[half] - prediction;
                    apart.dot(apart)
                };
                sums[0] += of(mean);
                sums[1] += of(true_motion[half]);
                sums[2] += of(vertical[half]);
                sums[3] += of(horizontal);
            }
        }
    }
    let _ = squares;
    let scores = std::array::from_fn::<_, 4, _>(|mode| {
        i64::from(sums[mode].reduce_add()) * ERROR_WEIGHT
            + i64::from(Mode::LUMA_COSTS[mode]) * WHOLE_WEIGHT
    });
    let mut mode = Mode::Dc;
    for other in Mode::ALL {
        if scores[other as usize] < scores[mode as usize] {
            mode = other;
        }
    }
    Best {
        mode,
        score: scores[mode as usize],
        predictor,
    }
}

impl Coder {
    #[inline(never)]
    pub(super) fn code_whole(
        &mut self,
        source: &Source,
        segment: &Segment,
        mode: Mode,
        predictor: &Predictor<4>,
        edges: &Edges<16>,
    ) {
        let lefts = edges.left.as_chunks::<4>().0;
        let predicted = |pair: usize| -> [Block; 2] {
            let (row, column) = (pair / 2, 2 * (pair % 2));
            [column, column + 1].map(|column| predictor.block(mode, column, lefts[row]))
        };
        let mut coefficients = [[i16x8::ZERO; 4]; 8];
        let mut first = [0; 16];
        for (pair, coefficients) in coefficients.iter_mut().enumerate() {
            let samples = widened([source.luma[2 * pair], source.luma[2 * pair + 1]]);
            *coefficients = forward(difference(samples, widened(predicted(pair))));
            first[2 * pair..][..2].copy_from_slice(&first_of(coefficients[0]));
        }
        let first = self.code_first(first, segment);
        for (pair, coefficients) in coefficients.iter_mut().enumerate() {
            coefficients[0] = with_first(coefficients[0], [0, 0]);
            let mut quantised = segment.luma.quantise(*coefficients);
            for (half, levels) in parted(quantised.levels).into_iter().enumerate() {
                self.levels.set(2 * pair + half, levels);
            }
            // Only the last row and the last column are predicted from.
            if pair / 2 == 3 || pair % 2 == 1 || self.show_all {
                quantised.coefficients[0] = with_first(
                    quantised.coefficients[0],
                    [first[2 * pair], first[2 * pair + 1]],
                );
                let shown = sum(inverse(quantised.coefficients), widened(predicted(pair)));
                self.shown.luma[2 * pair..][..2].copy_from_slice(&narrowed(shown));
            }
        }
    }

    /// Codes first coefficients, and returns what decoders make of them.
    fn code_first(&mut self, values: [i32; 16], segment: &Segment) -> [i32; 16] {
        let quantiser = &segment.luma_dc;
        let transformed = forward_dc(&values).map(|value| value >> 1);
        let mut levels = [0; 16];
        let mut coefficients = [0; 16];
        for (index, value) in transformed.into_iter().enumerate() {
            let level = quantiser.level(index, value);
            levels[index] = level;
            coefficients[index] = i32::from(level) * quantiser.steps[usize::from(index != 0)];
        }
        let _ = FRACTION;
        self.levels.set(LUMA_DC, levels);
        inverse_dc(&coefficients)
    }
}
