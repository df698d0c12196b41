//! An unsharp mask after resizing: it increases the difference of each pixel from its surroundings.

use crate::picture::Picture;
use crate::raster::{Model, to_sample};

/// Sharpens a picture of 8 bits. Strength 0 changes nothing; 1 adds the whole difference from the mean of the nine
/// pixels around.
pub(crate) fn sharpen(picture: Picture, strength: f32) -> Picture {
    if strength == 0.0 {
        return picture;
    }
    match picture {
        // Colour stays unchanged: the eye sees sharpness in luma, and sharpened chroma causes fringes.
        Picture::Planar(mut planes) => {
            planes.luma.data = mask(
                &planes.luma.data,
                planes.luma.width as usize,
                1,
                1,
                strength,
            );
            Picture::Planar(planes)
        }
        Picture::Pixels(mut pixels) => {
            let channels = pixels.model.channels();
            let colours = if pixels.model.has_alpha() {
                channels - 1
            } else {
                channels
            };
            debug_assert!(!matches!(pixels.model, Model::Cmyk | Model::Lab));
            pixels.data = mask(
                &pixels.data,
                pixels.width as usize,
                channels,
                colours,
                strength,
            );
            Picture::Pixels(pixels)
        }
        Picture::Deep(pixels) => Picture::Deep(pixels),
    }
}

/// Applies the mask with the weights 1 2 1 each way, in sixteenths.
fn mask(data: &[u8], width: usize, channels: usize, colours: usize, strength: f32) -> Vec<u8> {
    let stride = width * channels;
    let rows = data.len() / stride;
    let mut sharpened = data.to_vec();
    for y in 0..rows {
        let row = |index: usize| &data[index * stride..(index + 1) * stride];
        let (above, here, below) = (row(y.saturating_sub(1)), row(y), row((y + 1).min(rows - 1)));
        let column = |position: usize| {
            f32::from(above[position])
                + 2.0 * f32::from(here[position])
                + f32::from(below[position])
        };
        for x in 0..width {
            for channel in 0..colours {
                let at = |x: usize| x * channels + channel;
                let mean = (column(at(x.saturating_sub(1)))
                    + 2.0 * column(at(x))
                    + column(at((x + 1).min(width - 1))))
                    / 16.0;
                let value = f32::from(here[at(x)]);
                sharpened[y * stride + at(x)] = to_sample(value + strength * (value - mean));
            }
        }
    }
    sharpened
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn edges_are_steepened_and_flat_parts_and_alpha_are_left_alone() {
        let row = [100, 9, 100, 9, 100, 9, 150, 9, 150, 9, 150, 9];
        let sharpened = mask(&row, 6, 2, 1, 1.0);
        assert_eq!(sharpened, [100, 9, 100, 9, 88, 9, 163, 9, 150, 9, 150, 9]);
    }
}
