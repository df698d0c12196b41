//! JPEG decoding by libjpeg-turbo's TurboJPEG 3 API.
//!
//! The safe crate `turbojpeg` does not distinguish a warning from a failure, and cannot return planes without a copy,
//! so decoding calls the library itself. Encoding uses the safe crate.

use std::ffi::{CStr, c_int};
use std::ops::RangeInclusive;
use std::ptr;

use turbojpeg::raw;

use crate::raster::{Planar, Plane, area, pair};

/// The number of scans after which a file is given up. Real ones have about ten; a file made to waste time has
/// hundreds, each of which costs a pass over all pixels. Nothing can stop the library while it works, so a large
/// picture may have fewer.
const MAX_SCANS: RangeInclusive<u32> = 20..=100;

/// The pixels of all scans together up to which there may be more than the minimum number of scans.
const SCANNED_PIXELS: u64 = 1_000_000_000;

/// The memory in MiB that libjpeg may allocate. It holds the coefficients of a progressive file, two bytes a sample.
const MAX_MEMORY_MIB: c_int = 1024;

/// A failure of the library, in its own words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Failure(String);

/// The library's warning about damaged data, for which it returned pixels nevertheless.
pub(crate) type Remark = Option<String>;

/// A decoder that has read the header of one file.
pub(crate) struct Decoder<'a> {
    handle: Handle,
    jpeg: &'a [u8],
    width: u32,
    height: u32,
    subsampling: c_int,
}

impl<'a> Decoder<'a> {
    pub(crate) fn open(jpeg: &'a [u8]) -> Result<Self, Failure> {
        let handle = Handle::new()?;
        // Profiles are read elsewhere; the library would keep a copy of each segment.
        handle.set(raw::TJPARAM_TJPARAM_SAVEMARKERS, 0)?;
        handle.set(raw::TJPARAM_TJPARAM_MAXMEMORY, MAX_MEMORY_MIB)?;
        // SAFETY: the handle is live, and the pointer and length are those of one slice.
        let status =
            unsafe { raw::tj3DecompressHeader(handle.0, jpeg.as_ptr(), jpeg.len() as raw::size_t) };
        handle.check(status)?;
        let side = |parameter| {
            u32::try_from(handle.get(parameter))
                .ok()
                .filter(|side| *side > 0)
        };
        let (width, height) = side(raw::TJPARAM_TJPARAM_JPEGWIDTH)
            .zip(side(raw::TJPARAM_TJPARAM_JPEGHEIGHT))
            .ok_or_else(|| Failure("there is no image in it".to_owned()))?;
        handle.set(
            raw::TJPARAM_TJPARAM_SCANLIMIT,
            max_scans(width, height).cast_signed(),
        )?;
        let subsampling = handle.get(raw::TJPARAM_TJPARAM_SUBSAMP);
        Ok(Self {
            handle,
            jpeg,
            width,
            height,
            subsampling,
        })
    }

    /// Dimensions as stored, unscaled.
    pub(crate) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Sets the size of the decoded picture, in eighths of its full size.
    pub(crate) fn scale(&mut self, eighths: u32) -> Result<(), Failure> {
        let divisor = 1 << eighths.trailing_zeros().min(3);
        let factor = raw::tjscalingfactor {
            num: (eighths / divisor).cast_signed(),
            denom: (8 / divisor).cast_signed(),
        };
        // SAFETY: the handle is live; the factor is passed by value.
        let status = unsafe { raw::tj3SetScalingFactor(self.handle.0, factor) };
        self.handle.check(status).map(drop)?;
        self.width = (self.width * eighths).div_ceil(8);
        self.height = (self.height * eighths).div_ceil(8);
        Ok(())
    }

    /// Whether [`Decoder::planes`] supports the sampling factors.
    pub(crate) fn has_planes(&self) -> bool {
        self.subsampling >= 0
    }

    /// How many luma samples a chroma sample stands for, across and down.
    fn chroma_step(&self) -> (u32, u32) {
        match self.subsampling {
            raw::TJSAMP_TJSAMP_422 => (2, 1),
            raw::TJSAMP_TJSAMP_420 => (2, 2),
            raw::TJSAMP_TJSAMP_440 => (1, 2),
            raw::TJSAMP_TJSAMP_411 => (4, 1),
            raw::TJSAMP_TJSAMP_441 => (1, 4),
            _ => (1, 1),
        }
    }

    /// Decodes to luma and chroma planes, without converting or enlarging anything.
    pub(crate) fn planes(&self) -> Result<(Planar, Remark), Failure> {
        let is_grey = self.subsampling == raw::TJSAMP_TJSAMP_GRAY;
        let mut luma = self.plane(0)?;
        let mut chroma = if is_grey {
            None
        } else {
            Some([self.plane(1)?, self.plane(2)?])
        };
        let mut pointers = [luma.data.as_mut_ptr(), ptr::null_mut(), ptr::null_mut()];
        if let Some([cb, cr]) = &mut chroma {
            pointers[1] = cb.data.as_mut_ptr();
            pointers[2] = cr.data.as_mut_ptr();
        }
        // SAFETY: each pointer is to a plane of the size that the library gives for this header and scale; without
        // strides the rows lie without padding, as they are allocated. A grey image has the one plane.
        let status = unsafe {
            raw::tj3DecompressToYUVPlanes8(
                self.handle.0,
                self.jpeg.as_ptr(),
                self.jpeg.len() as raw::size_t,
                pointers.as_mut_ptr(),
                ptr::null_mut(),
            )
        };
        let remark = self.handle.check(status)?;
        let chroma = chroma.map(|[cb, cr]| Plane {
            data: pair(&cb.data, &cr.data),
            ..cb
        });
        Ok((
            Planar {
                width: self.width,
                height: self.height,
                luma,
                chroma,
                step: self.chroma_step(),
            },
            remark,
        ))
    }

    fn plane(&self, component: c_int) -> Result<Plane, Failure> {
        let no_plane = || Failure("its sampling factors are not supported".to_owned());
        // SAFETY: both functions only compute with their arguments.
        let (width, height) = unsafe {
            (
                raw::tj3YUVPlaneWidth(component, self.width.cast_signed(), self.subsampling),
                raw::tj3YUVPlaneHeight(component, self.height.cast_signed(), self.subsampling),
            )
        };
        let width = u32::try_from(width).map_err(|_| no_plane())?;
        let height = u32::try_from(height).map_err(|_| no_plane())?;
        if width == 0 || height == 0 {
            return Err(no_plane());
        }
        Ok(Plane {
            width,
            height,
            data: vec![0; area(width, height)],
        })
    }

    /// Decodes to grey.
    pub(crate) fn grey(&self) -> Result<(Vec<u8>, Remark), Failure> {
        self.packed(raw::TJPF_TJPF_GRAY, 1)
    }

    /// Decodes to RGB.
    pub(crate) fn rgb(&self) -> Result<(Vec<u8>, Remark), Failure> {
        self.packed(raw::TJPF_TJPF_RGB, 3)
    }

    /// Decodes to four inks as stored. YCCK is converted.
    pub(crate) fn cmyk(&self) -> Result<(Vec<u8>, Remark), Failure> {
        self.packed(raw::TJPF_TJPF_CMYK, 4)
    }

    fn packed(&self, format: raw::TJPF, channels: usize) -> Result<(Vec<u8>, Remark), Failure> {
        let mut pixels = vec![0; area(self.width, self.height) * channels];
        // SAFETY: the buffer has as many bytes as the scaled picture in this pixel format; a pitch of 0 is one without
        // padding.
        let status = unsafe {
            raw::tj3Decompress8(
                self.handle.0,
                self.jpeg.as_ptr(),
                self.jpeg.len() as raw::size_t,
                pixels.as_mut_ptr(),
                0,
                format,
            )
        };
        Ok((pixels, self.handle.check(status)?))
    }
}

/// How many scans a picture of this size may have.
fn max_scans(width: u32, height: u32) -> u32 {
    let pixels = u64::from(width) * u64::from(height);
    u32::try_from(SCANNED_PIXELS / pixels.max(1))
        .unwrap_or(u32::MAX)
        .clamp(*MAX_SCANS.start(), *MAX_SCANS.end())
}

/// An instance of the library, closed when dropped.
struct Handle(raw::tjhandle);

impl Handle {
    fn new() -> Result<Self, Failure> {
        // SAFETY: the call takes no pointer.
        let handle = Self(unsafe { raw::tj3Init(raw::TJINIT_TJINIT_DECOMPRESS.cast_signed()) });
        if handle.0.is_null() {
            Err(Failure("no decoder can be created".to_owned()))
        } else {
            Ok(handle)
        }
    }

    fn set(&self, parameter: raw::TJPARAM, value: c_int) -> Result<(), Failure> {
        // SAFETY: the handle is live.
        self.check(unsafe { raw::tj3Set(self.0, parameter.cast_signed(), value) })
            .map(drop)
    }

    fn get(&self, parameter: raw::TJPARAM) -> c_int {
        // SAFETY: the handle is live.
        unsafe { raw::tj3Get(self.0, parameter.cast_signed()) }
    }

    /// A warning is a remark about pixels that exist. Anything else except success is a failure.
    fn check(&self, status: c_int) -> Result<Remark, Failure> {
        if status == 0 {
            return Ok(None);
        }
        // SAFETY: the handle is live, and the text is the library's own and terminated; it is copied before the next
        // call could change it.
        let (code, text) = unsafe {
            (
                raw::tj3GetErrorCode(self.0),
                CStr::from_ptr(raw::tj3GetErrorStr(self.0))
                    .to_string_lossy()
                    .into_owned(),
            )
        };
        if code == raw::TJERR_TJERR_WARNING.cast_signed() {
            Ok(Some(text))
        } else {
            Err(Failure(text))
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the handle is live or null, and is not used again.
        unsafe { raw::tj3Destroy(self.0) };
    }
}
