//! The discrete cosine transform of an area, and the hash made from it.

use std::{f64::consts::PI, sync::LazyLock};

use contract::Likeness;

use super::{super::luma::Luma, area::Interval};

/// The number of means along a side of an area on which the waves are measured.
const CELLS: u16 = 32;

/// The number of waves along a side, the longest first. The constant one is left out, because it is the brightness of
/// the picture.
const WAVES: usize = 16;

/// Bits of a hash.
const BITS: usize = 128;

/// The strength of each wave along a side.
type Along = [f32; WAVES];

/// The waves across a picture, for each of its rows.
pub(super) struct Columns(Vec<Along>);

/// The strengths of the longest waves of an area, in levels of luma.
pub(super) struct Waves {
    strengths: Vec<f32>,
    median: f32,
}

impl Columns {
    pub(super) fn of(luma: &Luma, across: Interval) -> Self {
        let transform = Transform::of(luma.width, across);
        let rows = luma.levels.chunks_exact(luma.width);
        let rows = rows.map(|row| transform.apply(|x| f32::from(row[x])));
        Self(rows.collect())
    }
}

impl Waves {
    pub(super) fn of(luma: &Luma, columns: &Columns, down: Interval) -> Self {
        let transform = Transform::of(luma.height, down);
        let waves: Vec<Along> = (0..WAVES)
            .map(|wave| transform.apply(|y| columns.0[y][wave]))
            .collect();
        let strengths: Vec<f32> = longest().iter().map(|(x, y)| waves[*x][*y]).collect();
        let median = median(strengths.clone());
        Self { strengths, median }
    }

    /// The median distance of the waves from their median.
    pub(super) fn median_strength(&self) -> f32 {
        let strengths = self.strengths.iter();
        median(strengths.map(|wave| (wave - self.median).abs()).collect())
    }

    /// One bit for each wave, the longest first.
    pub(super) fn hash(&self) -> Likeness {
        let bits = self.strengths.iter().fold(0_u128, |bits, wave| {
            bits << 1 | u128::from(*wave > self.median)
        });
        Likeness(bits)
    }
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    f32::midpoint(values[BITS / 2 - 1], values[BITS / 2])
}

/// The waves that are used, by their numbers across and down, the longest first.
fn longest() -> &'static [(usize, usize)] {
    static LONGEST: LazyLock<Vec<(usize, usize)>> = LazyLock::new(|| {
        let mut waves: Vec<(usize, usize)> = (0..WAVES)
            .flat_map(|x| (0..WAVES).map(move |y| (x, y)))
            .collect();
        waves.sort_by_key(|(x, y)| ((x + 1).pow(2) + (y + 1).pow(2), *x));
        waves.truncate(BITS);
        waves
    });
    &LONGEST
}

/// The weight of each pixel of a side in each wave, starting with the first pixel that has any.
struct Transform {
    first: usize,
    weights: Vec<Along>,
}

impl Transform {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "previews have a few hundred pixels, and a weight is precise enough in 32 bits"
    )]
    fn of(length: usize, interval: Interval) -> Self {
        let side = length as f64;
        let (start, end) = (interval.start.max(0.0) * side, interval.end.min(1.0) * side);
        let cell = (end - start) / f64::from(CELLS);
        // The transform is orthonormal, so a level of noise in the cells is a level of noise in the waves.
        let scale = (2.0 / f64::from(CELLS)).sqrt();
        let (first, last) = (start as usize, (end.ceil() as usize).min(length));
        let weights = (first..last).map(|pixel| {
            let (left, right) = (pixel as f64, pixel as f64 + 1.0);
            let mut weights = [0.0_f64; WAVES];
            for at in 0..CELLS {
                let from = start + cell * f64::from(at);
                let covered = right.min(from + cell) - left.max(from);
                if covered > 0.0 {
                    let middle = (f64::from(at) + 0.5) / f64::from(CELLS);
                    for (wave, weight) in weights.iter_mut().enumerate() {
                        let phase = PI * (wave + 1) as f64 * middle;
                        *weight += scale * covered / cell * phase.cos();
                    }
                }
            }
            weights.map(|weight| weight as f32)
        });
        Self {
            first,
            weights: weights.collect(),
        }
    }

    fn apply(&self, at: impl Fn(usize) -> f32) -> Along {
        let mut sums = [0.0; WAVES];
        for (pixel, weights) in (self.first..).zip(&self.weights) {
            let value = at(pixel);
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum += weight * value;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_is_found_where_it_is() {
        let transform = Transform::of(
            64,
            Interval {
                start: 0.0,
                end: 1.0,
            },
        );
        let wave = |pixel: usize| {
            let pixel = u16::try_from(pixel).expect("a small picture");
            (std::f32::consts::PI * 3.0 * (f32::from(pixel) + 0.5) / 64.0).cos()
        };
        let found = transform.apply(wave);
        // The energy of the third wave in 32 cells, and nothing of the others.
        assert!((found[2] - 4.0).abs() < 0.02, "{found:?}");
        let others = found.iter().enumerate().filter(|(at, _)| *at != 2);
        assert!(
            others
                .into_iter()
                .all(|(_, strength)| strength.abs() < 0.01),
            "{found:?}"
        );
        assert!(
            transform
                .apply(|_| 200.0)
                .iter()
                .all(|strength| strength.abs() < 0.01)
        );
    }

    #[test]
    fn the_longest_waves_come_first() {
        assert_eq!(longest().len(), BITS);
        assert_eq!(longest()[..3], [(0, 0), (0, 1), (1, 0)]);
    }
}
