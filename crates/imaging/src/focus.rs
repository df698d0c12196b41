//! Decides where a crop is made: around the point that the uploader names, in the middle, or at the region of highest
//! interest.

use crate::plan::Target;
use crate::presets::Focus;
use crate::raster::area;
use crate::render::Preview;
use crate::resize::Region;

/// A point of the displayed picture: 0 is the left and the top, 1 the right and the bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FocusPoint {
    /// From the left, 0 to 1.
    pub x: f64,
    /// From the top, 0 to 1.
    pub y: f64,
}

/// The point around which a rendition is cropped.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CropFocus {
    /// The given point, or the middle of the part that is shown.
    pub point: FocusPoint,
    /// Who chose it.
    pub from: FocusSource,
}

/// Who chose the point around which a rendition is cropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FocusSource {
    /// The preset: the middle.
    Centre,
    /// The preset: the region of highest interest.
    Attention,
    /// The uploader of the original.
    Uploader,
}

/// The point that a rendition was cropped around, if it was cropped. `shown` is the part of the displayed picture that
/// it shows.
pub(crate) fn crop_focus(
    target: &Target<'_>,
    shown: Region,
    displayed: (u32, u32),
    given: Option<FocusPoint>,
) -> Option<CropFocus> {
    if !target.is_cropped() {
        return None;
    }
    let middle = FocusPoint {
        x: (shown.left + shown.width / 2.0) / f64::from(displayed.0),
        y: (shown.top + shown.height / 2.0) / f64::from(displayed.1),
    };
    let (point, from) = match (given, target.preset.focus) {
        (Some(point), _) => (point, FocusSource::Uploader),
        (None, Focus::Centre) => (middle, FocusSource::Centre),
        (None, Focus::Attention) => (middle, FocusSource::Attention),
    };
    Some(CropFocus { point, from })
}

/// The part of a picture that the target shows, in pixels as displayed. A given point overrides the preset.
pub(crate) fn window(
    target: &Target<'_>,
    displayed: (u32, u32),
    preview: &Preview,
    given: Option<FocusPoint>,
) -> Region {
    let all = Region::whole((displayed.0.into(), displayed.1.into()));
    let frame = target.trimmed.unwrap_or(all);
    if !target.is_cropped() {
        return frame;
    }
    let size = (f64::from(target.size.0), f64::from(target.size.1));
    // How many pixels of the picture there are for one of the target.
    let scale = (frame.width / size.0).min(frame.height / size.1);
    let shown = (size.0 * scale, size.1 * scale);
    let room = (frame.width - shown.0, frame.height - shown.1);
    // The exact middle, even between two pixels of the target, because there is no pixel grid yet.
    let (mut left, mut top) = (room.0 / 2.0, room.1 / 2.0);
    if let Some(point) = given {
        let start = |middle: f64, shown: f64, room: f64| (middle - shown / 2.0).min(room).max(0.0);
        left = start(point.x * all.width - frame.left, shown.0, room.0);
        top = start(point.y * all.height - frame.top, shown.1, room.1);
    } else if target.preset.focus == Focus::Attention {
        let interest = Interest::within(frame, all, preview);
        // A crop that fills its box can move one way only, so interest is summed across the other way.
        if target.framed.0 > target.size.0 {
            let offset = best_offset(&interest.columns(), target.framed.0, target.size.0);
            left = (f64::from(offset) * scale).min(room.0);
        } else {
            let offset = best_offset(&interest.rows(), target.framed.1, target.size.1);
            top = (f64::from(offset) * scale).min(room.1);
        }
    }
    Region {
        left: frame.left + left,
        top: frame.top + top,
        width: shown.0,
        height: shown.1,
    }
}

/// The interest of each pixel in a part of the preview.
struct Interest {
    width: usize,
    pixels: Vec<f64>,
}

impl Interest {
    /// The part of the preview for this frame of the whole picture: every pixel of it that the frame touches.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "edges of a part of the preview are within it"
    )]
    fn within(frame: Region, all: Region, preview: &Preview) -> Self {
        let (width, height) = (preview.width as usize, preview.height as usize);
        let across = f64::from(preview.width) / all.width;
        let down = f64::from(preview.height) / all.height;
        let from = |start: f64, most: usize| (start.floor() as usize).min(most - 1);
        let to = |end: f64, most: usize| (end.ceil() as usize).clamp(1, most);
        let (left, top) = (
            from(frame.left * across, width),
            from(frame.top * down, height),
        );
        let right = to((frame.left + frame.width) * across, width);
        let bottom = to((frame.top + frame.height) * down, height);
        let rows = interest(preview);
        let rows = rows.chunks_exact(width).take(bottom).skip(top);
        Self {
            width: right - left,
            pixels: rows.flat_map(|row| &row[left..right]).copied().collect(),
        }
    }

    fn columns(&self) -> Vec<f64> {
        (0..self.width)
            .map(|x| self.pixels.iter().skip(x).step_by(self.width).sum())
            .collect()
    }

    fn rows(&self) -> Vec<f64> {
        let rows = self.pixels.chunks_exact(self.width);
        rows.map(|row| row.iter().sum()).collect()
    }
}

/// Slides a window of `size` along a side of `whole`, whose interest is given in as many strips as the preview has. Of
/// equal windows, the one nearest to the middle wins.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions along a side are positions along a side"
)]
fn best_offset(strips: &[f64], whole: u32, size: u32) -> u32 {
    let mut sums = vec![0.0];
    for strip in strips {
        sums.push(sums[sums.len() - 1] + strip);
    }
    let strips_per_pixel = strips.len() as f64 / f64::from(whole);
    let up_to = |position: u32| {
        let position = f64::from(position) * strips_per_pixel;
        let index = (position as usize).min(strips.len() - 1);
        sums[index] + (sums[index + 1] - sums[index]) * (position - index as f64)
    };
    let room = whole - size;
    let middle = room / 2;
    let tolerance = sums[strips.len()] * 1e-9;
    let mut best = (middle, up_to(middle + size) - up_to(middle));
    for distance in 1..=room - middle {
        for offset in [middle.checked_sub(distance), Some(middle + distance)]
            .into_iter()
            .flatten()
        {
            let found = up_to(offset + size) - up_to(offset);
            if found > best.1 + tolerance {
                best = (offset, found);
            }
        }
    }
    best.0
}

/// The interest of each pixel of the preview: edges, saturation and skin, weighted as in smartcrop.js.
fn interest(preview: &Preview) -> Vec<f64> {
    const EDGE: f64 = 0.2;
    const SATURATION: f64 = 0.1;
    const SKIN: f64 = 1.8;
    let (width, height) = (preview.width as usize, preview.height as usize);
    let luma: Vec<f64> = preview.rgba.chunks_exact(4).map(luma).collect();
    let mut interest = Vec::with_capacity(area(preview.width, preview.height));
    for (index, pixel) in preview.rgba.chunks_exact(4).enumerate() {
        let (x, y) = (index % width, index / width);
        let at = |x: usize, y: usize| luma[y.min(height - 1) * width + x.min(width - 1)];
        let neighbours =
            at(x.saturating_sub(1), y) + at(x + 1, y) + at(x, y.saturating_sub(1)) + at(x, y + 1);
        let edge = (4.0 * luma[index] - neighbours).abs() / 4.0;
        let visible = f64::from(pixel[3]) / 255.0;
        interest.push(
            visible
                * (EDGE * edge
                    + SATURATION * saturation(pixel, luma[index])
                    + SKIN * skin(pixel, luma[index])),
        );
    }
    interest
}

fn luma(pixel: &[u8]) -> f64 {
    (0.2126 * f64::from(pixel[0]) + 0.7152 * f64::from(pixel[1]) + 0.0722 * f64::from(pixel[2]))
        / 255.0
}

/// How saturated a pixel is beyond the usual level of photos. Deep shadow and glare do not count.
fn saturation(pixel: &[u8], luma: f64) -> f64 {
    const ORDINARY: f64 = 0.4;
    let [red, green, blue] = [0, 1, 2].map(|channel| f64::from(pixel[channel]) / 255.0);
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    let lightness = f64::midpoint(most, least);
    let range = most - least;
    let saturation = if range == 0.0 {
        0.0
    } else {
        range / (1.0 - (2.0 * lightness - 1.0).abs()).max(range)
    };
    if (0.05..=0.9).contains(&luma) {
        ((saturation - ORDINARY) / (1.0 - ORDINARY)).max(0.0)
    } else {
        0.0
    }
}

/// How near the direction of a pixel's colour is to that of skin, whatever its brightness.
fn skin(pixel: &[u8], luma: f64) -> f64 {
    const SKIN: [f64; 3] = [0.78, 0.57, 0.44];
    const NEAR: f64 = 0.8;
    let colour = [0, 1, 2].map(|channel| f64::from(pixel[channel]));
    let length = colour.iter().map(|value| value * value).sum::<f64>().sqrt();
    if length == 0.0 || !(0.2..=1.0).contains(&luma) {
        return 0.0;
    }
    let distance = colour
        .iter()
        .zip(SKIN)
        .map(|(value, skin)| (value / length - skin).powi(2))
        .sum::<f64>()
        .sqrt();
    ((1.0 - distance - NEAR) / (1.0 - NEAR)).max(0.0)
}

#[cfg(test)]
mod tests {
    use super::{best_offset, interest};
    use crate::render::Preview;

    #[test]
    fn the_window_slides_to_the_interest_and_stays_in_the_middle_without_any() {
        assert_eq!(best_offset(&[0.0; 10], 100, 40), 30);
        assert_eq!(
            best_offset(&[5.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], 100, 40),
            0
        );
        assert_eq!(
            best_offset(&[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 5.0], 100, 40),
            60
        );
    }

    #[test]
    fn edges_saturation_and_skin_are_of_interest_and_flat_grey_is_not() {
        let preview = |rgba: &[u8]| Preview {
            width: 1,
            height: 1,
            rgba: rgba.to_vec(),
        };
        let of = |rgba: &[u8]| interest(&preview(rgba))[0];
        assert!(of(&[128, 128, 128, 255]) < 1e-9);
        assert!(of(&[220, 30, 30, 255]) > 0.0);
        assert!(of(&[224, 172, 138, 255]) > of(&[220, 30, 30, 255]));
        assert!(of(&[224, 172, 138, 0]) < 1e-9);
    }
}
