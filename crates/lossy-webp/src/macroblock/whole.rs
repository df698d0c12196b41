//! Luma that is predicted as a whole. Its first coefficients are transformed a second time.

use wide::i16x8;

use super::{Coder, LUMA_DC, WHOLE_WEIGHT, difference, first_of, sum, with_first};
use crate::modes::Mode;
use crate::picture::Source;
use crate::predict::{Edges, Errors, Predictor};
use crate::segment::Segment;
use crate::transform::{forward, forward_dc, inverse, inverse_dc};
use crate::vector::{narrowed, parted, widened};

/// The best prediction of luma as a whole.
pub(super) struct Best {
    pub(super) mode: Mode,
    pub(super) score: i64,
    pub(super) predictor: Predictor<4>,
}

/// The mode with the smallest squared difference, with its cost.
#[inline(always)]
pub(super) fn best(source: &Source, edges: &Edges<16>) -> Best {
    let predictor = Predictor::new(edges);
    let mut errors = Errors::NONE;
    for (row, left) in edges.left.as_chunks::<4>().0.iter().enumerate() {
        errors.add(&predictor, *left, &source.luma[4 * row..4 * row + 4]);
    }
    let (mode, score) = errors.best(Mode::LUMA_COSTS, WHOLE_WEIGHT);
    Best {
        mode,
        score,
        predictor,
    }
}

impl Coder<'_> {
    #[inline(always)]
    pub(super) fn code_whole(
        &mut self,
        source: &Source,
        segment: &Segment,
        mode: Mode,
        predictor: &Predictor<4>,
        edges: &Edges<16>,
    ) {
        let lefts = edges.left.as_chunks::<4>().0;
        let mut coefficients = [[i16x8::ZERO; 4]; 8];
        let mut first = [0; 16];
        for (pair, coefficients) in coefficients.iter_mut().enumerate() {
            let samples = widened([source.luma[2 * pair], source.luma[2 * pair + 1]]);
            let predicted = predictor.pair(mode, 2 * (pair % 2), lefts[pair / 2]);
            *coefficients = forward(difference(samples, predicted));
            first[2 * pair..][..2].copy_from_slice(&first_of(coefficients[0]));
        }
        let first = self.code_first(first, segment);
        for (pair, coefficients) in coefficients.iter_mut().enumerate() {
            coefficients[0] = with_first(coefficients[0], [0, 0]);
            let mut quantised = segment.luma.quantise(*coefficients);
            for (half, levels) in parted(quantised.levels).into_iter().enumerate() {
                self.levels.set(2 * pair + half, levels);
            }
            // Predictions use only the last row and the last column.
            if pair / 2 == 3 || pair % 2 == 1 || self.viewer.is_some() {
                quantised.coefficients[0] = with_first(
                    quantised.coefficients[0],
                    [first[2 * pair], first[2 * pair + 1]],
                );
                let predicted = predictor.pair(mode, 2 * (pair % 2), lefts[pair / 2]);
                let shown = sum(inverse(quantised.coefficients), predicted);
                self.shown.luma[2 * pair..][..2].copy_from_slice(&narrowed(shown));
            }
        }
    }

    /// Codes first coefficients, and returns their decoded values.
    #[inline(always)]
    fn code_first(&mut self, values: [i32; 16], segment: &Segment) -> [i32; 16] {
        let quantiser = &segment.luma_dc;
        let transformed = forward_dc(&values);
        let mut levels = [0; 16];
        let mut coefficients = [0; 16];
        for (index, value) in transformed.into_iter().enumerate() {
            let level = quantiser.level(index, value >> 1);
            levels[index] = level;
            coefficients[index] = i32::from(level) * quantiser.steps[usize::from(index != 0)];
        }
        self.levels.set(LUMA_DC, levels);
        inverse_dc(&coefficients)
    }
}
