//! Measures the pixels of a small preview.
//!
//! Everything is measured on one preview of about 256 pixels on its longer side. For every purpose of these facts the
//! result is the same as on the original, and it costs a few milliseconds. The same pixels give the same result.

mod area;
mod colour;
mod hash;
mod histogram;
mod likeness;
mod luma;
mod palette;
mod placeholder;

use contract::Derived;
use likeness::Likenesses;

/// Pixels as red, green, blue and straight alpha, row by row, in sRGB.
#[derive(Clone, Copy)]
struct Pixels<'a> {
    rgba: &'a [[u8; 4]],
    width: usize,
    height: usize,
}

/// Measures a preview: `rgba` has `width * height` pixels of four bytes, red, green, blue and straight alpha, row by
/// row from the top, in sRGB.
///
/// If the length differs, or there are no pixels, the result is empty.
#[must_use]
pub fn describe(rgba: &[u8], width: u32, height: u32) -> Derived {
    let Some(pixels) = Pixels::new(rgba, width, height) else {
        return Derived::default();
    };
    let luma = luma::on_white(pixels);
    let palette = palette::of(pixels);
    let likenesses = Likenesses::of(&luma);
    let core = likenesses.core();
    let [band1, band2, band3, band4] =
        core.map_or_else(Default::default, |core| core.bands().map(Some));
    Derived {
        thumbhash: Some(placeholder::thumbhash(pixels)),
        average_colour: colour::average(pixels).map(colour::hex),
        dominant_colour: palette.first().map(|swatch| swatch.colour.clone()),
        palette,
        perceptual_hash: Some(hash::difference(&luma)),
        likeness: core.map(String::from),
        likeness_band1: band1,
        likeness_band2: band2,
        likeness_band3: band3,
        likeness_band4: band4,
        likeness_crops: likenesses.crops(),
        entropy: Some(luma.entropy()),
        sharpness: luma.sharpness(),
        histogram: histogram::of(pixels),
    }
}

impl<'a> Pixels<'a> {
    fn new(rgba: &'a [u8], width: u32, height: u32) -> Option<Self> {
        let (width, height) = (usize::try_from(width).ok()?, usize::try_from(height).ok()?);
        let (rgba, left_over) = rgba.as_chunks();
        let complete = left_over.is_empty()
            && !rgba.is_empty()
            && width.checked_mul(height) == Some(rgba.len());
        complete.then_some(Self {
            rgba,
            width,
            height,
        })
    }

    /// The visible colours, each with its opacity, 1 to 255.
    fn visible(self) -> impl Iterator<Item = ([u8; 3], u8)> {
        self.rgba
            .iter()
            .filter(|pixel| pixel[3] > 0)
            .map(|&[red, green, blue, alpha]| ([red, green, blue], alpha))
    }
}

/// A measurement, rounded to the digits that mean something.
fn rounded(value: f64, decimals: i32) -> f64 {
    let scale = 10_f64.powi(decimals);
    (value * scale).round() / scale
}

#[cfg(test)]
mod tests;
