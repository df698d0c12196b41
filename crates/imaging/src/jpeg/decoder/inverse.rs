//! Converts coefficients to samples: the inverse of the discrete cosine transform, at any number of eighths of the
//! size.
//!
//! A smaller size is a transform with fewer points over the lowest frequencies, so it needs only those coefficients.

use std::array;
use std::f64::consts::{PI, SQRT_2};
use std::ops::Add;

use wide::{f32x8, i16x8, i32x8};

use super::super::block::{AREA, AT_ONCE, SIDE, ZIGZAG, lanes_of};

/// Blocks side by side. For each coefficient, in stored order, it has the values of all blocks.
#[derive(Clone)]
pub(super) struct Group(pub(super) [[i16; AT_ONCE]; AREA]);

impl Group {
    pub(super) const ZERO: Self = Self([[0; AT_ONCE]; AREA]);
}

/// A transform to blocks of some size.
pub(super) struct Transform {
    /// Samples across, and down.
    pub(super) side: usize,
    waves: Waves,
    inverse: fn(&mut Group, &Steps, &Waves, &mut Rows),
}

/// Quantisation steps multiplied by the factors of the transform, in the order in which they are stored.
pub(super) struct Steps([f32x8; AREA]);

/// Rows of samples of a group. Each row has those of its blocks side by side, as many as the transform produces.
pub(super) type Rows = [u8; AREA * AT_ONCE];

/// The height of each frequency's wave at each sample in the first half of a row.
type Waves = [[f32x8; SIDE]; SIDE.div_ceil(2)];

impl Transform {
    /// The transform to this many eighths of the full size, from 1 to 8.
    pub(super) fn to_eighths(eighths: u32) -> Self {
        let (side, inverse): (_, fn(&mut Group, &Steps, &Waves, &mut Rows)) = match eighths {
            1 => (1, inverse::<1>),
            2 => (2, inverse::<2>),
            3 => (3, inverse::<3>),
            4 => (4, inverse::<4>),
            5 => (5, inverse::<5>),
            6 => (6, inverse::<6>),
            7 => (7, inverse::<7>),
            _ => (8, inverse::<8>),
        };
        let wave = |sample: usize, frequency: usize| {
            let angle = (2 * sample + 1) as f64 * frequency as f64 * PI / (2 * side) as f64;
            #[expect(clippy::cast_possible_truncation, reason = "that is near enough")]
            let height = angle.cos() as f32;
            f32x8::splat(height)
        };
        Self {
            side,
            waves: array::from_fn(|sample| array::from_fn(|frequency| wave(sample, frequency))),
            inverse,
        }
    }

    /// Computes the samples of a group's coefficients and resets these to zero.
    pub(super) fn inverse(&self, group: &mut Group, steps: &Steps, rows: &mut Rows) {
        (self.inverse)(group, steps, &self.waves, rows);
    }
}

impl Steps {
    pub(super) fn new(stored: &[u16; AREA]) -> Self {
        Self(array::from_fn(|index| {
            // T.81, A.3.3: a quarter, divided by the root of two for the lowest frequency of each direction.
            let [vertical, horizontal] = [ZIGZAG[index] / 8, ZIGZAG[index] % 8]
                .map(|frequency| if frequency == 0 { SQRT_2 / 4.0 } else { 0.5 });
            #[expect(clippy::cast_possible_truncation, reason = "that is near enough")]
            let step = (f64::from(stored[index]) * vertical * horizontal) as f32;
            f32x8::splat(step)
        }))
    }
}

/// The stored position of each coefficient, which are listed row by row.
const STORED: [u8; AREA] = {
    let mut stored = [0; AREA];
    let mut index = 0;
    while index < 64 {
        stored[ZIGZAG[index as usize] as usize] = index;
        index += 1;
    }
    stored
};

fn inverse<const N: usize>(group: &mut Group, steps: &Steps, waves: &Waves, rows: &mut Rows) {
    let value = |row: usize, column: usize| {
        let index = usize::from(STORED[row * SIDE + column]);
        let coefficients = i32x8::from_i16x8(i16x8::new(group.0[index]));
        f32x8::from_i32x8(coefficients) * steps.0[index]
    };
    let mut values: [[_; N]; N] = array::from_fn(|row| array::from_fn(|column| value(row, column)));
    *group = Group::ZERO;
    for column in 0..N {
        let samples: [_; N] = sum_waves(array::from_fn(|row| values[row][column]), waves);
        for (row, sample) in values.iter_mut().zip(samples) {
            row[column] = sample;
        }
    }
    for (values, row) in values.iter().zip(rows.chunks_exact_mut(N * AT_ONCE)) {
        let blocks = to_samples(sum_waves(*values, waves));
        for (samples, block) in row.as_chunks_mut::<N>().0.iter_mut().zip(blocks) {
            *samples = array::from_fn(|column| block[column]);
        }
    }
}

/// Transforms one direction. Waves of even frequencies are equal in both halves of a row, and those of odd frequencies
/// are opposite.
#[inline]
fn sum_waves<const N: usize>(values: [f32x8; N], waves: &Waves) -> [f32x8; N] {
    let mut samples = [f32x8::ZERO; N];
    for (sample, waves) in waves.iter().enumerate().take(N.div_ceil(2)) {
        let wave = |frequency: usize| values[frequency] * waves[frequency];
        // The lowest frequency is the same everywhere.
        let even = (2..N).step_by(2).map(wave).fold(values[0], Add::add);
        let odd = (1..N)
            .step_by(2)
            .map(wave)
            .reduce(Add::add)
            .unwrap_or(f32x8::ZERO);
        samples[sample] = even + odd;
        samples[N - 1 - sample] = even - odd;
    }
    samples
}

/// The nearest sample values of each block. They are shifted from around zero to the middle of the range.
#[inline]
fn to_samples<const N: usize>(columns: [f32x8; N]) -> [[u8; SIDE]; AT_ONCE] {
    let mut samples = [i16x8::ZERO; SIDE];
    for (samples, column) in samples.iter_mut().zip(columns) {
        *samples = i16x8::from_i32x8_saturate((column + 128.0).fast_round_int());
    }
    lanes_of(samples)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::{AREA, AT_ONCE, Group, Rows, SIDE, Steps, Transform, ZIGZAG};

    /// The definition in T.81, A.3.3, for blocks of any size.
    fn defined(coefficients: &[i16; AREA], side: usize, x: usize, y: usize) -> f64 {
        let scale = |n: usize| if n == 0 { 0.5_f64.sqrt() } else { 1.0 };
        let wave =
            |n: usize, at: usize| ((2 * at + 1) as f64 * n as f64 * PI / (2 * side) as f64).cos();
        let mut sum = 0.0;
        for v in 0..side {
            for u in 0..side {
                let coefficient = f64::from(coefficients[v * SIDE + u]);
                sum += scale(u) * scale(v) * coefficient * wave(u, x) * wave(v, y);
            }
        }
        (sum / 4.0 + 128.0).clamp(0.0, 255.0)
    }

    #[test]
    fn samples_are_those_of_the_standard_at_every_size() {
        let mut state = 1_u32;
        let mut random = |most: i16| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            i16::from(state.to_be_bytes()[0]) % most - most / 2
        };
        let blocks: [[i16; AREA]; AT_ONCE] = std::array::from_fn(|_| {
            std::array::from_fn(|place| random(if place == 0 { 200 } else { 20 }))
        });
        for eighths in 1..=8 {
            let transform = Transform::to_eighths(eighths);
            let side = transform.side;
            let mut group = Group::ZERO;
            for (lane, block) in blocks.iter().enumerate() {
                for (index, place) in ZIGZAG.iter().enumerate() {
                    group.0[index][lane] = block[usize::from(*place)];
                }
            }
            let mut rows: Rows = [0; AREA * AT_ONCE];
            transform.inverse(&mut group, &Steps::new(&[3; AREA]), &mut rows);
            assert!(group.0.iter().all(|place| *place == [0; AT_ONCE]));
            for (lane, block) in blocks.iter().enumerate() {
                let block = block.map(|coefficient| coefficient * 3);
                for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
                    let sample = rows[y * side * AT_ONCE + lane * side + x];
                    let exact = defined(&block, side, x, y);
                    assert!(
                        (f64::from(sample) - exact).abs() < 0.51,
                        "{eighths}, {x}, {y}: {sample} is not {exact}"
                    );
                }
            }
        }
    }
}
