//! The transforms of 4×4 values (RFC 6386, section 14), on two blocks at once.

use wide::i16x8;

use crate::vector::{Pair, turned};

/// The scale of the values of [`forward`], as a power of two.
pub(crate) const FRACTION: u32 = 3;

/// A factor that does not fit into 16 bits, minus 2^16.
const WIDE_LACK: i16 = -22_720;
const SINE_LACK: i16 = -30_068;

/// Transforms differences, given in columns, to coefficients, in rows, which are eight times as large as the stored
/// ones.
///
/// The encoder is free to choose its rounding. Products keep only their upper 16 bits, so factors are made as large as
/// possible.
#[inline(always)]
pub(crate) fn forward(columns: Pair) -> Pair {
    let [sum03, sum12] = [columns[0] + columns[3], columns[1] + columns[2]];
    let [apart03, apart12] = [columns[0] - columns[3], columns[1] - columns[2]];
    // 5352 and 2217 are sqrt(2) * cos(π/8) and sqrt(2) * sin(π/8) in 4096ths; the result is 8 times as large.
    let (large03, large12) = (apart03 << 6_u32, apart12 << 6_u32);
    let (wide, narrow) = (i16x8::splat(5352 * 2), i16x8::splat(2217 * 2));
    let [row0, row1, row2, row3] = turned([
        (sum03 + sum12) << 3_u32,
        large12.mul_keep_high(narrow) + large03.mul_keep_high(wide),
        (sum03 - sum12) << 3_u32,
        large03.mul_keep_high(narrow) - large12.mul_keep_high(wide),
    ]);
    let [sum03, sum12] = [row0 + row3, row1 + row2];
    let [apart03, apart12] = [row0 - row3, row1 - row2];
    // The same factors, halved. 5352 * 8 does not fit into 16 bits, so the value is multiplied by that minus 2^16, and
    // added once.
    let narrow = i16x8::splat(2217 * 8);
    let lack = i16x8::splat(WIDE_LACK);
    [
        (sum03 + sum12) >> 1_u32,
        apart12.mul_keep_high(narrow) + apart03 + apart03.mul_keep_high(lack),
        (sum03 - sum12) >> 1_u32,
        apart03.mul_keep_high(narrow) - apart12 - apart12.mul_keep_high(lack),
    ]
}

/// Transforms coefficients, in rows, back to differences, in columns, bit for bit as decoders do (RFC 6386, 14.3).
#[inline(always)]
pub(crate) fn inverse(rows: Pair) -> Pair {
    let columns = turned(one_way(rows));
    let rounded = [
        columns[0] + i16x8::splat(4),
        columns[1],
        columns[2],
        columns[3],
    ];
    let [a, b, c, d] = one_way(rounded);
    [a >> 3_u32, b >> 3_u32, c >> 3_u32, d >> 3_u32]
}

#[inline(always)]
fn one_way(values: Pair) -> Pair {
    let (sum, apart) = (values[0] + values[2], values[0] - values[2]);
    let odd = sine(values[1]) - cosine(values[3]);
    let even = cosine(values[1]) + sine(values[3]);
    [sum + even, apart + odd, apart - odd, sum - even]
}

/// Multiplies by sqrt(2) * cos(π/8).
#[inline(always)]
fn cosine(value: i16x8) -> i16x8 {
    value + value.mul_keep_high(i16x8::splat(20_091))
}

/// Multiplies by sqrt(2) * sin(π/8).
#[inline(always)]
fn sine(value: i16x8) -> i16x8 {
    value + value.mul_keep_high(i16x8::splat(SINE_LACK))
}

/// Transforms the first coefficients of the sixteen blocks of a macroblock, row by row (RFC 6386, 14.3), without
/// scaling them.
#[inline(always)]
pub(crate) fn forward_dc(values: &[i32; 16]) -> [i32; 16] {
    let mut half = [0; 16];
    for row in 0..4 {
        let [a, b, c, d] = row_of(values, row);
        let (sum02, apart02, sum13, apart13) = (a + c, a - c, b + d, b - d);
        half[4 * row] = sum02 + sum13;
        half[4 * row + 1] = apart02 + apart13;
        half[4 * row + 2] = apart02 - apart13;
        half[4 * row + 3] = sum02 - sum13;
    }
    let mut whole = [0; 16];
    for column in 0..4 {
        let [a, b, c, d] = column_of(&half, column);
        let (sum02, apart02, sum13, apart13) = (a + c, a - c, b + d, b - d);
        whole[column] = sum02 + sum13;
        whole[4 + column] = apart02 + apart13;
        whole[8 + column] = apart02 - apart13;
        whole[12 + column] = sum02 - sum13;
    }
    whole
}

/// Transforms them back, bit for bit as decoders do.
#[inline(always)]
pub(crate) fn inverse_dc(values: &[i32; 16]) -> [i32; 16] {
    let mut half = [0; 16];
    for column in 0..4 {
        let [a, b, c, d] = column_of(values, column);
        let (sum03, sum12, apart12, apart03) = (a + d, b + c, b - c, a - d);
        half[column] = sum03 + sum12;
        half[4 + column] = apart03 + apart12;
        half[8 + column] = sum03 - sum12;
        half[12 + column] = apart03 - apart12;
    }
    let mut whole = [0; 16];
    for row in 0..4 {
        let [a, b, c, d] = row_of(&half, row);
        let (sum03, sum12, apart12, apart03) = (a + d + 3, b + c, b - c, a - d + 3);
        whole[4 * row] = (sum03 + sum12) >> 3;
        whole[4 * row + 1] = (apart03 + apart12) >> 3;
        whole[4 * row + 2] = (sum03 - sum12) >> 3;
        whole[4 * row + 3] = (apart03 - apart12) >> 3;
    }
    whole
}

#[inline(always)]
fn row_of(values: &[i32; 16], row: usize) -> [i32; 4] {
    [
        values[4 * row],
        values[4 * row + 1],
        values[4 * row + 2],
        values[4 * row + 3],
    ]
}

#[inline(always)]
fn column_of(values: &[i32; 16], column: usize) -> [i32; 4] {
    [
        values[column],
        values[4 + column],
        values[8 + column],
        values[12 + column],
    ]
}
