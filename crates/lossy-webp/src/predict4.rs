//! Prediction of blocks of 4×4 from the samples around them (RFC 6386, section 12.3).

use bytemuck::cast;
use wide::{i16x8, u8x16, u16x8};

use crate::modes::BLOCK_MODE_COUNT;
use crate::vector::{Block, spread};

/// The samples around a block: along its left side from the bottom up, its corner, and along its upper side to the
/// right. There are 13, and three that are not used.
pub(crate) type Surroundings = [u8; 16];

/// The predictions of a block in all modes, each column by column, in the order of the modes' numbers.
///
/// Nearly all of them are runs of means of neighbouring samples, forwards or backwards. The means are computed all at
/// once, and runs are shifted out of them as numbers of eight bytes.
#[inline(always)]
pub(crate) fn predictions(around: Surroundings) -> [Block; BLOCK_MODE_COUNT] {
    let means = Means::of(around);
    let left = low(means.samples[0]).swap_bytes();
    let above = low(means.samples[0] >> 40 | means.samples[1] << 24);

    let [smooth, smooth_on] = means.smooth;
    let [halves, halves_on] = means.halves;
    let falling = smooth.swap_bytes();
    let rising = smooth >> 48 | smooth_on << 16;
    let steep = mixed((halves >> 8 | halves_on << 56).swap_bytes(), falling);
    let steep_tail = falling >> 32 << 16;
    let flat = mixed(halves >> 48 | halves_on << 16, rising);
    let flat_tail = (smooth_on >> 16) << 16;
    let (halves_down, smooth_down) = ((halves << 24).swap_bytes(), (smooth << 24).swap_bytes());
    // Below the lowest sample it is repeated.
    let last = (means.samples[0] & 0xff) * 0x0101_0101;
    let even = (halves_down >> 8 & 0xff_ffff) | last << 24;
    let odd = (smooth_down >> 16 & 0xff_ffff) | last << 24;
    [
        mean(left, above),
        true_motion(left, above, means.samples[0]),
        spread(low(smooth >> 40 | smooth_on << 24)),
        cast([low(falling >> 32); 4]),
        columns([falling >> 24, falling >> 16, falling >> 8, falling]),
        columns([steep >> 48 | steep_tail, steep >> 32, steep >> 16, steep]),
        columns([rising, rising >> 8, rising >> 16, rising >> 24]),
        columns([flat, flat >> 16, flat >> 32, flat >> 48 | flat_tail]),
        columns([
            halves_down,
            smooth_down,
            halves_down << 8 | (smooth >> 40 & 0xff),
            (smooth_down << 8 & !0xff) | (smooth >> 48 & 0xff),
        ]),
        columns([even, odd, even >> 8, odd >> 8]),
    ]
}

/// The samples around a block, and means of them, each as two numbers of eight bytes.
struct Means {
    samples: [u64; 2],
    /// Means of each sample and both its neighbours, with the sample itself counted twice.
    smooth: [u64; 2],
    /// Means of each sample and the one before it.
    halves: [u64; 2],
}

impl Means {
    #[inline(always)]
    fn of(around: Surroundings) -> Self {
        let here = u128::from_le_bytes(around);
        // The first and the last sample are their own neighbours.
        let before = here << 8 | (here & 0xff);
        let after = (here >> 8 & ((1 << 96) - 1)) | (here >> 96 & 0xff) << 96;
        let widen = |bytes: u128| {
            let bytes: u8x16 = cast(bytes);
            [u16x8::from_u8x16_low(bytes), u16x8::from_u8x16_high(bytes)]
        };
        let ([a, b], [c, d], [e, f]) = (widen(before), widen(here), widen(after));
        let of_three = |before: u16x8, here: u16x8, after: u16x8| -> i16x8 {
            cast((before + here + here + after + u16x8::splat(2)) >> 2_u32)
        };
        let of_two = |before: u16x8, here: u16x8| -> i16x8 {
            cast((before + here + u16x8::splat(1)) >> 1_u32)
        };
        let smooth = cast(u8x16::narrow_i16x8(of_three(a, c, e), of_three(b, d, f)));
        let halves = cast(u8x16::narrow_i16x8(of_two(a, c), of_two(b, d)));
        Self {
            samples: cast(here),
            smooth,
            halves,
        }
    }
}

#[inline(always)]
fn mean(left: u32, above: u32) -> Block {
    const PAIRS: u64 = 0x00ff_00ff_00ff_00ff;
    let samples = u64::from(left) | u64::from(above) << 32;
    let sums = (samples & PAIRS) + (samples >> 8 & PAIRS);
    let sum = sums.wrapping_mul(0x0001_0001_0001_0001) >> 48;
    u8x16::splat(((sum + 4) >> 3).to_le_bytes()[0])
}

#[inline(always)]
fn true_motion(left: u32, above: u32, samples: u64) -> Block {
    let corner = i16x8::splat((samples >> 32 & 0xff) as i16);
    let left: u8x16 = cast([left; 4]);
    let step = i16x8::from_u8x16_low(left) - corner;
    let above = spread(above);
    u8x16::narrow_i16x8(
        i16x8::from_u8x16_low(above) + step,
        i16x8::from_u8x16_high(above) + step,
    )
}

/// The alternating bytes of both numbers.
#[inline(always)]
fn mixed(even: u64, odd: u64) -> u64 {
    let mixed: [u64; 2] = cast(u8x16::unpack_low(cast([even, 0]), cast([odd, 0])));
    mixed[0]
}

/// Columns of the first four bytes of each number.
#[inline(always)]
fn columns(columns: [u64; 4]) -> Block {
    cast([
        low(columns[0]),
        low(columns[1]),
        low(columns[2]),
        low(columns[3]),
    ])
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
fn low(bytes: u64) -> u32 {
    bytes as u32
}

#[cfg(test)]
mod tests {
    use super::predictions;
    use proptest::prelude::proptest;

    /// The definition in RFC 6386, section 12.3: rows of B[row][column] from the edge E, whose E[4] is the corner.
    fn defined(mode: usize, e: &[u8]) -> [[u8; 4]; 4] {
        let three = |i: usize| -> u8 {
            let at = |i: usize| u32::from(e[i.clamp(0, 12)]);
            ((at(i.saturating_sub(1)) + 2 * at(i) + at(i + 1) + 2) >> 2).to_le_bytes()[0]
        };
        let two = |i: usize| ((u32::from(e[i]) + u32::from(e[i + 1]) + 1) >> 1).to_le_bytes()[0];
        let (above, left) = (&e[5..13], [e[3], e[2], e[1], e[0]]);
        let mut b = [[0_u8; 4]; 4];
        for (r, row) in b.iter_mut().enumerate() {
            for (c, sample) in row.iter_mut().enumerate() {
                let edge = 4 + c;
                *sample = match mode {
                    0 => {
                        let sum: u32 = left.iter().chain(&above[..4]).map(|s| u32::from(*s)).sum();
                        ((sum + 4) >> 3).to_le_bytes()[0]
                    }
                    1 => (i32::from(left[r]) + i32::from(above[c]) - i32::from(e[4]))
                        .clamp(0, 255)
                        .to_le_bytes()[0],
                    2 => three(5 + c),
                    3 => three(3 - r),
                    4 => three(edge - r),
                    6 => three(6 + r + c),
                    5 => match (r, c) {
                        (3, 0) => three(2),
                        (2, 0) => three(3),
                        (1 | 3, _) => three(4 + c - (r / 2)),
                        _ => two(4 + c - (r / 2)),
                    },
                    7 => match (r, c) {
                        (2, 3) => three(10),
                        (3, 3) => three(11),
                        (1 | 3, _) => three(6 + c + r / 2),
                        _ => two(5 + c + r / 2),
                    },
                    8 => match (2 * (3 - r)) + c {
                        8 => three(5),
                        9 => three(6),
                        n if n % 2 == 0 => two(n / 2),
                        n => three(n / 2 + 1),
                    },
                    _ => match 2 * r + c {
                        5 => three(0),
                        n if n > 5 => e[0],
                        n if n % 2 == 0 => two(2 - n / 2),
                        n => three(2 - n / 2),
                    },
                };
            }
        }
        b
    }

    proptest! {
        #[test]
        fn every_mode_is_as_defined(around: [u8; 16]) {
            for (mode, prediction) in predictions(around).iter().enumerate() {
                let rows = defined(mode, &around[..13]);
                for (place, sample) in prediction.to_array().into_iter().enumerate() {
                    assert_eq!(sample, rows[place % 4][place / 4], "mode {mode}, {place}");
                }
            }
        }
    }
}
