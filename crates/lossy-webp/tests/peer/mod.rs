//! The reference decoders libwebp and image-webp, and libwebp's encoder for comparison.
#![expect(unsafe_code, reason = "libwebp is a C library")]
#![allow(dead_code, reason = "each user takes a part of it")]

use std::io::Cursor;
use std::mem::MaybeUninit;
use std::{ptr, slice};

use image_webp::{UpsamplingMethod, WebPDecodeOptions, WebPDecoder};
use libwebp_sys::{
    WebPConfig, WebPDecodeYUV, WebPEncode, WebPMemoryWrite, WebPMemoryWriter,
    WebPMemoryWriterClear, WebPMemoryWriterInit, WebPPicture,
};

/// The planes that libwebp decodes.
///
/// # Panics
///
/// If the file cannot be decoded.
pub(crate) fn decode(file: &[u8]) -> [Vec<u8>; 3] {
    let (mut width, mut height, mut stride, mut chroma_stride) = (0, 0, 0, 0);
    let (mut blue, mut red) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the pointers are to the file, of this length, and to variables that outlive the call.
    let luma = unsafe {
        WebPDecodeYUV(
            file.as_ptr(),
            file.len(),
            &raw mut width,
            &raw mut height,
            &raw mut blue,
            &raw mut red,
            &raw mut stride,
            &raw mut chroma_stride,
        )
    };
    assert!(!luma.is_null(), "libwebp cannot decode the file");
    let rows = |plane: *const u8, width: i32, height: i32, stride: i32| -> Vec<u8> {
        let row = |y: i32| {
            let start = (y * stride).unsigned_abs() as usize;
            // SAFETY: the library has allocated this many rows of at least this width, with this stride.
            unsafe { slice::from_raw_parts(plane.add(start), width.unsigned_abs() as usize) }
        };
        (0..height).flat_map(row).copied().collect()
    };
    let half = |side: i32| (side + 1) / 2;
    let planes = [
        rows(luma, width, height, stride),
        rows(blue, half(width), half(height), chroma_stride),
        rows(red, half(width), half(height), chroma_stride),
    ];
    // SAFETY: the library has allocated all planes as one, which begins with luma, and they are not used again.
    unsafe { libwebp_sys::WebPFree(luma.cast()) };
    planes
}

/// The file that libwebp makes of planes of this size without padding.
///
/// # Panics
///
/// If it makes none.
#[inline(never)]
pub(crate) fn encode(planes: [&[u8]; 3], size: (u32, u32), quality: f32, method: i32) -> Vec<u8> {
    let mut config = WebPConfig::new().expect("the library has the version of its bindings");
    config.quality = quality;
    config.method = method;
    let mut picture = WebPPicture::new().expect("the library has the version of its bindings");
    (picture.width, picture.height) = (size.0.cast_signed(), size.1.cast_signed());
    picture.y_stride = picture.width;
    picture.uv_stride = (picture.width + 1) / 2;
    // The library only reads planes that it has not allocated itself.
    [picture.y, picture.u, picture.v] = planes.map(|plane| plane.as_ptr().cast_mut());
    let mut writer = MaybeUninit::<WebPMemoryWriter>::uninit();
    picture.writer = Some(WebPMemoryWrite);
    picture.custom_ptr = writer.as_mut_ptr().cast();
    // SAFETY: the writer is initialised before it is used and lives through the call, as do configuration and planes.
    // What it has written is copied before it is freed.
    unsafe {
        WebPMemoryWriterInit(writer.as_mut_ptr());
        assert!(
            WebPEncode(&raw const config, &raw mut picture) != 0,
            "libwebp encodes"
        );
        let written = writer.assume_init_ref();
        let file = slice::from_raw_parts(written.mem, written.size).to_vec();
        WebPMemoryWriterClear(writer.as_mut_ptr());
        file
    }
}

/// Red, green and blue that image-webp decodes, without interpolating chroma.
///
/// # Panics
///
/// If the file cannot be decoded.
pub(crate) fn decode_by_image_webp(file: &[u8]) -> Vec<u8> {
    let mut options = WebPDecodeOptions::default();
    options.lossy_upsampling = UpsamplingMethod::Simple;
    let decoder = WebPDecoder::new_with_options(Cursor::new(file), options);
    let mut decoder = decoder.expect("image-webp reads the file");
    let mut pixels = vec![
        0;
        decoder
            .output_buffer_size()
            .expect("the picture has a size")
    ];
    decoder
        .read_image(&mut pixels)
        .expect("image-webp decodes the file");
    pixels
}

/// Red, green and blue of planes, as both decoders convert them: products with 14 fractional bits, rounded down.
pub(crate) fn to_rgb(planes: &[Vec<u8>; 3], width: usize) -> Vec<u8> {
    let product = |value: u8, factor: i32| (i32::from(value) * factor) >> 8;
    let sample = |value: i32| (value >> 6).clamp(0, 255).to_le_bytes()[0];
    let pixel = |(index, luma): (usize, &u8)| {
        let at = index / width / 2 * width.div_ceil(2) + index % width / 2;
        let (y, u, v) = (product(*luma, 19_077), planes[1][at], planes[2][at]);
        [
            sample(y + product(v, 26_149) - 14_234),
            sample(y - product(u, 6_419) - product(v, 13_320) + 8_708),
            sample(y + product(u, 33_050) - 17_685),
        ]
    };
    planes[0].iter().enumerate().flat_map(pixel).collect()
}
