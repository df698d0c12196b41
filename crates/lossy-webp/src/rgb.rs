//! Converts red, green and blue to planes.

use crate::Error;
use crate::picture::PlanesBuf;

/// The number of fraction bits.
const FRACTION: u32 = 16;

impl PlanesBuf {
    /// Converts sRGB pixels of three samples each, row by row without padding. Chroma comes from the mean of four
    /// pixels.
    ///
    /// # Errors
    ///
    /// [`Error::Size`] and [`Error::Samples`].
    pub fn from_rgb(width: u32, height: u32, pixels: &[u8]) -> Result<Self, Error> {
        Self::from_pixels::<3>(width, height, pixels)
    }

    /// The same for pixels with a fourth sample, which is ignored.
    ///
    /// # Errors
    ///
    /// [`Error::Size`] and [`Error::Samples`].
    pub fn from_rgba(width: u32, height: u32, pixels: &[u8]) -> Result<Self, Error> {
        Self::from_pixels::<4>(width, height, pixels)
    }

    fn from_pixels<const CHANNELS: usize>(
        width: u32,
        height: u32,
        pixels: &[u8],
    ) -> Result<Self, Error> {
        Self::check_size(width, height)?;
        let (columns, rows) = (width as usize, height as usize);
        let pixels = pixels.as_chunks::<CHANNELS>().0;
        let pixels = pixels.get(..columns * rows).ok_or(Error::Samples)?;
        let mut planes = Self::new(width, height);
        for (luma, pixel) in planes.luma.iter_mut().zip(pixels) {
            *luma = luma_of(pixel);
        }
        let half = columns.div_ceil(2);
        let [blue, red] = &mut planes.chroma;
        let chroma = blue.chunks_exact_mut(half).zip(red.chunks_exact_mut(half));
        for ((blue, red), rows) in chroma.zip(pixels.chunks(2 * columns)) {
            let (upper, lower) = rows.split_at(columns);
            // On an odd side the last pixels count twice.
            let lower = if lower.is_empty() { upper } else { lower };
            for (index, (blue, red)) in blue.iter_mut().zip(red).enumerate() {
                let (left, right) = (2 * index, (2 * index + 1).min(columns - 1));
                let square = [upper[left], upper[right], lower[left], lower[right]];
                [*blue, *red] = chroma_of(&square);
            }
        }
        Ok(planes)
    }
}

/// The factors 0.257, 0.504 and 0.098 are BT.601 in the range of video.
fn luma_of<const CHANNELS: usize>(pixel: &[u8; CHANNELS]) -> u8 {
    let [red, green, blue] = [0, 1, 2].map(|channel| u32::from(pixel[channel]));
    let sum = 16_839 * red + 33_059 * green + 6_420 * blue;
    ((sum + (1 << (FRACTION - 1)) + (16 << FRACTION)) >> FRACTION).to_le_bytes()[0]
}

/// Blue and red chroma of four pixels. The sums are four times as large.
fn chroma_of<const CHANNELS: usize>(pixels: &[[u8; CHANNELS]; 4]) -> [u8; 2] {
    let sum = |channel: usize| {
        pixels
            .iter()
            .map(|pixel| i32::from(pixel[channel]))
            .sum::<i32>()
    };
    let [red, green, blue] = [0, 1, 2].map(sum);
    let centred = |sum: i32| {
        let rounded = sum + (1 << (FRACTION + 1)) + (128 << (FRACTION + 2));
        (rounded >> (FRACTION + 2)).clamp(0, 255).to_le_bytes()[0]
    };
    [
        centred(-9_719 * red - 19_081 * green + 28_800 * blue),
        centred(28_800 * red - 24_116 * green - 4_684 * blue),
    ]
}

#[cfg(test)]
mod tests {
    use crate::{Error, PlanesBuf};

    #[test]
    fn known_colours_come_out() {
        for (colour, expected) in [
            ([255, 255, 255], [235, 128, 128]),
            ([0, 0, 0], [16, 128, 128]),
            ([255, 0, 0], [82, 90, 240]),
            ([0, 0, 255], [41, 240, 110]),
        ] {
            let planes = PlanesBuf::from_rgb(3, 1, &colour.repeat(3)).unwrap();
            assert_eq!(planes.luma, [expected[0]; 3]);
            assert_eq!(planes.chroma, [[expected[1]; 2], [expected[2]; 2]]);
            let [red, green, blue] = colour;
            let with_fourth = PlanesBuf::from_rgba(3, 1, &[red, green, blue, 7].repeat(3)).unwrap();
            assert_eq!(with_fourth, planes);
        }
    }

    #[test]
    fn chroma_is_of_four_pixels() {
        let mut pixels = [[0, 0, 0]; 4];
        pixels[3] = [0, 0, 255];
        let planes = PlanesBuf::from_rgb(2, 2, pixels.as_flattened()).unwrap();
        assert_eq!(planes.chroma, [[156], [123]]);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(PlanesBuf::from_rgb(2, 2, &[0; 11]), Err(Error::Samples));
        let size = Error::Size {
            width: 0,
            height: 2,
        };
        assert_eq!(PlanesBuf::from_rgb(0, 2, &[]), Err(size));
    }
}
