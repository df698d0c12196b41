//! Reads and writes animated WebP with libwebp.

use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::{ptr, slice};

use libwebp_sys::{
    WEBP_CSP_MODE, WEBP_MUX_ABI_VERSION, WebPAnimDecoder, WebPAnimDecoderDelete,
    WebPAnimDecoderGetInfo, WebPAnimDecoderGetNext, WebPAnimDecoderNew, WebPAnimDecoderOptions,
    WebPAnimDecoderOptionsInit, WebPAnimEncoder, WebPAnimEncoderAdd, WebPAnimEncoderAssemble,
    WebPAnimEncoderDelete, WebPAnimEncoderNewInternal, WebPAnimEncoderOptions,
    WebPAnimEncoderOptionsInitInternal, WebPAnimInfo, WebPConfig, WebPData, WebPDataClear,
};

use super::webp_encode::{Failure, Picture, Settings, config};
use crate::raster::{Pixels8, area};

/// The frames of an animated WebP, each covering the whole canvas.
pub(crate) struct Frames<'a> {
    decoder: *mut WebPAnimDecoder,
    canvas: usize,
    last_timestamp: i32,
    original: PhantomData<&'a [u8]>,
}

impl<'a> Frames<'a> {
    /// Opens an animation whose canvas has this size, or nothing if it is damaged.
    pub(crate) fn open(webp: &'a [u8], (width, height): (u32, u32)) -> Option<Self> {
        let data = WebPData {
            bytes: webp.as_ptr(),
            size: webp.len(),
        };
        let mut options = MaybeUninit::<WebPAnimDecoderOptions>::uninit();
        // SAFETY: the options are taken as written only when the function says so. The decoder keeps a pointer to the
        // file, which outlives it by the lifetime of this structure.
        let decoder = unsafe {
            if WebPAnimDecoderOptionsInit(options.as_mut_ptr()) == 0 {
                return None;
            }
            let mut options = options.assume_init();
            options.color_mode = WEBP_CSP_MODE::MODE_RGBA;
            WebPAnimDecoderNew(&raw const data, &raw const options)
        };
        if decoder.is_null() {
            return None;
        }
        let frames = Self {
            decoder,
            canvas: area(width, height) * 4,
            last_timestamp: 0,
            original: PhantomData,
        };
        let mut info = WebPAnimInfo::default();
        // SAFETY: the decoder is live, and the pointer is to a whole structure.
        let known = unsafe { WebPAnimDecoderGetInfo(decoder, &raw mut info) } != 0;
        (known && (info.canvas_width, info.canvas_height) == (width, height)).then_some(frames)
    }

    /// The next frame as RGBA, and how long it is shown, in milliseconds; nothing after the last or if the data is
    /// damaged.
    pub(crate) fn next(&mut self) -> Option<(&[u8], u32)> {
        let mut pixels = ptr::null_mut();
        let mut timestamp = 0;
        // SAFETY: the decoder is live, and both pointers are to locals. On success the buffer is the decoder's canvas
        // of RGBA, valid until the next call, which the borrow of self rules out.
        let pixels = unsafe {
            if WebPAnimDecoderGetNext(self.decoder, &raw mut pixels, &raw mut timestamp) == 0 {
                return None;
            }
            slice::from_raw_parts(pixels, self.canvas)
        };
        let shown = u32::try_from(timestamp - self.last_timestamp).unwrap_or_default();
        self.last_timestamp = timestamp;
        Some((pixels, shown))
    }
}

impl Drop for Frames<'_> {
    fn drop(&mut self) {
        // SAFETY: the decoder is live and not used again.
        unsafe { WebPAnimDecoderDelete(self.decoder) };
    }
}

/// An animated WebP that is being written.
pub(crate) struct Encoder {
    encoder: *mut WebPAnimEncoder,
    config: WebPConfig,
    timestamp: i32,
}

impl Encoder {
    /// Begins an animation of this size that plays this many times; 0 means forever.
    pub(crate) fn new(
        (width, height): (u32, u32),
        plays: u32,
        settings: Settings,
    ) -> Result<Self, Failure> {
        let config = config(settings)?;
        let mut options = MaybeUninit::<WebPAnimEncoderOptions>::uninit();
        let version = WEBP_MUX_ABI_VERSION.cast_signed();
        // SAFETY: the options are taken as written only when the function says so, and are only read after that.
        let encoder = unsafe {
            if WebPAnimEncoderOptionsInitInternal(options.as_mut_ptr(), version) == 0 {
                return Err(Failure::BAD_SETTINGS);
            }
            let mut options = options.assume_init();
            options.anim_params.loop_count = i32::try_from(plays).unwrap_or_default();
            WebPAnimEncoderNewInternal(
                width.cast_signed(),
                height.cast_signed(),
                &raw const options,
                version,
            )
        };
        if encoder.is_null() {
            Err(Failure::OUT_OF_MEMORY)
        } else {
            Ok(Self {
                encoder,
                config,
                timestamp: 0,
            })
        }
    }

    /// Adds a frame, RGB or RGBA of the animation's size, shown for this many milliseconds.
    pub(crate) fn add(&mut self, frame: &Pixels8, shown_ms: u32) -> Result<(), Failure> {
        let mut picture = Picture::import(frame, true)?;
        // SAFETY: encoder, picture and configuration are live; the library copies what it keeps.
        let added = unsafe {
            WebPAnimEncoderAdd(
                self.encoder,
                &raw mut picture.0,
                self.timestamp,
                &raw const self.config,
            )
        };
        self.timestamp = self.timestamp.saturating_add_unsigned(shown_ms);
        if added == 0 {
            Err(Failure::OUT_OF_MEMORY)
        } else {
            Ok(())
        }
    }

    /// Ends the animation and returns its file.
    pub(crate) fn finish(self) -> Result<Vec<u8>, Failure> {
        let mut data = WebPData::default();
        // SAFETY: a null frame marks the end, at the time when the last one stops being shown. The data is the
        // library's own allocation, copied and then freed by it.
        unsafe {
            let ended =
                WebPAnimEncoderAdd(self.encoder, ptr::null_mut(), self.timestamp, ptr::null());
            if ended == 0 || WebPAnimEncoderAssemble(self.encoder, &raw mut data) == 0 {
                return Err(Failure::OUT_OF_MEMORY);
            }
            let file = slice::from_raw_parts(data.bytes, data.size).to_vec();
            WebPDataClear(&mut data);
            Ok(file)
        }
    }
}

impl Drop for Encoder {
    fn drop(&mut self) {
        // SAFETY: the encoder is live and not used again.
        unsafe { WebPAnimEncoderDelete(self.encoder) };
    }
}
