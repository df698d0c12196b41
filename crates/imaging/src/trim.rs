//! Finds uniform borders, and the picture without them.

use crate::picture::Picture;
use crate::raster::{Model, Packed, Planar, Samples};
use crate::resize::Region;

/// The picture without the borders that have the colour of its top left pixel. Each sample may differ from it by the
/// tolerance. Nothing for a picture without such borders, and for one that is all border.
///
/// It looks at no pixel more than three times.
pub(crate) fn inside_borders(picture: &Picture, tolerance: u8) -> Option<Region> {
    let size = picture.size();
    let width = size.0 as usize;
    match picture {
        Picture::Planar(planes) => find(size, tolerance, |x, y| planar(planes, x, y)),
        Picture::Pixels(pixels) => find(size, tolerance, |x, y| {
            packed(pixels.model, |channel| {
                pixels.data[(y * width + x) * pixels.model.channels() + channel]
            })
        }),
        Picture::Deep(Packed { model, samples, .. }) => find(size, tolerance, |x, y| {
            packed(*model, |channel| {
                let at = (y * width + x) * model.channels() + channel;
                match samples {
                    Samples::U8(samples) => samples[at],
                    Samples::U16(samples) => samples[at].to_be_bytes()[0],
                }
            })
        }),
    }
}

/// A pixel as four numbers, which are equal for pixels that look equal.
type Look = [u8; 4];

fn planar(planes: &Planar, x: usize, y: usize) -> Look {
    let luma = planes.luma.data[y * planes.luma.width as usize + x];
    let Some(chroma) = &planes.chroma else {
        return [luma, 0, 0, 0];
    };
    let (across, down) = (planes.step.0 as usize, planes.step.1 as usize);
    let (width, height) = (chroma.width as usize, chroma.height as usize);
    let pair = (y / down).min(height - 1) * width + (x / across).min(width - 1);
    [luma, chroma.data[pair * 2], chroma.data[pair * 2 + 1], 0]
}

/// Colours are weighted by their alpha, so all transparent pixels look equal.
fn packed(model: Model, sample: impl Fn(usize) -> u8) -> Look {
    let colours = model.channels() - usize::from(model.has_alpha());
    let alpha = if model.has_alpha() {
        sample(colours)
    } else {
        u8::MAX
    };
    let mut look = [0, 0, 0, alpha];
    for (channel, look) in look.iter_mut().take(colours).enumerate() {
        let weighted = u16::from(sample(channel)) * u16::from(alpha) / u16::from(u8::MAX);
        *look = weighted.to_le_bytes()[0];
    }
    look
}

fn find(
    (width, height): (u32, u32),
    tolerance: u8,
    look: impl Fn(usize, usize) -> Look,
) -> Option<Region> {
    let (width, height) = (width as usize, height as usize);
    let border = look(0, 0);
    let stands_out = |x: usize, y: usize| {
        look(x, y)
            .iter()
            .zip(border)
            .any(|(sample, border)| sample.abs_diff(border) > tolerance)
    };
    let has_something = |y: &usize| (0..width).any(|x| stands_out(x, *y));
    let top = (0..height).find(has_something)?;
    let bottom = (top..height).rev().find(has_something)?;
    let (mut left, mut right) = (width - 1, 0);
    for y in top..=bottom {
        left = (0..left).find(|x| stands_out(*x, y)).unwrap_or(left);
        right = (right + 1..width)
            .rev()
            .find(|x| stands_out(*x, y))
            .unwrap_or(right);
    }
    let all = (left, top, right, bottom) == (0, 0, width - 1, height - 1);
    (!all).then_some(Region {
        left: left as f64,
        top: top as f64,
        width: (right + 1 - left) as f64,
        height: (bottom + 1 - top) as f64,
    })
}

#[cfg(test)]
mod tests {
    use super::inside_borders;
    use crate::picture::Picture;
    use crate::raster::{Model, Packed, Pixels8};
    use crate::resize::Region;

    fn grey(width: u32, height: u32, data: &[u8]) -> Picture {
        Picture::Pixels(Pixels8 {
            width,
            height,
            model: Model::Grey,
            data: data.to_vec(),
        })
    }

    fn region(left: f64, top: f64, width: f64, height: f64) -> Region {
        Region {
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn borders_end_where_the_first_pixel_stands_out() {
        let picture = grey(
            5,
            4,
            &[
                9, 9, 9, 9, 9, //
                9, 9, 9, 70, 9, //
                9, 60, 9, 12, 9, //
                9, 9, 9, 9, 9,
            ],
        );
        assert_eq!(
            inside_borders(&picture, 3),
            Some(region(1.0, 1.0, 3.0, 2.0))
        );
        // With less tolerance the result is the same; with more, only parts that differ more are kept.
        assert_eq!(
            inside_borders(&picture, 2),
            Some(region(1.0, 1.0, 3.0, 2.0))
        );
        assert_eq!(
            inside_borders(&picture, 55),
            Some(region(3.0, 1.0, 1.0, 1.0))
        );
    }

    #[test]
    fn a_single_pixel_in_a_corner_is_kept_alone() {
        let picture = grey(3, 2, &[9, 9, 9, 9, 9, 80]);
        assert_eq!(
            inside_borders(&picture, 0),
            Some(region(2.0, 1.0, 1.0, 1.0))
        );
    }

    #[test]
    fn nothing_is_taken_off_where_all_or_nothing_is_border() {
        assert_eq!(inside_borders(&grey(2, 2, &[7; 4]), 0), None);
        assert_eq!(inside_borders(&grey(2, 2, &[7, 99, 99, 7]), 0), None);
        assert_eq!(inside_borders(&grey(1, 1, &[7]), 0), None);
    }

    #[test]
    fn what_is_transparent_is_border_whatever_colour_it_hides() {
        let picture = Picture::Pixels(Pixels8 {
            width: 3,
            height: 1,
            model: Model::GreyAlpha,
            data: vec![0, 0, 255, 0, 255, 255],
        });
        assert_eq!(
            inside_borders(&picture, 0),
            Some(region(2.0, 0.0, 1.0, 1.0))
        );
    }

    #[test]
    fn samples_of_16_bits_are_compared_as_those_of_8() {
        let samples = vec![0x1000, 0x10FF, 0x1200];
        let picture = Picture::Deep(Packed::new16(3, 1, Model::Grey, samples));
        assert_eq!(
            inside_borders(&picture, 0),
            Some(region(2.0, 0.0, 1.0, 1.0))
        );
        assert_eq!(inside_borders(&picture, 2), None);
    }
}
