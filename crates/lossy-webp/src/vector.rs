//! Moves values within vectors of eight 16-bit values and of sixteen bytes.
//!
//! Rows and columns of 4×4 values come in pairs: the lower four values of a vector belong to one block, the upper four
//! to another.

use bytemuck::cast;
use wide::{i16x8, u8x16};

/// A block of 4×4 bytes, column by column.
pub(crate) type Block = u8x16;

/// Four columns, or rows, of a pair of blocks.
pub(crate) type Pair = [i16x8; 4];

#[inline(always)]
pub(crate) fn low_16(a: i16x8, b: i16x8) -> i16x8 {
    let (a, b) = (a.to_array(), b.to_array());
    i16x8::new([a[0], b[0], a[1], b[1], a[2], b[2], a[3], b[3]])
}

#[inline(always)]
pub(crate) fn high_16(a: i16x8, b: i16x8) -> i16x8 {
    let (a, b) = (a.to_array(), b.to_array());
    i16x8::new([a[4], b[4], a[5], b[5], a[6], b[6], a[7], b[7]])
}

#[inline(always)]
fn low_32<T: bytemuck::Pod>(a: T, b: T) -> T {
    let (a, b): ([u32; 4], [u32; 4]) = (cast(a), cast(b));
    cast([a[0], b[0], a[1], b[1]])
}

#[inline(always)]
fn high_32<T: bytemuck::Pod>(a: T, b: T) -> T {
    let (a, b): ([u32; 4], [u32; 4]) = (cast(a), cast(b));
    cast([a[2], b[2], a[3], b[3]])
}

#[inline(always)]
fn low_64(a: i16x8, b: i16x8) -> i16x8 {
    let (a, b): ([u64; 2], [u64; 2]) = (cast(a), cast(b));
    cast([a[0], b[0]])
}

#[inline(always)]
fn high_64(a: i16x8, b: i16x8) -> i16x8 {
    let (a, b): ([u64; 2], [u64; 2]) = (cast(a), cast(b));
    cast([a[1], b[1]])
}

/// Transposes both blocks: rows to columns, or back.
#[inline(always)]
pub(crate) fn turned(rows: Pair) -> Pair {
    let (first, second) = (low_16(rows[0], rows[1]), high_16(rows[0], rows[1]));
    let (third, fourth) = (low_16(rows[2], rows[3]), high_16(rows[2], rows[3]));
    // Two columns of each block.
    let (a01, a23) = (low_32(first, third), high_32(first, third));
    let (b01, b23) = (low_32(second, fourth), high_32(second, fourth));
    [
        low_64(a01, b01),
        high_64(a01, b01),
        low_64(a23, b23),
        high_64(a23, b23),
    ]
}

/// The columns of two blocks.
#[inline(always)]
pub(crate) fn widened(blocks: [Block; 2]) -> Pair {
    let (left, right) = (low_32(blocks[0], blocks[1]), high_32(blocks[0], blocks[1]));
    [
        i16x8::from_u8x16_low(left),
        i16x8::from_u8x16_high(left),
        i16x8::from_u8x16_low(right),
        i16x8::from_u8x16_high(right),
    ]
}

/// Two blocks with these columns. A value outside the range of a byte becomes the nearest byte.
#[inline(always)]
pub(crate) fn narrowed(columns: Pair) -> [Block; 2] {
    let left: [u32; 4] = cast(u8x16::narrow_i16x8(columns[0], columns[1]));
    let right: [u32; 4] = cast(u8x16::narrow_i16x8(columns[2], columns[3]));
    [
        cast([left[0], left[2], right[0], right[2]]),
        cast([left[1], left[3], right[1], right[3]]),
    ]
}

/// The values of both blocks, row by row, from the rows of a pair.
#[inline(always)]
pub(crate) fn parted(rows: Pair) -> [[i16; 16]; 2] {
    let block = |half: fn(i16x8, i16x8) -> i16x8| -> [i16; 16] {
        cast([half(rows[0], rows[1]), half(rows[2], rows[3])])
    };
    [block(low_64), block(high_64)]
}

/// Four blocks side by side, from their rows.
#[inline(always)]
pub(crate) fn blocks_of(rows: [u8x16; 4]) -> [Block; 4] {
    // Alternating bytes of the first and the second row, and of the third and the fourth.
    let upper = [
        u8x16::unpack_low(rows[0], rows[1]),
        u8x16::unpack_high(rows[0], rows[1]),
    ];
    let lower = [
        u8x16::unpack_low(rows[2], rows[3]),
        u8x16::unpack_high(rows[2], rows[3]),
    ];
    let (a, b): (i16x8, i16x8) = (cast(upper[0]), cast(lower[0]));
    let (c, d): (i16x8, i16x8) = (cast(upper[1]), cast(lower[1]));
    [
        cast(low_16(a, b)),
        cast(high_16(a, b)),
        cast(low_16(c, d)),
        cast(high_16(c, d)),
    ]
}

/// The block whose columns each have a single sample value.
#[inline(always)]
pub(crate) fn spread(samples: u32) -> Block {
    let samples: u8x16 = cast([samples, 0, 0, 0]);
    let twice = u8x16::unpack_low(samples, samples);
    u8x16::unpack_low(twice, twice)
}

#[cfg(test)]
mod tests {
    use super::{blocks_of, narrowed, turned, widened};
    use wide::{i16x8, u8x16};

    #[test]
    fn turning_is_of_each_block() {
        let value = |row: i16, lane: i16| 10 * row + lane;
        let rows = [0, 1, 2, 3]
            .map(|row| i16x8::new([0, 1, 2, 3, 4, 5, 6, 7].map(|lane| value(row, lane))));
        let columns = turned(rows);
        for (index, column) in (0..).zip(columns) {
            let expected = [0, 1, 2, 3].map(|row| value(row, index));
            assert_eq!(column.to_array()[..4], expected);
            let expected = [0, 1, 2, 3].map(|row| value(row, index + 4));
            assert_eq!(column.to_array()[4..], expected);
        }
        assert_eq!(turned(columns), rows);
    }

    #[test]
    fn blocks_are_columns_of_rows() {
        let rows: [[u8; 16]; 4] = std::array::from_fn(|row| {
            std::array::from_fn(|column| (row * 16 + column).to_le_bytes()[0])
        });
        let blocks = blocks_of(rows.map(u8x16::new));
        for (index, block) in blocks.iter().enumerate() {
            for (place, sample) in block.to_array().into_iter().enumerate() {
                assert_eq!(sample, rows[place % 4][4 * index + place / 4]);
            }
        }
        assert_eq!(
            narrowed(widened([blocks[2], blocks[1]])),
            [blocks[2], blocks[1]]
        );
    }
}
