//! The forward discrete cosine transform of 8×8 samples, and quantisation.

use wide::{f32x8, i16x8, i32x8, u8x16, u16x8};

use super::super::block::{AREA, AT_ONCE, SIDE, ZIGZAG, lanes_of};

/// The quantisation tables that T.81 gives as examples (K.1 and K.2), which nearly all software uses, in the order of
/// coefficients as stored.
const LUMA: [u16; AREA] = [
    16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37,
    29, 40, 58, 51, 61, 60, 57, 51, 56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81,
    87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
];
const CHROMA: [u16; AREA] = [
    17, 18, 18, 24, 21, 24, 47, 26, 26, 47, 99, 66, 56, 66, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
    99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
];

/// The two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Luma,
    Chroma,
}

/// A quantisation table for a quality.
pub(super) struct Quantiser {
    /// Steps in the order in which they are stored.
    pub(super) steps: [u8; AREA],
    /// The reciprocals of step times scale, in the same order.
    factors: [f32x8; AREA],
}

/// Quantised blocks side by side.
pub(super) struct Group {
    /// Coefficients in the order in which they are stored, each for all the blocks.
    pub(super) coefficients: [[i16; AT_ONCE]; AREA],
    /// For each block, which of its coefficients are not zero: bit `n` belongs to coefficient `n`.
    pub(super) nonzero: [u64; AT_ONCE],
}

impl Group {
    pub(super) const ZERO: Self = Self {
        coefficients: [[0; AT_ONCE]; AREA],
        nonzero: [0; AT_ONCE],
    };
}

impl Quantiser {
    /// The table for a quality from 1 to 100, scaled as in every libjpeg.
    pub(super) fn new(table: Table, quality: u8) -> Self {
        let quality = u32::from(quality.clamp(1, 100));
        let scale = if quality < 50 {
            5_000 / quality
        } else {
            200 - 2 * quality
        };
        let base = match table {
            Table::Luma => LUMA,
            Table::Chroma => CHROMA,
        };
        let steps = base.map(|step| {
            let scaled = (u32::from(step) * scale + 50) / 100;
            u8::try_from(scaled.max(1)).unwrap_or(u8::MAX)
        });
        let factors = std::array::from_fn(|index| {
            let place = usize::from(ZIGZAG[index]);
            let scale = SCALES[place / SIDE] * SCALES[place % SIDE] * 8.0;
            f32x8::splat(1.0 / (f32::from(steps[index]) * scale))
        });
        Self { steps, factors }
    }

    /// Transforms blocks side by side, given as rows, and divides by the steps.
    #[inline(never)]
    pub(super) fn quantise(&self, rows: &[[u8; SIDE * AT_ONCE]; SIDE], group: &mut Group) {
        let mut samples = [[f32x8::ZERO; SIDE]; SIDE];
        for (lanes, row) in samples.iter_mut().zip(rows) {
            *lanes = columns(row);
            transform(&mut lanes.each_mut());
        }
        for column in 0..SIDE {
            transform(&mut samples.each_mut().map(|row| &mut row[column]));
        }
        let samples = samples.as_flattened();
        let mut nonzero = [i16x8::ZERO; AREA / 8];
        for (eighth, nonzero) in nonzero.iter_mut().enumerate() {
            for bit in 0..8 {
                let index = 8 * eighth + bit;
                let sample = samples[usize::from(ZIGZAG[index])];
                let rounded = (sample * self.factors[index]).fast_round_int();
                let coefficients = i16x8::from_i32x8_saturate(rounded);
                group.coefficients[index] = coefficients.to_array();
                *nonzero |= !coefficients.simd_eq(i16x8::ZERO) & i16x8::splat(1 << bit);
            }
        }
        group.nonzero = lanes_of(nonzero).map(u64::from_le_bytes);
    }
}

/// The columns of a row of blocks. Half of the range is subtracted, so that samples are around zero.
#[inline]
fn columns(row: &[u8; SIDE * AT_ONCE]) -> [f32x8; SIDE] {
    let mut blocks = [u16x8::ZERO; AT_ONCE];
    for (blocks, samples) in blocks
        .as_chunks_mut::<2>()
        .0
        .iter_mut()
        .zip(row.as_chunks().0)
    {
        let samples = u8x16::new(*samples);
        *blocks = [
            u16x8::from_u8x16_low(samples),
            u16x8::from_u8x16_high(samples),
        ];
    }
    u16x8::transpose(blocks).map(|column| f32x8::from_i32x8(i32x8::from_u16x8(column)) - 128.0)
}

/// The factor of each coefficient that the transform below leaves, besides the eight of both directions: 1, and
/// cos(nπ/16) times the square root of 2.
const SCALES: [f32; SIDE] = [
    1.0,
    1.387_039_8,
    1.306_563,
    1.175_875_6,
    1.0,
    0.785_694_96,
    0.541_196_1,
    0.275_899_38,
];

/// One direction of the transform of Arai, Agui and Nakajima. It leaves a scale to the quantiser and so needs only five
/// multiplications. Source: Pennebaker and Mitchell, "JPEG", figure 4-8.
#[inline]
fn transform(value: &mut [&mut f32x8; SIDE]) {
    const C4: f32 = std::f32::consts::FRAC_1_SQRT_2;
    const C6: f32 = 0.382_683_43;
    const C2_LESS_C6: f32 = 0.541_196_1;
    const C2_AND_C6: f32 = 1.306_563;
    let [sum07, sum16, sum25, sum34] = [0, 1, 2, 3].map(|n| *value[n] + *value[7 - n]);
    let [apart07, apart16, apart25, apart34] = [0, 1, 2, 3].map(|n| *value[n] - *value[7 - n]);

    let (even0, even3) = (sum07 + sum34, sum07 - sum34);
    let (even1, even2) = (sum16 + sum25, sum16 - sum25);
    let turned = (even2 + even3) * C4;

    let (odd0, odd1, odd2) = (apart34 + apart25, apart25 + apart16, apart16 + apart07);
    let rotation = (odd0 - odd2) * C6;
    let low = odd0 * C2_LESS_C6 + rotation;
    let high = odd2 * C2_AND_C6 + rotation;
    let middle = odd1 * C4;
    let (outer, inner) = (apart07 + middle, apart07 - middle);
    *value[0] = even0 + even1;
    *value[1] = outer + high;
    *value[2] = even3 + turned;
    *value[3] = inner - low;
    *value[4] = even0 - even1;
    *value[5] = inner + low;
    *value[6] = even3 - turned;
    *value[7] = outer - high;
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use super::{AREA, AT_ONCE, Group, Quantiser, SIDE, Table, ZIGZAG};

    /// The definition in T.81, A.3.3.
    fn defined(samples: &[[u8; SIDE]; SIDE], u: usize, v: usize) -> f64 {
        let scale = |n: usize| if n == 0 { 0.5_f64.sqrt() } else { 1.0 };
        let wave = |n: usize, at: usize| ((2 * at + 1) as f64 * n as f64 * PI / 16.0).cos();
        let mut sum = 0.0;
        for (y, row) in samples.iter().enumerate() {
            for (x, sample) in row.iter().enumerate() {
                sum += (f64::from(*sample) - 128.0) * wave(u, x) * wave(v, y);
            }
        }
        scale(u) * scale(v) * sum / 4.0
    }

    #[test]
    fn coefficients_are_those_of_the_standard() {
        let mut state = 1_u32;
        let mut sample = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        let rows = [[0_u8; SIDE * AT_ONCE]; SIDE].map(|row| row.map(|_| sample()));
        let mut group = Group::ZERO;
        // At quality 100 every step is 1.
        Quantiser::new(Table::Luma, 100).quantise(&rows, &mut group);
        for block in 0..AT_ONCE {
            let samples = rows.map(|row| row.as_chunks().0[block]);
            for (index, (place, coefficients)) in
                ZIGZAG.into_iter().zip(group.coefficients).enumerate()
            {
                let (place, coefficient) = (usize::from(place), coefficients[block]);
                let exact = defined(&samples, place % SIDE, place / SIDE);
                assert!(
                    (f64::from(coefficient) - exact).abs() < 0.51,
                    "{index}: {coefficient} is not {exact}"
                );
                assert_eq!(group.nonzero[block] >> index & 1 == 1, coefficient != 0);
            }
        }
    }

    #[test]
    fn steps_are_those_of_libjpeg() {
        let steps = |quality| Quantiser::new(Table::Luma, quality).steps;
        assert_eq!(steps(100), [1; AREA]);
        assert_eq!(&steps(80)[..4], [6, 4, 5, 6]);
        assert_eq!(steps(50)[0], 16);
        assert_eq!(steps(1), [u8::MAX; AREA]);
    }
}
