//! Blocks of samples, and the order in which their coefficients are stored.

use wide::{i16x8, u8x16, u16x8};

/// How many samples a block has across, and down.
pub(super) const SIDE: usize = 8;
/// How many samples a block has.
pub(super) const AREA: usize = SIDE * SIDE;
/// How many blocks are transformed at once.
pub(super) const AT_ONCE: usize = 8;

/// The row-by-row position of each coefficient of a block, in the order in which they are stored (ITU-T T.81, figure
/// A.6).
pub(super) const ZIGZAG: [u8; AREA] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// Separates columns: the eight values of each lane, as bytes. A value outside the range of a byte becomes the nearest
/// byte.
#[inline]
pub(super) fn lanes_of(columns: [i16x8; SIDE]) -> [[u8; SIDE]; AT_ONCE] {
    let lanes = u16x8::transpose(columns.map(bytemuck::cast)).map(bytemuck::cast::<_, i16x8>);
    let pairs: [u8x16; AT_ONCE / 2] =
        std::array::from_fn(|pair| u8x16::narrow_i16x8(lanes[2 * pair], lanes[2 * pair + 1]));
    bytemuck::cast(pairs)
}

#[cfg(test)]
mod tests {
    use super::{AT_ONCE, SIDE, ZIGZAG, lanes_of};

    #[test]
    fn lanes_are_columns_turned() {
        let columns = std::array::from_fn(|column| {
            let lane = |lane: usize| i16::try_from(40 * column + lane).unwrap() - 20;
            wide::i16x8::new(std::array::from_fn(lane))
        });
        let lanes = lanes_of(columns);
        for (column, lane) in
            (0..SIDE).flat_map(|column| (0..AT_ONCE).map(move |lane| (column, lane)))
        {
            let expected = (40 * column + lane).saturating_sub(20).min(255);
            assert_eq!(usize::from(lanes[lane][column]), expected);
        }
    }

    #[test]
    fn the_order_goes_along_every_diagonal() {
        let mut seen = ZIGZAG;
        seen.sort_unstable();
        assert!(
            seen.iter()
                .enumerate()
                .all(|(index, place)| index == usize::from(*place))
        );
        for pair in ZIGZAG.windows(2) {
            let diagonal = |place: u8| place / 8 + place % 8;
            assert!(diagonal(pair[1]) - diagonal(pair[0]) <= 1);
        }
    }
}
