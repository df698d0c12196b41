//! Histograms of the three colours.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::Pixels;

const BINS: usize = 64;

/// 64 bins of red, then green, then blue, one byte each, in base64. The largest bin of all is 255.
/// `None` if nothing is visible.
///
/// As a text it is one column of 256 characters in the record. As three lists of numbers it would
/// be three times as long, with an index entry for each number.
pub(super) fn of(pixels: Pixels<'_>) -> Option<String> {
    let mut bins = [0_u64; 3 * BINS];
    for (colour, alpha) in pixels.visible() {
        for (channel, level) in colour.into_iter().enumerate() {
            bins[channel * BINS + usize::from(level) * BINS / 256] += u64::from(alpha);
        }
    }
    let largest = bins.iter().copied().max().filter(|&largest| largest > 0)?;
    let scaled = bins.map(|bin| u8::try_from((bin * 255).div_ceil(largest)).unwrap_or(u8::MAX));
    Some(BASE64_STANDARD.encode(scaled))
}
