//! A first look at a picture: how easy its macroblocks are, and which of them are coded alike.

use wide::i16x8;

use crate::edge::Surroundings;
use crate::macroblock::{difference, sides};
use crate::modes::Mode;
use crate::picture::{Planes, Source};
use crate::predict::{Edges, Predictor};
use crate::segment::{Ease, SEGMENTS};
use crate::transform::{FRACTION, forward};
use crate::vector::{Block, widened};

/// What a first look finds.
pub(crate) struct Analysis {
    /// The segment of each macroblock, row after row.
    pub(crate) segments: Vec<u8>,
    /// How easy the macroblocks of each segment are; as many as there are segments.
    pub(crate) eases: Vec<Ease>,
    /// How easy chroma is on average.
    pub(crate) chroma: i32,
}

/// From 0, easy, to 255.
const HARDEST: i32 = 255;

#[inline(never)]
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

fn luma_hardness(source: &Source, edges: &Edges<16>) -> i32 {
    let predictor = Predictor::<4>::new(edges);
    let mut spread = Spread::new();
    for (row, left) in edges.left.as_chunks::<4>().0.iter().enumerate() {
        for column in [0, 2] {
            spread.add(&predictor, *left, column, &source.luma[4 * row + column..]);
        }
    }
    spread.hardness()
}

fn chroma_hardness(source: &Source, edges: &[Edges<8>; 2]) -> i32 {
    let mut spread = Spread::new();
    for (which, edges) in edges.iter().enumerate() {
        let predictor = Predictor::<2>::new(edges);
        for (row, left) in edges.left.as_chunks::<4>().0.iter().enumerate() {
            spread.add(&predictor, *left, 0, &source.chroma[4 * row + 2 * which..]);
        }
    }
    spread.hardness()
}

/// How the coefficients of differences are spread, which are counted in steps of eight.
struct Spread {
    /// How many are in the first step, and in the second, in each lane.
    counts: [i16x8; 2],
    largest: i16x8,
}

impl Spread {
    fn new() -> Self {
        Self { counts: [i16x8::ZERO; 2], largest: i16x8::ZERO }
    }

    /// Adds a pair of blocks.
    #[inline(always)]
    fn add<const COLUMNS: usize>(&mut self, predictor: &Predictor<COLUMNS>, left: [u8; 4], column: usize, blocks: &[Block]) {
        let [first, second, ..] = blocks else {
            return;
        };
        let prediction = [column, column + 1].map(|column| predictor.block(Mode::TrueMotion, column, left));
        let step = i16x8::splat(8 << FRACTION);
        for row in forward(difference(widened([*first, *second]), widened(prediction))) {
            let magnitude = row.max(-row);
            // A mask that is set is one less than zero.
            self.counts[0] -= magnitude.simd_lt(step);
            self.counts[1] -= magnitude.simd_lt(step + step);
            self.largest = self.largest.max(magnitude);
        }
    }

    /// The farther values reach beside how many are in the fullest step, the harder.
    fn hardness(&self) -> i32 {
        let [first, both] = self.counts.map(|counts| i32::from(counts.reduce_add()));
        let most = first.max(both - first);
        let last = (i32::from(self.largest.reduce_max()) >> (FRACTION + 3)).clamp(1, 31);
        if most > 1 { 2 * HARDEST * last / most } else { 0 }
    }
}

/// Parts values into at most four groups around their centres.
fn grouped(eases: &[u8]) -> (Vec<u8>, Vec<Ease>) {
    let mut histogram = [0_i64; 256];
    for ease in eases {
        histogram[usize::from(*ease)] += 1;
    }
    let (centres, mean, nearest) = centres(&histogram);
    let (least, most) = (
        centres.iter().copied().min().unwrap_or(0),
        centres.iter().copied().max().unwrap_or(0),
    );
    let range = (most - least).max(1);
    let groups = centres.map(|centre| Ease {
        beside_mean: (255 * (centre - mean) / range).clamp(-127, 127),
        above_least: (255 * (centre - least) / range).clamp(0, 255),
    });
    let segments = eases
        .iter()
        .map(|ease| nearest[usize::from(*ease)])
        .collect();
    (segments, groups.to_vec())
}

/// The centres, the mean of all, and the nearest centre of each value (Lloyd's algorithm, with few rounds).
fn centres(histogram: &[i64; 256]) -> ([i32; SEGMENTS], i32, [u8; 256]) {
    const ROUNDS: usize = 6;
    let used = |index: &usize| histogram[*index] > 0;
    let first = (0..256).find(used).unwrap_or(0);
    let last = (0..256).rfind(used).unwrap_or(0);
    let mut centres: [i32; SEGMENTS] =
        std::array::from_fn(|index| (first + (2 * index + 1) * (last - first) / 8) as i32);
    let mut nearest = [0; 256];
    let mut mean = 0;
    for _ in 0..ROUNDS {
        let mut sums = [(0_i64, 0_i64); SEGMENTS];
        let mut group = 0;
        for value in first..=last {
            let count = histogram[value];
            if count == 0 {
                continue;
            }
            let away = |centre: i32| (value as i32 - centre).abs();
            while group + 1 < SEGMENTS && away(centres[group + 1]) < away(centres[group]) {
                group += 1;
            }
            nearest[value] = group as u8;
            sums[group].0 += value as i64 * count;
            sums[group].1 += count;
        }
        let mut moved = 0;
        let (mut total, mut weight) = (0, 0);
        for (centre, (sum, count)) in centres.iter_mut().zip(sums) {
            if count > 0 {
                let new = ((sum + count / 2) / count) as i32;
                moved += (*centre - new).abs();
                *centre = new;
                total += i64::from(new) * count;
                weight += count;
            }
        }
        mean = ((total + weight / 2) / weight.max(1)) as i32;
        if moved < 5 {
            break;
        }
    }
    (centres, mean, nearest)
}
