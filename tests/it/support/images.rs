//! Small real images.

use image::{
    ExtendedColorType, ImageEncoder,
    codecs::jpeg::JpegEncoder,
    codecs::png::{CompressionType, FilterType, PngEncoder},
};

/// A JPEG of smooth colours; another seed is another picture.
pub(crate) fn jpeg(width: u32, height: u32, seed: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, 85)
        .write_image(
            &pixels(width, height, seed),
            width,
            height,
            ExtendedColorType::Rgb8,
        )
        .expect("pixels and size agree");
    bytes
}

/// A PNG of smooth colours.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes)
        .write_image(
            &pixels(width, height, 0),
            width,
            height,
            ExtendedColorType::Rgb8,
        )
        .expect("pixels and size agree");
    bytes
}

/// A PNG of noise, which no encoder makes small: three bytes a pixel.
pub(crate) fn noise(width: u32, height: u32) -> Vec<u8> {
    let mut state = 0x9E37_79B9_u32;
    let mut random = || {
        // Xorshift, by Marsaglia.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    let pixels: Vec<u8> = (0..width * height * 3).map(|_| random()).collect();
    let mut bytes = Vec::new();
    PngEncoder::new_with_quality(
        &mut bytes,
        CompressionType::Uncompressed,
        FilterType::NoFilter,
    )
    .write_image(&pixels, width, height, ExtendedColorType::Rgb8)
    .expect("pixels and size agree");
    bytes
}

fn pixels(width: u32, height: u32, seed: u8) -> Vec<u8> {
    let ramp = |position: u32, length: u32| {
        u8::try_from(position * 255 / length).expect("a position is within its length")
    };
    (0..height)
        .flat_map(|y| {
            (0..width).flat_map(move |x| [ramp(x, width), ramp(y, height), seed.wrapping_mul(31)])
        })
        .collect()
}
