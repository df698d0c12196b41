//! The order in which coefficients are stored, and which of them are not zero.

use wide::{i8x16, i16x16};

/// The row-by-row positions of coefficients, in the order in which they are stored (RFC 6386, section 13).
pub(crate) const ZIGZAG: [u8; 16] = [0, 1, 4, 8, 5, 2, 3, 6, 9, 12, 13, 10, 7, 11, 14, 15];

/// For the upper two rows and the lower two: each pattern of their non-zero levels, in stored order.
static PATTERNS: [[u16; 256]; 2] = {
    let mut patterns = [[0; 256]; 2];
    let mut index = 0;
    while index < 16 {
        let (half, bit) = (ZIGZAG[index] / 8, ZIGZAG[index] % 8);
        let mut pattern = 0;
        while pattern < 256 {
            if pattern >> bit & 1 == 1 {
                patterns[half as usize][pattern] |= 1 << index;
            }
            pattern += 1;
        }
        index += 1;
    }
    patterns
};

/// Bit `n` says that the level that is stored as number `n` is not zero. The levels are given row by row.
#[inline(always)]
pub(crate) fn nonzero(levels: [i16; 16]) -> u16 {
    let bytes = i8x16::from_i16x16_saturate(i16x16::new(levels));
    let mask = !bytes.simd_eq(i8x16::ZERO).to_bitmask();
    PATTERNS[0][(mask & 0xff) as usize] | PATTERNS[1][(mask >> 8 & 0xff) as usize]
}

#[cfg(test)]
mod tests {
    use super::{ZIGZAG, nonzero};

    #[test]
    fn each_place_has_its_bit() {
        for (index, place) in ZIGZAG.into_iter().enumerate() {
            for level in [-300, -1, 1, 256] {
                let mut levels = [0; 16];
                levels[usize::from(place)] = level;
                assert_eq!(nonzero(levels), 1 << index);
            }
        }
    }
}
