//! Chroma, both of whose planes are predicted in the same mode.

use wide::{i16x8, i32x4};

use super::{
    CHROMA, CHROMA_WEIGHT, Coder, ERROR_WEIGHT, difference, first_of, sum, with_first,
};
use crate::modes::Mode;
use crate::picture::Source;
use crate::predict::{Edges, Predictor};
use crate::quantiser::Quantiser;
use crate::segment::Segment;
use crate::transform::{FRACTION, forward, inverse};
use crate::vector::{Block, Pair, narrowed, parted, widened};

/// Errors of the first coefficients of both planes that blocks to the right and below have to make up for.
type Errors = [[[i32; 2]; 2]; 2];

impl Coder {
    #[inline(never)]
    pub(super) fn code_chroma(&mut self, source: &Source, segment: &Segment) -> (Mode, Errors) {
        let edges = [0, 1].map(|which| self.surroundings.chroma(which));
        let predictors = edges.each_ref().map(Predictor::<2>::new);
        let mode = best(source, &edges, &predictors);
        let mut errors = [[[0; 2]; 2]; 2];
        for which in 0..2 {
            let lefts = edges[which].left.as_chunks::<4>().0;
            let predicted = [0, 1].map(|row| {
                widened([0, 1].map(|column| predictors[which].block(mode, column, lefts[row])))
            });
            let mut coefficients = [0, 1].map(|row| {
                let first = 4 * row + 2 * which;
                let samples = widened([source.chroma[first], source.chroma[first + 1]]);
                forward(difference(samples, predicted[row]))
            });
            if self.choice.spread_chroma {
                let above = self.surroundings.above[self.surroundings.x].chroma_errors[which];
                let left = self.surroundings.left.chroma_errors[which];
                let [right, below] = spread(&mut coefficients, &segment.chroma, above, left);
                (errors[0][which], errors[1][which]) = (right, below);
            }
            for row in 0..2 {
                let quantised = segment.chroma.quantise(coefficients[row]);
                let first = 4 * row + 2 * which;
                for (half, levels) in parted(quantised.levels).into_iter().enumerate() {
                    self.levels.set(CHROMA + first + half, levels);
                }
                let shown = sum(inverse(quantised.coefficients), predicted[row]);
                self.shown.chroma[first..][..2].copy_from_slice(&narrowed(shown));
            }
        }
        (mode, errors)
    }
}

/// The mode of the smallest squared difference, with what it costs.
fn best(source: &Source, edges: &[Edges<8>; 2], predictors: &[Predictor<2>; 2]) -> Mode {
    let mut sums = [i32x4::ZERO; 4];
    let widen = |block: Block| [i16x8::from_u8x16_low(block), i16x8::from_u8x16_high(block)];
    let (zero, most) = (i16x8::ZERO, i16x8::splat(255));
    for which in 0..2 {
        let predictor = &predictors[which];
        let mean = i16x8::from_u8x16_low(predictor.mean());
        for (row, left) in edges[which].left.as_chunks::<4>().0.iter().enumerate() {
            let beside: Block = bytemuck::cast([*left; 4]);
            let horizontal = i16x8::from_u8x16_low(beside);
            for column in 0..2 {
                let samples = widen(source.chroma[4 * row + 2 * which + column]);
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
    }
    let scores = std::array::from_fn::<_, 4, _>(|mode| {
        i64::from(sums[mode].reduce_add()) * ERROR_WEIGHT
            + i64::from(Mode::CHROMA_COSTS[mode]) * CHROMA_WEIGHT
    });
    let mut mode = Mode::Dc;
    for other in Mode::ALL {
        if scores[other as usize] < scores[mode as usize] {
            mode = other;
        }
    }
    mode
}

/// Lets each first coefficient make up for the errors of those above and to the left, so that the colour of a smooth area
/// is right on average. Returns the errors for the blocks to the right and for those below.
fn spread(
    coefficients: &mut [Pair; 2],
    quantiser: &Quantiser,
    above: [i32; 2],
    left: [i32; 2],
) -> [[i32; 2]; 2] {
    let [[a, b], [c, d]] = [0, 1].map(|row| first_of(coefficients[row][0]));
    let correct = |value: i32, above: i32, left: i32| {
        let value = value + ((7 * above + 8 * left) >> 4);
        (value, value - quantiser.dc(value))
    };
    let (a, error_a) = correct(a, above[0], left[0]);
    let (b, error_b) = correct(b, above[1], error_a);
    let (c, error_c) = correct(c, error_a, left[1]);
    let (d, error_d) = correct(d, error_b, error_c);
    coefficients[0][0] = with_first(coefficients[0][0], [a, b]);
    coefficients[1][0] = with_first(coefficients[1][0], [c, d]);
    let _ = FRACTION;
    let beside = (3 * error_d) >> 2;
    [[error_b, beside], [error_c, error_d - beside]]
}
