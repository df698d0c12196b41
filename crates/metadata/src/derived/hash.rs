//! A 64-bit perceptual hash: the difference hash, dHash (Neal Krawetz, "Kind of Like That").

use super::{area, luma::Luma};

const WIDTH: usize = 8;
const HEIGHT: usize = 8;

/// The hash as 16 hexadecimal digits: the picture is reduced to nine by eight greys, with one bit
/// for each pair of neighbours in a row, from the top left. The bit is set if the right pixel is
/// brighter.
///
/// Pictures that differ in size, quality or a little colour differ in few bits; a picture without
/// any difference, such as a plain colour, is all zeros.
pub(super) fn difference(luma: &Luma) -> String {
    let plane: Vec<[f32; 1]> = luma
        .levels
        .iter()
        .map(|&level| [f32::from(level)])
        .collect();
    let small = area::resample(&plane, (luma.width, luma.height), (WIDTH + 1, HEIGHT));
    let pairs = small.chunks_exact(WIDTH + 1).flat_map(|row| row.windows(2));
    let bits = pairs.fold(0_u64, |bits, pair| {
        bits << 1 | u64::from(brightens(pair[0], pair[1]))
    });
    format!("{bits:016x}")
}

/// Whether the right pixel is brighter by more than a thousandth of a level, so that rounding
/// errors do not count.
fn brightens([left]: [f32; 1], [right]: [f32; 1]) -> bool {
    right - left > 1e-3
}
