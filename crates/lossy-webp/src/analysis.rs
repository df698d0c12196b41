//! A first look at a picture: how easy its macroblocks are, and which of them are coded alike.

use wide::i16x8;

use crate::edge::Side;
use crate::picture::{Planes, Source};
use crate::predict::{ABOVE, LEFT};
use crate::segment::{Ease, SEGMENTS};
use crate::transform::{FRACTION, forward};
use crate::vector::{Block, Pair, widened};

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

pub(crate) fn analyse(planes: &Planes<'_>) -> Analysis {
    let (width, height) = planes.macroblocks();
    let mut eases = Vec::with_capacity(width * height);
    let mut chroma_sum = 0;
    let mut above = vec![Side::outside(ABOVE); width];
    for y in 0..height {
        let mut left = Side::outside(LEFT);
        for (x, above) in above.iter_mut().enumerate() {
            let source = planes.macroblock(x, y);
            let (luma, chroma) = hardness(&source);
            chroma_sum += i64::from(chroma);
            let mixed = (3 * luma + chroma + 2) >> 2;
            eases.push((HARDEST - mixed).clamp(0, HARDEST).to_le_bytes()[0]);
            let _ = (&mut left, above);
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

/// How spread the coefficients of luma and of chroma are: the more values beside the most frequent one, the harder.
fn hardness(source: &Source) -> (i32, i32) {
    let of = |blocks: &[Block]| {
        let mut spread = Spread::new();
        for pair in blocks.as_chunks::<2>().0 {
            let columns = widened(*pair).map(|column| column - i16x8::splat(128));
            spread.add(forward(columns));
        }
        spread.hardness()
    };
    (of(&source.luma), of(&source.chroma))
}

/// How coefficients are spread over bins of eight values.
struct Spread {
    bins: [u16; 32],
}

impl Spread {
    fn new() -> Self {
        Self { bins: [0; 32] }
    }

    fn add(&mut self, coefficients: Pair) {
        for (index, row) in coefficients.into_iter().enumerate() {
            let magnitude = (row.abs() >> (FRACTION + 3)).min(i16x8::splat(31)).to_array();
            for (lane, bin) in magnitude.into_iter().enumerate() {
                if index == 0 && lane % 4 == 0 { self.bins[0] += 1; continue; }
                self.bins[bin as usize & 31] += 1;
            }
        }
    }

    fn hardness(&self) -> i32 {
        let most = self.bins.iter().copied().max().unwrap_or(0);
        let last = self.bins.iter().rposition(|count| *count > 0).unwrap_or(1).max(1);
        if most > 1 {
            2 * HARDEST * last as i32 / i32::from(most)
        } else {
            0
        }
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
