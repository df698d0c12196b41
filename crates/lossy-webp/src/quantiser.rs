//! Converts coefficients to levels and back.

use wide::{i16x8, u16x8};

use crate::tables::quantiser::{AC, DC};
use crate::transform::FRACTION;
use crate::vector::Pair;

/// Steps and rounding for one kind of block.
pub(crate) struct Quantiser {
    /// The step of the first coefficient, and of all others.
    pub(crate) steps: [i32; 2],
    /// In rows, like the vectors of a pair.
    step: Pair,
    /// 2^17 divided by the step.
    reciprocal: [u16x8; 4],
    /// The value that is added before levels are rounded down, with the fraction bits of coefficients.
    bias: [u16x8; 4],
    /// Both numbers, for the first coefficient and for all others.
    scalar: [[u32; 2]; 2],
}

/// How much is added before levels are rounded down, in 256ths of a step, for the first coefficient and for the others.
/// It is less than a half, because a smaller level costs less.
#[derive(Clone, Copy)]
pub(crate) struct Rounding {
    bias: [i32; 2],
    /// Whether fine detail is rounded up more, to compensate for its loss by quantisation.
    sharpen: bool,
}

impl Rounding {
    pub(crate) const LUMA: Self = Self {
        bias: [96, 110],
        sharpen: true,
    };
    pub(crate) const LUMA_DC: Self = Self {
        bias: [96, 108],
        sharpen: false,
    };
    pub(crate) const CHROMA: Self = Self {
        bias: [110, 115],
        sharpen: false,
    };
}

/// By how much coefficients are increased, in 2048ths of a step.
const SHARPENING: [i32; 16] = [
    0, 30, 60, 90, 30, 60, 90, 90, 60, 90, 90, 90, 90, 90, 90, 90,
];

/// The step of the first coefficient.
pub(crate) fn dc_step(index: i32) -> i32 {
    DC[clamped(index, 127)].into()
}

/// The step of the other coefficients.
pub(crate) fn ac_step(index: i32) -> i32 {
    AC[clamped(index, 127)].into()
}

fn clamped(index: i32, most: i32) -> usize {
    index.clamp(0, most).unsigned_abs() as usize
}

/// A quantised pair of blocks, in rows.
pub(crate) struct Quantised {
    pub(crate) levels: Pair,
    /// The decoded levels.
    pub(crate) coefficients: Pair,
}

impl Quantiser {
    pub(crate) fn new(steps: [i32; 2], rounding: Rounding) -> Self {
        let by_place = |place: usize| usize::from(place != 0);
        let bias = |place: usize| {
            let step = steps[by_place(place)];
            let sharpening = if rounding.sharpen {
                (SHARPENING[place] * step) >> (11 - FRACTION)
            } else {
                0
            };
            ((rounding.bias[by_place(place)] * step) >> (8 - FRACTION)) + sharpening
        };
        let reciprocal = |place: usize| (1 << 17) / steps[by_place(place)];
        let rows = |value: &dyn Fn(usize) -> i32| {
            [0, 1, 2, 3].map(|row| {
                // All are less than 2^16.
                let lane =
                    |lane: usize| u16::try_from(value(4 * row + lane % 4)).unwrap_or(u16::MAX);
                std::array::from_fn(lane)
            })
        };
        Self {
            steps,
            step: rows(&|place| steps[by_place(place)])
                .map(|row| i16x8::new(row.map(u16::cast_signed))),
            reciprocal: rows(&reciprocal).map(u16x8::new),
            bias: rows(&bias).map(u16x8::new),
            scalar: [0, 1].map(|place| [reciprocal(place), bias(place)].map(i32::cast_unsigned)),
        }
    }

    /// Quantises the coefficients of a pair of blocks.
    #[inline(always)]
    pub(crate) fn quantise(&self, coefficients: Pair) -> Quantised {
        let mut quantised = Quantised {
            levels: coefficients,
            coefficients,
        };
        for (row, value) in coefficients.into_iter().enumerate() {
            let sign = value >> 15_u32;
            let magnitude: u16x8 = bytemuck::cast((value ^ sign) - sign);
            let scaled = (magnitude + self.bias[row]).mul_keep_high(self.reciprocal[row]);
            let level: i16x8 = bytemuck::cast(scaled >> (1 + FRACTION));
            let level = (level ^ sign) - sign;
            quantised.levels[row] = level;
            quantised.coefficients[row] = level * self.step[row];
        }
        quantised
    }

    /// The level of a value without sharpening. The value has the fraction bits of coefficients.
    #[inline(always)]
    pub(crate) fn level(&self, place: usize, value: i32) -> i16 {
        let [reciprocal, bias] = self.scalar[usize::from(place != 0)];
        let scaled = (value.unsigned_abs() + bias) * reciprocal;
        let level = (scaled >> (17 + FRACTION)) as i16;
        if value < 0 { -level } else { level }
    }

    /// The decoded value of a first coefficient, with the fraction bits of coefficients.
    #[inline(always)]
    pub(crate) fn dc(&self, value: i32) -> i32 {
        (i32::from(self.level(0, value)) * self.steps[0]) << FRACTION
    }
}
