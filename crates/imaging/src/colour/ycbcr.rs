//! Converts JFIF's YCbCr (ITU-T T.871, section 7) to RGB and back.

use crate::raster::{Model, Pixels8, Planar, Plane};

/// Fraction bits of the fixed-point weights.
const FRACTION: u32 = 14;
const HALF: i32 = 1 << (FRACTION - 1);

/// Converts luma and the same number of chroma pairs, over the full range, to RGB.
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

/// Converts grey to luma alone, and RGB to planes with chroma at half the size each way. Each chroma sample is the mean
/// of its pixels.
pub(crate) fn from_pixels(pixels: &Pixels8) -> Planar {
    let (width, height) = (pixels.width, pixels.height);
    let plane = |width, height, data| Plane {
        width,
        height,
        data,
    };
    let (luma, chroma) = if pixels.model == Model::Grey {
        (pixels.data.clone(), None)
    } else {
        let (luma, pairs) = from_rgb(&pixels.data, width as usize);
        let pairs = plane(width.div_ceil(2), height.div_ceil(2), pairs);
        (luma, Some(pairs))
    };
    Planar {
        width,
        height,
        luma: plane(width, height, luma),
        chroma,
        step: (2, 2),
    }
}

/// Luma, and a pair of chroma for each square of four pixels. On an odd side the last pixels count twice.
fn from_rgb(rgb: &[u8], width: usize) -> (Vec<u8>, Vec<u8>) {
    let mut luma = Vec::with_capacity(rgb.len() / 3);
    let mut pairs = Vec::with_capacity(rgb.len() / 6 + width);
    for rows in rgb.chunks(width * 3 * 2) {
        for pixel in rows.as_chunks::<3>().0 {
            let [red, green, blue] = pixel.map(i32::from);
            // 0.299, 0.587 and 0.114.
            luma.push(clamp(4_899 * red + 9_617 * green + 1_868 * blue));
        }
        let (upper, lower) = rows.split_at(width * 3);
        let lower = if lower.is_empty() { upper } else { lower };
        for (upper, lower) in upper.chunks(6).zip(lower.chunks(6)) {
            let sum = |channel: usize| -> i32 {
                [upper, lower]
                    .map(|row| i32::from(row[channel]) + i32::from(row[row.len() - 3 + channel]))
                    .iter()
                    .sum()
            };
            let [red, green, blue] = [0, 1, 2].map(sum);
            // 0.168736, 0.331264 and 0.5; 0.5, 0.418688 and 0.081312. The sums are of four pixels.
            pairs.push(centred(-2_765 * red - 5_427 * green + 8_192 * blue));
            pairs.push(centred(8_192 * red - 6_860 * green - 1_332 * blue));
        }
    }
    (luma, pairs)
}

/// A quarter of a fixed-point number, moved to the middle of the range.
fn centred(fixed: i32) -> u8 {
    clamp(fixed / 4 + (128 << FRACTION))
}

fn clamp(fixed: i32) -> u8 {
    ((fixed + HALF) >> FRACTION).clamp(0, 255).to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::{from_rgb, to_rgb};

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

    #[test]
    fn colours_go_there_and_back() {
        // Squares of two by two pixels, and an incomplete last column and row.
        let colours = [[255, 0, 0], [0, 255, 0], [0, 0, 255], [200, 150, 100]];
        let row = |left: [u8; 3], right: [u8; 3]| [left, left, right].concat();
        let rgb = [
            row(colours[0], colours[1]),
            row(colours[0], colours[1]),
            row(colours[2], colours[3]),
        ]
        .concat();
        let (luma, pairs) = from_rgb(&rgb, 3);
        assert_eq!((luma.len(), pairs.len()), (9, 8));
        for (colour, (at, pair)) in colours.iter().zip([(0, 0), (2, 1), (6, 2), (8, 3)]) {
            let back = to_rgb(&luma[at..=at], &pairs[2 * pair..2 * pair + 2]);
            assert!(
                back.iter().zip(colour).all(|(a, b)| a.abs_diff(*b) <= 1),
                "{back:?} is not {colour:?}"
            );
        }
    }
}
