//! `ThumbHash` (Evan Wallace), from which a page draws a blurred placeholder.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{Pixels, area};

/// The longest side that the encoder gets. It accepts 100, but it keeps at most seven half-waves along a side. For
/// those, 64 pixels are plenty and take less than half the time.
const LONGEST_SIDE: usize = 64;

/// The hash in base64.
pub(super) fn thumbhash(pixels: Pixels<'_>) -> String {
    let (width, height) = fitted(pixels.width, pixels.height);
    let premultiplied: Vec<[f32; 4]> = pixels.rgba.iter().copied().map(premultiply).collect();
    let small = area::resample(
        &premultiplied,
        (pixels.width, pixels.height),
        (width, height),
    );
    let rgba: Vec<u8> = small.into_iter().flat_map(straight).collect();
    BASE64_STANDARD.encode(thumbhash::rgba_to_thumb_hash(width, height, &rgba))
}

fn fitted(width: usize, height: usize) -> (usize, usize) {
    let longest = width.max(height);
    if longest <= LONGEST_SIDE {
        return (width, height);
    }
    let scaled = |side: usize| (side * LONGEST_SIDE / longest).max(1);
    (scaled(width), scaled(height))
}

/// Weights colours by their opacity, so that invisible pixels do not bleed into their neighbours.
fn premultiply(pixel: [u8; 4]) -> [f32; 4] {
    let [red, green, blue, alpha] = pixel.map(f32::from);
    [
        red * alpha / 255.0,
        green * alpha / 255.0,
        blue * alpha / 255.0,
        alpha,
    ]
}

fn straight([red, green, blue, alpha]: [f32; 4]) -> [u8; 4] {
    if alpha <= 0.0 {
        return [0; 4];
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clipped to a byte's range"
    )]
    [
        red * 255.0 / alpha,
        green * 255.0 / alpha,
        blue * 255.0 / alpha,
        alpha,
    ]
    .map(|value| value.round().clamp(0.0, 255.0) as u8)
}
