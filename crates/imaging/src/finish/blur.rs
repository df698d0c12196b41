//! A Gaussian blur, first one way and then the other, with colours weighted by their alpha.

use crate::budget::Meter;
use crate::picture::Picture;
use crate::raster::{Pixels8, Plane};
use crate::refusal::Refusal;

/// Blurs a picture of 8 bits. A deviation of 0 changes nothing.
pub(super) fn blur(
    picture: Picture,
    deviation: f32,
    meter: &Meter<'_>,
) -> Result<Picture, Refusal> {
    if deviation == 0.0 {
        return Ok(picture);
    }
    let kernel = kernel(deviation);
    Ok(match picture {
        Picture::Planar(mut planes) => {
            blur_plane(&mut planes.luma, 1, &kernel, meter)?;
            if let Some(chroma) = &mut planes.chroma {
                // Chroma has half the size.
                blur_plane(chroma, 2, &self::kernel(deviation / 2.0), meter)?;
            }
            Picture::Planar(planes)
        }
        Picture::Pixels(mut pixels) => {
            let (width, channels) = (pixels.width as usize, pixels.model.channels());
            let samples = smooth(weighted(&pixels), width, channels, &kernel, meter)?;
            pixels.data = unweighted(&pixels, &samples);
            Picture::Pixels(pixels)
        }
        deep @ Picture::Deep(_) => deep,
    })
}

fn blur_plane(
    plane: &mut Plane,
    channels: usize,
    kernel: &[f32],
    meter: &Meter<'_>,
) -> Result<(), Refusal> {
    let samples = plane.data.iter().map(|sample| widen(*sample)).collect();
    let samples = smooth(samples, plane.width as usize, channels, kernel, meter)?;
    plane.data = samples.into_iter().map(narrow).collect();
    Ok(())
}

/// The weights of the pixels around one, with a sum of 1. Beyond three deviations lies only a four-hundredth of the
/// total.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a deviation is bounded by the presets"
)]
fn kernel(deviation: f32) -> Vec<f32> {
    let reach = (3.0 * deviation).ceil() as i16;
    let weight = |distance: i16| (-0.5 * (f32::from(distance) / deviation).powi(2)).exp();
    let weights: Vec<f32> = (-reach..=reach).map(weight).collect();
    let sum: f32 = weights.iter().sum();
    weights.into_iter().map(|weight| weight / sum).collect()
}

/// Samples of 16 bits, with colours multiplied by their alpha. 8 bits would lose the colours of nearly transparent
/// pixels.
fn weighted(pixels: &Pixels8) -> Vec<u16> {
    let channels = pixels.model.channels();
    if !pixels.model.has_alpha() {
        return pixels.data.iter().map(|sample| widen(*sample)).collect();
    }
    let weighted = pixels.data.chunks_exact(channels).flat_map(|pixel| {
        let alpha = pixel[channels - 1];
        pixel.iter().enumerate().map(move |(channel, sample)| {
            if channel == channels - 1 {
                widen(alpha)
            } else {
                let weighted = u32::from(*sample) * u32::from(alpha) * 257 / 255;
                u16::try_from(weighted).unwrap_or(u16::MAX)
            }
        })
    });
    weighted.collect()
}

fn unweighted(pixels: &Pixels8, samples: &[u16]) -> Vec<u8> {
    let channels = pixels.model.channels();
    if !pixels.model.has_alpha() {
        return samples.iter().map(|sample| narrow(*sample)).collect();
    }
    let unweighted = samples.chunks_exact(channels).flat_map(|pixel| {
        let alpha = u32::from(pixel[channels - 1]);
        pixel.iter().enumerate().map(move |(channel, sample)| {
            if channel == channels - 1 || alpha == 0 {
                return narrow(*sample);
            }
            let colour = (u32::from(*sample) * 255 + alpha / 2) / alpha;
            u8::try_from(colour).unwrap_or(u8::MAX)
        })
    });
    unweighted.collect()
}

fn widen(sample: u8) -> u16 {
    u16::from(sample) * 257
}

fn narrow(sample: u16) -> u8 {
    u8::try_from((u32::from(sample) + 128) / 257).unwrap_or(u8::MAX)
}

/// The mean of the pixels around each pixel, weighted by a kernel, along rows and then along columns. Beyond an edge
/// its last pixel is repeated.
fn smooth(
    mut samples: Vec<u16>,
    width: usize,
    channels: usize,
    kernel: &[f32],
    meter: &Meter<'_>,
) -> Result<Vec<u16>, Refusal> {
    let (stride, reach) = (width * channels, kernel.len() / 2);
    let mut sums = vec![0.0_f32; stride];
    let mut extended = Vec::with_capacity(stride + 2 * reach * channels);
    for row in samples.chunks_exact_mut(stride) {
        meter.check()?;
        extend(&mut extended, row, channels, reach);
        sums.fill(0.0);
        for (offset, weight) in kernel.iter().enumerate() {
            add(&mut sums, &extended[offset * channels..], *weight);
        }
        put(row, &sums);
    }
    let rows = samples.len() / stride;
    let mut smoothed = vec![0; samples.len()];
    for (y, row) in smoothed.chunks_exact_mut(stride).enumerate() {
        meter.check()?;
        sums.fill(0.0);
        for (offset, weight) in kernel.iter().enumerate() {
            let from = (y + offset).saturating_sub(reach).min(rows - 1);
            add(&mut sums, &samples[from * stride..], *weight);
        }
        put(row, &sums);
    }
    Ok(smoothed)
}

/// A row with its first and its last pixel repeated beyond its ends.
fn extend(extended: &mut Vec<u16>, row: &[u16], channels: usize, reach: usize) {
    extended.clear();
    for _ in 0..reach {
        extended.extend_from_slice(&row[..channels]);
    }
    extended.extend_from_slice(row);
    for _ in 0..reach {
        extended.extend_from_slice(&row[row.len() - channels..]);
    }
}

fn add(sums: &mut [f32], samples: &[u16], weight: f32) {
    for (sum, sample) in sums.iter_mut().zip(samples) {
        *sum += f32::from(*sample) * weight;
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mean of samples is one, but for rounding, and the conversion stays within 16 bits"
)]
fn put(row: &mut [u16], sums: &[f32]) {
    for (sample, sum) in row.iter_mut().zip(sums) {
        *sample = (sum + 0.5) as u16;
    }
}

#[cfg(test)]
mod tests {
    use super::{blur, kernel};
    use crate::budget::unlimited;
    use crate::picture::Picture;
    use crate::raster::{Model, Pixels8};

    fn blurred(width: u32, model: Model, data: &[u8], deviation: f32) -> Vec<u8> {
        let height = u32::try_from(data.len() / model.channels()).expect("small") / width;
        let picture = Picture::Pixels(Pixels8 {
            width,
            height,
            model,
            data: data.to_vec(),
        });
        match blur(picture, deviation, &unlimited()).expect("time enough") {
            Picture::Pixels(pixels) => pixels.data,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn one_bright_pixel_becomes_a_bell() {
        let mut data = [0; 81];
        data[40] = 255;
        let blurred = blurred(9, Model::Grey, &data, 1.0);
        // 255 / 2π, times e to the power of -1/2, -1 and -2.
        assert_eq!(
            (blurred[40], blurred[41], blurred[50], blurred[42]),
            (41, 25, 15, 5)
        );
        let turned: Vec<u8> = blurred.iter().rev().copied().collect();
        assert_eq!(blurred, turned);
    }

    #[test]
    fn what_is_flat_stays_as_it_is_up_to_its_edges() {
        for deviation in [0.3, 1.0, 7.5] {
            let flat = [[200, 3, 77]; 20].concat();
            assert_eq!(blurred(5, Model::Rgb, &flat, deviation), flat);
        }
    }

    #[test]
    fn colours_that_are_transparent_do_not_show() {
        let row = [[255, 255], [255, 255], [0, 0], [0, 0]].concat();
        let blurred = blurred(4, Model::GreyAlpha, &row, 1.0);
        let (colours, alphas): (Vec<u8>, Vec<u8>) = blurred
            .chunks_exact(2)
            .map(|pixel| (pixel[0], pixel[1]))
            .unzip();
        assert_eq!(colours, [255; 4]);
        assert!(
            alphas.is_sorted_by(|left, right| left > right),
            "{alphas:?}"
        );
    }

    #[test]
    fn the_kernel_is_one_together_and_has_its_deviation() {
        for deviation in [0.3_f32, 2.0, 50.0] {
            let kernel = kernel(deviation);
            let sum: f32 = kernel.iter().sum();
            assert!((sum - 1.0).abs() < 1e-5);
            let reach = (kernel.len() / 2) as f32;
            let variance: f32 = (0_u16..)
                .zip(&kernel)
                .map(|(index, weight)| weight * (f32::from(index) - reach).powi(2))
                .sum();
            if deviation >= 1.0 {
                assert!(
                    (variance.sqrt() / deviation - 1.0).abs() < 0.02,
                    "{variance}"
                );
            }
        }
    }
}
