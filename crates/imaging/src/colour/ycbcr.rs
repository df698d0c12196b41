//! JFIF's YCbCr (ITU-T T.871, section 7) to RGB.

/// Bits behind the point of the fixed-point weights.
const FRACTION: u32 = 14;
const HALF: i32 = 1 << (FRACTION - 1);

/// Converts luma and as many pairs of chroma, over the full range, to RGB.
pub(crate) fn to_rgb(luma: &[u8], chroma: &[u8]) -> Vec<u8> {
    let mut rgb = vec![0; luma.len() * 3];
    for (pixel, (&luma, chroma)) in rgb
        .chunks_exact_mut(3)
        .zip(luma.iter().zip(chroma.chunks_exact(2)))
    {
        let (luma, cb, cr) = (
            i32::from(luma) << FRACTION,
            i32::from(chroma[0]) - 128,
            i32::from(chroma[1]) - 128,
        );
        // 1.402, 0.344136, 0.714136 and 1.772, times two to the power of the fraction.
        pixel[0] = clamp(luma + 22_970 * cr);
        pixel[1] = clamp(luma - 5_638 * cb - 11_700 * cr);
        pixel[2] = clamp(luma + 29_032 * cb);
    }
    rgb
}

fn clamp(fixed: i32) -> u8 {
    ((fixed + HALF) >> FRACTION).clamp(0, 255).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::to_rgb;

    #[test]
    fn known_colours_come_out() {
        // White, black, red, green and blue as JFIF codes them.
        let rgb = to_rgb(
            &[255, 0, 76, 150, 29],
            &[128, 128, 128, 128, 85, 255, 44, 21, 255, 107],
        );
        assert_eq!(
            rgb,
            [255, 255, 255, 0, 0, 0, 254, 0, 0, 0, 255, 1, 0, 0, 254]
        );
    }
}
