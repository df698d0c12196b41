//! Draws a watermark over a picture.

use crate::presets::Watermark;
use crate::raster::{Model, Pixels8, to_sample};
use crate::resize::{Region, Scaler};

/// The distance of a watermark from the edges: the shorter side divided by this.
const MARGIN: u32 = 50;

/// Draws a watermark over a picture. It has the width that its preset says, but it is not enlarged, and never larger
/// than the picture.
pub(super) fn stamp(picture: Pixels8, watermark: &Watermark, scaler: &mut Scaler) -> Pixels8 {
    let model = if picture.model.has_alpha() {
        Model::RgbAlpha
    } else {
        Model::Rgb
    };
    let mut picture = picture.into_model(model);
    let whole = &watermark.mark.pixels;
    let room = (picture.width, picture.height);
    let size = size_of((whole.width, whole.height), room, watermark.scale);
    let region = Region::whole((whole.width.into(), whole.height.into()));
    let mark = scaler
        .pixels(whole, region, size)
        .into_model(Model::RgbAlpha);
    let (column, row) = watermark.position.column_and_row();
    let margin = room.0.min(room.1) / MARGIN;
    let left = place(column, room.0, size.0, margin) as usize;
    let top = place(row, room.1, size.1, margin) as usize;
    let channels = model.channels();
    let rows = picture.data.chunks_exact_mut(room.0 as usize * channels);
    for (row, mark) in rows
        .skip(top)
        .zip(mark.data.chunks_exact(size.0 as usize * 4))
    {
        let pixels = row[left * channels..].chunks_exact_mut(channels);
        for (pixel, mark) in pixels.zip(mark.as_chunks::<4>().0) {
            lay_over(pixel, *mark, watermark.opacity);
        }
    }
    picture
}

/// The size of a watermark in a picture of this size.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a side times a scale of at most 1 is a side"
)]
fn size_of((width, height): (u32, u32), room: (u32, u32), share: f32) -> (u32, u32) {
    let wanted = f64::from(room.0) * f64::from(share) / f64::from(width);
    let fitting = f64::from(room.1) / f64::from(height);
    let scale = wanted.min(fitting).min(1.0);
    let side = |side: u32| ((f64::from(side) * scale).round() as u32).max(1);
    (side(width).min(room.0), side(height).min(room.1))
}

/// Where a mark begins along a side: at its start, in its middle or at its end.
fn place(third: u32, room: u32, size: u32, margin: u32) -> u32 {
    let free = room - size;
    let margin = margin.min(free / 2);
    match third {
        0 => margin,
        1 => free / 2,
        _ => free - margin,
    }
}

/// Porter and Duff's “over” for colours that are not premultiplied.
fn lay_over(pixel: &mut [u8], [red, green, blue, alpha]: [u8; 4], opacity: f32) {
    let above = f32::from(alpha) / 255.0 * opacity;
    let below = match pixel.get(3) {
        None => 1.0 - above,
        Some(alpha) => f32::from(*alpha) / 255.0 * (1.0 - above),
    };
    let all = above + below;
    if all <= 0.0 {
        return;
    }
    for (sample, mark) in pixel.iter_mut().zip([red, green, blue]) {
        *sample = to_sample((f32::from(mark) * above + f32::from(*sample) * below) / all);
    }
    if let Some(alpha) = pixel.get_mut(3) {
        *alpha = to_sample(all * 255.0);
    }
}

#[cfg(test)]
mod tests {
    use super::{lay_over, place, size_of};

    #[test]
    fn a_mark_has_its_share_of_the_width_and_is_not_enlarged() {
        assert_eq!(size_of((400, 100), (1000, 800), 0.2), (200, 50));
        assert_eq!(size_of((40, 10), (1000, 800), 0.2), (40, 10));
        // A mark higher than the picture is made to fit, and its size is never zero.
        assert_eq!(size_of((100, 4000), (1000, 80), 1.0), (2, 80));
        assert_eq!(size_of((4000, 1), (10, 10), 0.01), (1, 1));
    }

    #[test]
    fn places_keep_a_margin_as_far_as_there_is_room() {
        assert_eq!([0, 1, 2].map(|third| place(third, 100, 20, 5)), [5, 40, 75]);
        assert_eq!([0, 1, 2].map(|third| place(third, 20, 18, 5)), [1, 1, 1]);
        assert_eq!([0, 1, 2].map(|third| place(third, 20, 20, 5)), [0, 0, 0]);
    }

    fn over(below: &[u8], mark: [u8; 4], opacity: f32) -> Vec<u8> {
        let mut pixel = below.to_vec();
        lay_over(&mut pixel, mark, opacity);
        pixel
    }

    #[test]
    fn colours_mix_by_opacity_and_alpha() {
        assert_eq!(
            over(&[100, 0, 200], [200, 200, 200, 255], 0.5),
            [150, 100, 200]
        );
        assert_eq!(over(&[100, 0, 200], [200, 200, 200, 0], 1.0), [100, 0, 200]);
        // Over a transparent pixel only the mark is visible, as far as it is opaque.
        assert_eq!(
            over(&[9, 9, 9, 0], [200, 100, 50, 255], 0.5),
            [200, 100, 50, 128]
        );
        assert_eq!(over(&[9, 9, 9, 0], [200, 100, 50, 0], 0.5), [9, 9, 9, 0]);
        assert_eq!(over(&[0, 0, 0, 128], [255, 255, 255, 255], 1.0), [255; 4]);
    }
}
