//! WebP encoding by libwebp.

use std::ffi::c_int;
use std::{ptr, slice};

use libwebp_sys::{
    WebPConfig, WebPEncode, WebPEncodingError, WebPMemoryWrite, WebPMemoryWriter,
    WebPMemoryWriterClear, WebPMemoryWriterInit, WebPPicture, WebPPictureFree,
    WebPPictureImportRGB, WebPPictureImportRGBA, WebPValidateConfig,
};

use crate::budget::Meter;
use crate::raster::{Model, Pixels8, area};

/// How to encode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// 1 to 100. In lossless encoding it means how hard the encoder tries.
    pub(crate) quality: u8,
    /// 0 to 6.
    pub(crate) method: u8,
    pub(crate) lossless: bool,
    /// Whether the library may use a second thread of its own.
    pub(crate) threads: bool,
}

/// A failure of the library: its error code.
#[derive(Debug, thiserror::Error)]
#[error("libwebp failed: {0:?}")]
pub(crate) struct Failure(WebPEncodingError);

impl Failure {
    pub(super) const OUT_OF_MEMORY: Self = Self(WebPEncodingError::VP8_ENC_ERROR_OUT_OF_MEMORY);
    pub(super) const BAD_SETTINGS: Self =
        Self(WebPEncodingError::VP8_ENC_ERROR_INVALID_CONFIGURATION);
}

/// Encodes RGB or RGBA pixels. The caller must convert grey before.
pub(crate) fn encode_pixels(
    pixels: &Pixels8,
    settings: Settings,
    meter: &Meter<'_>,
) -> Result<Vec<u8>, Failure> {
    let config = config(settings)?;
    let mut picture = Picture::import(pixels, settings.lossless)?;
    picture.encode(&config, meter)
}

/// Three planes without padding, chroma half as wide and high as luma. Their range is that of video: 16 to 235 for
/// luma, 16 to 240 for chroma.
pub(crate) struct Planes<'a> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) luma: &'a [u8],
    pub(crate) chroma: [&'a [u8]; 2],
}

/// Encodes planes as they are.
pub(crate) fn encode_planes(
    planes: &Planes<'_>,
    settings: Settings,
    meter: &Meter<'_>,
) -> Result<Vec<u8>, Failure> {
    let config = config(settings)?;
    let chroma_size = (planes.width.div_ceil(2), planes.height.div_ceil(2));
    let chroma_length = area(chroma_size.0, chroma_size.1);
    if planes.luma.len() != area(planes.width, planes.height)
        || planes
            .chroma
            .iter()
            .any(|plane| plane.len() != chroma_length)
    {
        return Err(Failure::BAD_SETTINGS);
    }
    let mut picture = Picture::new(planes.width, planes.height)?;
    // The library only reads the planes of a picture that it did not allocate itself.
    picture.0.y = planes.luma.as_ptr().cast_mut();
    picture.0.u = planes.chroma[0].as_ptr().cast_mut();
    picture.0.v = planes.chroma[1].as_ptr().cast_mut();
    picture.0.y_stride = planes.width.cast_signed();
    picture.0.uv_stride = chroma_size.0.cast_signed();
    picture.encode(&config, meter)
}

pub(super) fn config(settings: Settings) -> Result<WebPConfig, Failure> {
    let mut config = WebPConfig::new().map_err(|()| Failure::BAD_SETTINGS)?;
    config.quality = f32::from(settings.quality);
    config.method = c_int::from(settings.method);
    config.lossless = c_int::from(settings.lossless);
    config.thread_level = c_int::from(settings.threads);
    // SAFETY: the pointer is to a whole configuration, which is only read.
    if unsafe { WebPValidateConfig(&raw const config) } == 0 {
        Err(Failure::BAD_SETTINGS)
    } else {
        Ok(config)
    }
}

/// A picture of the library. The memory that the library allocated for it is freed when it is dropped.
pub(super) struct Picture(pub(super) WebPPicture);

impl Picture {
    fn new(width: u32, height: u32) -> Result<Self, Failure> {
        let mut picture = WebPPicture::new().map_err(|()| Failure::BAD_SETTINGS)?;
        picture.width = width.cast_signed();
        picture.height = height.cast_signed();
        Ok(Self(picture))
    }

    /// Copies the pixels into a picture: unchanged for a lossless encoder, converted to planes for a lossy one.
    pub(super) fn import(pixels: &Pixels8, as_argb: bool) -> Result<Self, Failure> {
        let channels = pixels.model.channels();
        let mut picture = Self::new(pixels.width, pixels.height)?;
        picture.0.use_argb = c_int::from(as_argb);
        let import = match pixels.model {
            Model::Rgb => WebPPictureImportRGB,
            Model::RgbAlpha => WebPPictureImportRGBA,
            _ => return Err(Failure::BAD_SETTINGS),
        };
        let stride =
            c_int::try_from(pixels.width as usize * channels).map_err(|_| Failure::BAD_SETTINGS)?;
        // SAFETY: the picture is initialised with the size of these pixels, whose rows lie at this stride; the library
        // copies them.
        let imported = unsafe { import(&raw mut picture.0, pixels.data.as_ptr(), stride) };
        if imported == 0 {
            Err(Failure::OUT_OF_MEMORY)
        } else {
            Ok(picture)
        }
    }

    fn encode(&mut self, config: &WebPConfig, meter: &Meter<'_>) -> Result<Vec<u8>, Failure> {
        let mut writer = Writer::new();
        self.0.writer = Some(WebPMemoryWrite);
        self.0.custom_ptr = (&raw mut *writer.0).cast();
        self.0.progress_hook = Some(go_on);
        self.0.user_data = (&raw const *meter).cast_mut().cast();
        // SAFETY: configuration and picture are initialised, the picture's planes are live, the writer that the
        // callback gets lives in its box until after the call, and so does the meter that the other one gets.
        let encoded = unsafe { WebPEncode(config, &raw mut self.0) };
        self.0.progress_hook = None;
        self.0.user_data = ptr::null_mut();
        if encoded == 0 {
            Err(Failure(self.0.error_code))
        } else {
            Ok(writer.bytes())
        }
    }
}

/// Tells the library whether to continue. The library asks from time to time on the thread that called it, and gives up
/// if the answer is 0.
extern "C" fn go_on(_percent: c_int, picture: *const WebPPicture) -> c_int {
    // SAFETY: the library hands over the picture that is being encoded, or a copy of it, whose user data is the meter
    // that `encode` has put there and that outlives the call.
    let meter = unsafe { (*picture).user_data.cast::<Meter<'_>>().as_ref() };
    c_int::from(meter.is_none_or(|meter| !meter.is_spent()))
}

impl Drop for Picture {
    fn drop(&mut self) {
        // SAFETY: the picture is initialised; the library frees only what it has allocated itself.
        unsafe { WebPPictureFree(&raw mut self.0) };
    }
}

/// The library's growing buffer, boxed because the library keeps its address.
struct Writer(Box<WebPMemoryWriter>);

impl Writer {
    fn new() -> Self {
        let mut writer = Box::new(WebPMemoryWriter {
            mem: ptr::null_mut(),
            size: 0,
            max_size: 0,
            pad: [0],
        });
        // SAFETY: the pointer is to a whole structure.
        unsafe { WebPMemoryWriterInit(&raw mut *writer) };
        Self(writer)
    }

    fn bytes(&self) -> Vec<u8> {
        if self.0.mem.is_null() {
            return Vec::new();
        }
        // SAFETY: the library has written `size` bytes at `mem`, which stays allocated until the writer is dropped.
        unsafe { slice::from_raw_parts(self.0.mem, self.0.size) }.to_vec()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // SAFETY: the structure is initialised, and the buffer is not used again.
        unsafe { WebPMemoryWriterClear(&raw mut *self.0) };
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use libwebp_sys::WebPEncodingError;

    use super::{Settings, encode_pixels};
    use crate::budget::{Budget, unlimited};
    use crate::raster::{Model, Pixels8};

    #[test]
    fn an_encoder_stops_when_the_time_is_up() {
        let pixels = Pixels8 {
            width: 64,
            height: 64,
            model: Model::Rgb,
            data: vec![7; 64 * 64 * 3],
        };
        let spent = Budget::new(Duration::ZERO).account();
        for lossless in [false, true] {
            let settings = Settings {
                quality: 80,
                method: 2,
                lossless,
                threads: false,
            };
            let failure = encode_pixels(&pixels, settings, &spent.meter()).unwrap_err();
            assert_eq!(failure.0, WebPEncodingError::VP8_ENC_ERROR_USER_ABORT);
            assert!(encode_pixels(&pixels, settings, &unlimited()).is_ok());
        }
    }
}
