//! WebP decoding by libwebp.

use std::mem::MaybeUninit;
use std::ptr;

use libwebp_sys::{
    VP8StatusCode, WEBP_CSP_MODE, WebPDecoderConfig, WebPFreeDecBuffer, WebPIDecode, WebPIDelete,
    WebPIUpdate, WebPInitDecoderConfig,
};

use crate::raster::area;

/// The result of decoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Complete,
    /// The data is damaged or ends early. The pixels decoded before that are there; the others are 0.
    Damaged,
    /// Nothing was decoded.
    Failed,
}

/// How to decode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Dimensions to decode to.
    pub(crate) size: (u32, u32),
    /// Whether the library has to reduce the picture to this size.
    pub(crate) reduces: bool,
    /// Whether to return RGBA instead of RGB.
    pub(crate) has_alpha: bool,
    /// Whether the library may use a second thread of its own.
    pub(crate) threads: bool,
}

/// Decodes a still WebP to RGB or RGBA.
pub(crate) fn decode(webp: &[u8], settings: Settings) -> (Vec<u8>, Outcome) {
    let channels = if settings.has_alpha { 4 } else { 3 };
    let mut pixels = vec![0; area(settings.size.0, settings.size.1) * channels];
    let outcome = decode_into(&mut pixels, webp, settings).unwrap_or(Outcome::Failed);
    (pixels, outcome)
}

fn decode_into(pixels: &mut [u8], webp: &[u8], settings: Settings) -> Option<Outcome> {
    let Settings {
        size: (width, height),
        reduces,
        has_alpha,
        threads,
    } = settings;
    let stride = i32::try_from(width)
        .ok()?
        .checked_mul(if has_alpha { 4 } else { 3 })?;
    let mut config = MaybeUninit::<WebPDecoderConfig>::uninit();
    // SAFETY: the function writes all of the structure when it returns true, and only then is it taken as written.
    let mut config =
        unsafe { WebPInitDecoderConfig(config.as_mut_ptr()).then(|| config.assume_init()) }?;
    config.options.use_threads = i32::from(threads);
    config.options.use_scaling = i32::from(reduces);
    config.options.scaled_width = width.cast_signed();
    config.options.scaled_height = height.cast_signed();
    config.output.colorspace = if has_alpha {
        WEBP_CSP_MODE::MODE_RGBA
    } else {
        WEBP_CSP_MODE::MODE_RGB
    };
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = pixels.as_mut_ptr();
    config.output.u.RGBA.stride = stride;
    config.output.u.RGBA.size = pixels.len();
    // SAFETY: the output is external memory of the size given, which outlives the decoder, as does the input. The
    // incremental decoder keeps what it has decoded when the data ends early; it is deleted on every way out.
    unsafe {
        let decoder = WebPIDecode(ptr::null(), 0, &raw mut config);
        if decoder.is_null() {
            return None;
        }
        let status = WebPIUpdate(decoder, webp.as_ptr(), webp.len());
        WebPIDelete(decoder);
        WebPFreeDecBuffer(&raw mut config.output);
        Some(match status {
            VP8StatusCode::VP8_STATUS_OK => Outcome::Complete,
            VP8StatusCode::VP8_STATUS_SUSPENDED
            | VP8StatusCode::VP8_STATUS_NOT_ENOUGH_DATA
            | VP8StatusCode::VP8_STATUS_BITSTREAM_ERROR => Outcome::Damaged,
            _ => Outcome::Failed,
        })
    }
}
