//! Prediction of blocks of 4×4 from the samples around them (RFC 6386, section 12.3).

use bytemuck::cast;
use wide::u8x16;

use crate::modes::BLOCK_MODE_COUNT;
use crate::vector::Block;

/// The samples around a block, along its left side from the bottom up, its corner, and along its upper side on to the
/// right: 13, and three that nothing is made of.
pub(crate) type Surroundings = [u8; 16];

/// Where the corner is.
const CORNER: usize = 4;

/// The predictions of a block in all modes, each column after column, in the order of the modes' numbers.
#[inline(always)]
pub(crate) fn predictions(around: Surroundings) -> [Block; BLOCK_MODE_COUNT] {
    let shifted = |by: usize| -> [u8; 16] { std::array::from_fn(|index| around[(index + by).min(12)]) };
    let before: [u8; 16] = std::array::from_fn(|index| around[index.saturating_sub(1)]);
    let (here, after) = (around, shifted(1));
    // The weighted mean of each sample and both its neighbours; of each sample and the one before it.
    let smooth: [u8; 16] = std::array::from_fn(|index| mean_of_three(before[index], here[index], after[index]));
    let halves: [u8; 16] = std::array::from_fn(|index| mean_of_two(before[index], here[index]));

    let dc = {
        let sum = |range: std::ops::Range<usize>| {
            around[range].iter().map(|sample| u32::from(*sample)).sum::<u32>()
        };
        let mean = (sum(0..4) + sum(5..9) + 4) >> 3;
        u8x16::splat(mean.to_le_bytes()[0])
    };
    let left: [u8; 4] = [around[3], around[2], around[1], around[0]];
    let above: [u8; 4] = [around[5], around[6], around[7], around[8]];
    let true_motion = {
        let corner = i16::from(around[CORNER]);
        let columns = above.map(|above| {
            left.map(|left| (i16::from(left) + i16::from(above) - corner).clamp(0, 255).to_le_bytes()[0])
        });
        cast(columns)
    };
    // Eight of the means from number `first` on, and the same the other way about, down from number `last`.
    let up = |means: &[u8; 16], first: usize| -> u64 {
        u64::from_le_bytes(std::array::from_fn(|index| means[(first + index) % 16]))
    };
    let down = |means: &[u8; 16], last: usize| -> u64 {
        u64::from_le_bytes(std::array::from_fn(|index| means[last.saturating_sub(index)]))
    };

    let vertical = cast([5, 6, 7, 8].map(|index| u32::from(smooth[index]) * 0x0101_0101));
    let falling = down(&smooth, 7);
    let horizontal = cast([low(falling >> 32); 4]);
    let right_down = cast([falling >> 24, falling >> 16, falling >> 8, falling].map(low));
    let rising = up(&smooth, 6);
    let left_down = cast([rising, rising >> 8, rising >> 16, rising >> 24].map(low));

    let mixed = |even: u64, odd: u64| -> u64 {
        let (even, odd) = (even.to_le_bytes(), odd.to_le_bytes());
        u64::from_le_bytes([even[0], odd[0], even[1], odd[1], even[2], odd[2], even[3], odd[3]])
    };
    let steep = mixed(down(&halves, 8), falling);
    let tail = u64::from(smooth[3]) | u64::from(smooth[2]) << 8;
    let vertical_right = cast([steep >> 48 | tail << 16, steep >> 32, steep >> 16, steep].map(low));
    let steep = mixed(up(&halves, 6), rising);
    let tail = u64::from(smooth[10]) | u64::from(smooth[11]) << 8;
    let vertical_left = cast([steep, steep >> 16, steep >> 32, steep >> 48 | tail << 16].map(low));

    let (halves_down, smooth_down) = (down(&halves, 4), down(&smooth, 4));
    let shallow = smooth_down << 8;
    let horizontal_down = cast(
        [
            halves_down,
            smooth_down,
            halves_down << 8 | u64::from(smooth[5]),
            (shallow & !0xff) | u64::from(smooth[6]),
        ]
        .map(low),
    );
    // Beyond the lowest sample there is but that.
    let last = u64::from(around[0]) * 0x0101_0101_0101;
    let even = (halves_down >> 8 & 0xff_ffff) | last << 24;
    let odd = (smooth_down >> 16 & 0xff_ffff) | last << 24;
    let horizontal_up = cast([even, odd, even >> 8, odd >> 8].map(low));

    [
        dc,
        true_motion,
        vertical,
        horizontal,
        right_down,
        vertical_right,
        left_down,
        vertical_left,
        horizontal_down,
        horizontal_up,
    ]
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "the lower half is meant")]
fn low(bytes: u64) -> u32 {
    bytes as u32
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
fn mean_of_three(before: u8, here: u8, after: u8) -> u8 {
    ((u16::from(before) + 2 * u16::from(here) + u16::from(after) + 2) >> 2) as u8
}

#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "a mean of bytes is a byte")]
fn mean_of_two(before: u8, here: u8) -> u8 {
    ((u16::from(before) + u16::from(here) + 1) >> 1) as u8
}

#[cfg(test)]
mod tests {
    use super::predictions;
    use proptest::prelude::proptest;

    /// RFC 6386, section 12.3, as it stands there: rows of B[row][column] from the edge E, whose E[4] is the corner.
    fn defined(mode: usize, e: &[u8]) -> [[u8; 4]; 4] {
        let three = |i: usize| -> u8 {
            let at = |i: usize| u32::from(e[i.clamp(0, 12)]);
            ((at(i.saturating_sub(1)) + 2 * at(i) + at(i + 1) + 2) >> 2) as u8
        };
        let two = |i: usize| ((u32::from(e[i]) + u32::from(e[i + 1]) + 1) >> 1) as u8;
        let (above, left) = (&e[5..13], [e[3], e[2], e[1], e[0]]);
        let mut b = [[0_u8; 4]; 4];
        for (r, row) in b.iter_mut().enumerate() {
            for (c, sample) in row.iter_mut().enumerate() {
                let edge = 4 + c;
                *sample = match mode {
                    0 => {
                        let sum: u32 = left.iter().chain(&above[..4]).map(|s| u32::from(*s)).sum();
                        ((sum + 4) >> 3) as u8
                    }
                    1 => (i32::from(left[r]) + i32::from(above[c]) - i32::from(e[4])).clamp(0, 255) as u8,
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
