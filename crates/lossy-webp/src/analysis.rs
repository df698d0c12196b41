//! A first, cheap look at a picture: how easy its macroblocks are to code, and which of them share a segment.

use multiversion::multiversion;
use wide::i16x8;

use crate::edge::Surroundings;
use crate::groups::grouped;
use crate::macroblock::{difference, sides};
use crate::modes::Mode;
use crate::picture::{Planes, Source};
use crate::predict::{Edges, Predictor};
use crate::segment::Ease;
use crate::transform::{FRACTION, forward};
use crate::vector::{Block, Pair, widened};

/// The result of the first look.
pub(crate) struct Analysis {
    /// The segment of each macroblock, row after row.
    pub(crate) segments: Vec<u8>,
    /// How easy the macroblocks of each segment are, with one entry for each segment.
    pub(crate) eases: Vec<Ease>,
    /// How easy chroma is on average.
    pub(crate) chroma: i32,
}

/// The modes that are tried.
const MODES: [Mode; 2] = [Mode::Dc, Mode::TrueMotion];

/// The largest hardness. The scale goes from 0, easy, to 255.
const HARDEST: i32 = 255;

/// Looks at all macroblocks, each with its real neighbouring samples.
#[multiversion(targets("x86_64+avx2+bmi1+bmi2+lzcnt"))]
pub(crate) fn analyse(planes: &Planes<'_>) -> Analysis {
    let (width, height) = planes.macroblocks();
    let mut eases = Vec::with_capacity(width * height);
    let mut chroma_sum = 0;
    let mut surroundings = Surroundings::new(width);
    for y in 0..height {
        surroundings.start_row(y);
        for x in 0..width {
            let source = planes.macroblock(x, y);
            let luma = luma_hardness(&source, &surroundings.luma());
            let chroma = chroma_hardness(&source, &[0, 1].map(|which| surroundings.chroma(which)));
            chroma_sum += i64::from(chroma);
            let mixed = (3 * luma + chroma + 2) >> 2;
            eases.push((HARDEST - mixed).clamp(0, HARDEST).to_le_bytes()[0]);
            let [right, below] = sides(&source.luma, &source.chroma);
            surroundings.advance(right, below);
        }
    }
    let count = i64::try_from(eases.len()).unwrap_or(i64::MAX).max(1);
    let (segments, groups) = grouped(&eases);
    Analysis {
        segments,
        eases: groups,
        chroma: i32::try_from(chroma_sum / count).unwrap_or(0),
    }
}

/// How hard luma is in the harder of the modes. One of every two pairs of blocks is enough.
#[inline(always)]
fn luma_hardness(source: &Source, edges: &Edges<16>) -> i32 {
    let predictor = Predictor::<4>::new(edges);
    let mut hardness = 0;
    for mode in MODES {
        let mut spread = Spread::new();
        for (row, left) in edges.left.as_chunks::<4>().0.iter().enumerate() {
            let column = 2 * (row % 2);
            let prediction = predictor.pair(mode, column, *left);
            spread.add(prediction, &source.luma[4 * row + column..]);
        }
        hardness = hardness.max(spread.hardness(2));
    }
    hardness
}

#[inline(always)]
fn chroma_hardness(source: &Source, edges: &[Edges<8>; 2]) -> i32 {
    let predictors = [
        Predictor::<2>::new(&edges[0]),
        Predictor::<2>::new(&edges[1]),
    ];
    let mut hardness = 0;
    for mode in MODES {
        let mut spread = Spread::new();
        for which in 0..2 {
            for (row, left) in edges[which].left.as_chunks::<4>().0.iter().enumerate() {
                let prediction = predictors[which].pair(mode, 0, *left);
                spread.add(prediction, &source.chroma[4 * row + 2 * which..]);
            }
        }
        hardness = hardness.max(spread.hardness(1));
    }
    hardness
}

/// The distribution of the coefficients of differences, counted in steps of eight.
struct Spread {
    /// How many are in the first step, and in the second, in each lane.
    counts: [i16x8; 2],
    largest: i16x8,
}

impl Spread {
    fn new() -> Self {
        Self {
            counts: [i16x8::ZERO; 2],
            largest: i16x8::ZERO,
        }
    }

    /// Adds a pair of blocks.
    #[inline(always)]
    fn add(&mut self, prediction: Pair, blocks: &[Block]) {
        let [first, second, ..] = blocks else {
            return;
        };
        let step = i16x8::splat(8 << FRACTION);
        for row in forward(difference(widened([*first, *second]), prediction)) {
            let magnitude = row.max(-row);
            // A mask that is set has the value -1.
            self.counts[0] -= magnitude.simd_lt(step);
            self.counts[1] -= magnitude.simd_lt(step + step);
            self.largest = self.largest.max(magnitude);
        }
    }

    /// The hardness: the farther values reach relative to the count in the fullest step, the harder. Each counted value
    /// represents `each` values.
    #[inline(always)]
    fn hardness(&self, each: i32) -> i32 {
        let [first, both] = self.counts.map(|counts| i32::from(counts.reduce_add()));
        let most = each * first.max(both - first);
        let last = (i32::from(self.largest.reduce_max()) >> (FRACTION + 3)).clamp(1, 31);
        if most > 1 {
            2 * HARDEST * last / most
        } else {
            0
        }
    }
}
