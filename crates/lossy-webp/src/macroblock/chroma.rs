//! Chroma. Both of its planes are predicted in the same mode.

use super::{CHROMA, CHROMA_WEIGHT, Coder, difference, first_of, sum, with_first};
use crate::modes::Mode;
use crate::picture::Source;
use crate::predict::{Edges, Errors, Predictor};
use crate::quantiser::Quantiser;
use crate::segment::Segment;
use crate::transform::{forward, inverse};
use crate::vector::{Pair, narrowed, parted, widened};

/// Errors of the first coefficients of both planes that blocks to the right and below have to compensate.
type Spread = [[[i32; 2]; 2]; 2];

impl Coder<'_> {
    #[inline(always)]
    pub(super) fn code_chroma(&mut self, source: &Source, segment: &Segment) -> (Mode, Spread) {
        let edges = [self.surroundings.chroma(0), self.surroundings.chroma(1)];
        let predictors = [
            Predictor::<2>::new(&edges[0]),
            Predictor::<2>::new(&edges[1]),
        ];
        let mode = best(source, &edges, &predictors);
        let mut errors = [[[0; 2]; 2]; 2];
        for which in 0..2 {
            let lefts = edges[which].left.as_chunks::<4>().0;
            let mut predicted = [Pair::default(); 2];
            let mut coefficients = [Pair::default(); 2];
            for row in 0..2 {
                let first = 4 * row + 2 * which;
                let samples = widened([source.chroma[first], source.chroma[first + 1]]);
                predicted[row] = predictors[which].pair(mode, 0, lefts[row]);
                coefficients[row] = forward(difference(samples, predicted[row]));
            }
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

/// The mode with the smallest squared difference, with its cost.
#[inline(always)]
fn best(source: &Source, edges: &[Edges<8>; 2], predictors: &[Predictor<2>; 2]) -> Mode {
    let mut errors = Errors::NONE;
    for which in 0..2 {
        for (row, left) in edges[which].left.as_chunks::<4>().0.iter().enumerate() {
            let first = 4 * row + 2 * which;
            errors.add(&predictors[which], *left, &source.chroma[first..first + 2]);
        }
    }
    errors.best(Mode::CHROMA_COSTS, CHROMA_WEIGHT).0
}

/// Makes each first coefficient compensate the errors of those above and to the left, so that the colour of a smooth
/// area is right on average. Returns the errors for the blocks to the right and for those below.
#[inline(always)]
fn spread(
    coefficients: &mut [Pair; 2],
    quantiser: &Quantiser,
    above: [i32; 2],
    left: [i32; 2],
) -> [[i32; 2]; 2] {
    let ([a, b], [c, d]) = (first_of(coefficients[0][0]), first_of(coefficients[1][0]));
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
    let beside = (3 * error_d) >> 2;
    [[error_b, beside], [error_c, error_d - beside]]
}
