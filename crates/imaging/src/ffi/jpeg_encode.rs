//! JPEG encoding by libjpeg-turbo, through the few lines of C beside this file.

use std::ffi::{CStr, c_char, c_int, c_uint};
use std::ptr;

use turbojpeg_sys as raw;

/// Longest message of the library, in bytes.
const MAX_MESSAGE: usize = 200;

/// A failure of the library, in its own words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

/// How to encode.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// 1 to 100.
    pub(crate) quality: u8,
    /// 0 is baseline, 1 optimises the Huffman tables, 2 is progressive as well.
    pub(crate) effort: u8,
}

/// Samples of 8 bits, without padding.
pub(crate) enum Samples<'a> {
    /// Luma alone.
    Grey(&'a [u8]),
    /// Red, green and blue of each pixel.
    Rgb(&'a [u8]),
    /// Luma, and Cb and Cr at half its width and height, rounded up.
    YCbCr([&'a [u8]; 3]),
}

/// `struct darkroom_picture` of the C file.
#[repr(C)]
struct Picture {
    planes: [*const u8; 3],
    width: c_uint,
    height: c_uint,
    components: c_int,
    is_packed: c_int,
}

unsafe extern "C" {
    fn darkroom_jpeg_encode(
        picture: *const Picture,
        quality: c_int,
        effort: c_int,
        jpeg: *mut u8,
        capacity: usize,
        message: *mut c_char,
    ) -> usize;
}

/// Encodes a picture; a colourful one as 4:2:0.
pub(crate) fn encode(
    samples: &Samples<'_>,
    (width, height): (u32, u32),
    settings: Settings,
) -> Result<Vec<u8>, Failure> {
    let none = ptr::null();
    let (planes, components, is_packed) = match samples {
        Samples::Grey(luma) => ([luma.as_ptr(), none, none], 1, false),
        Samples::Rgb(pixels) => ([pixels.as_ptr(), none, none], 3, true),
        Samples::YCbCr(planes) => (planes.map(<[u8]>::as_ptr), 3, false),
    };
    if width == 0 || height == 0 || !samples.are_of(width as usize, height as usize) {
        return Err(Failure(format!("these are not {width}×{height} pixels")));
    }
    let picture = Picture {
        planes,
        width,
        height,
        components,
        is_packed: is_packed.into(),
    };
    let mut jpeg = Vec::with_capacity(most_bytes(width, height)?);
    let mut message = [0; MAX_MESSAGE];
    // SAFETY: the planes have as many samples as the picture says, which was checked above, and are only read. At most
    // `capacity` bytes are written to the buffer, and at most the library's JMSG_LENGTH_MAX to the message.
    let length = unsafe {
        darkroom_jpeg_encode(
            &raw const picture,
            settings.quality.into(),
            settings.effort.into(),
            jpeg.as_mut_ptr(),
            jpeg.capacity(),
            message.as_mut_ptr(),
        )
    };
    if length == 0 {
        // SAFETY: the library ends its message with a zero.
        let message = unsafe { CStr::from_ptr(message.as_ptr()) };
        return Err(Failure(message.to_string_lossy().into_owned()));
    }
    // SAFETY: the function has written as many bytes as it says.
    unsafe { jpeg.set_len(length) };
    jpeg.shrink_to_fit();
    Ok(jpeg)
}

/// The most bytes that a 4:2:0 JPEG of this size can have. Memory that is not written to is never there.
fn most_bytes(width: u32, height: u32) -> Result<usize, Failure> {
    // SAFETY: the function only computes with its arguments.
    let most = unsafe {
        raw::tj3JPEGBufSize(
            width.cast_signed(),
            height.cast_signed(),
            raw::TJSAMP_TJSAMP_420,
        )
    };
    usize::try_from(most)
        .ok()
        .filter(|most| *most > 0)
        .ok_or_else(|| Failure("a picture of this size has no JPEG".to_owned()))
}

impl Samples<'_> {
    /// Whether there are as many as a picture of this size has.
    fn are_of(&self, width: usize, height: usize) -> bool {
        match self {
            Self::Grey(luma) => luma.len() == width * height,
            Self::Rgb(pixels) => pixels.len() == width * height * 3,
            Self::YCbCr([luma, chroma @ ..]) => {
                let pairs = width.div_ceil(2) * height.div_ceil(2);
                luma.len() == width * height && chroma.iter().all(|plane| plane.len() == pairs)
            }
        }
    }
}
