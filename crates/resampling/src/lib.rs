//! Samples of 8 or 16 bits in another size, by Lanczos3 and with vector instructions.
//!
//! `fast_image_resize` does the work. It is generic over pixels and views, so the compiler makes 4 MB of machine code of
//! it wherever it is called, which takes a minute. This crate is the one place where that happens: a change in `imaging`
//! does not compile it again.

mod region;

use std::f64::consts::PI;

use fast_image_resize::{
    Filter, FilterType, PixelTrait, ResizeAlg, ResizeOptions, Resizer,
    images::{TypedImage, TypedImageRef},
    pixels::{U8, U8x2, U8x3, U8x4, U16, U16x2, U16x3, U16x4},
};

pub use region::Region;

/// How long a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Samples of 8 bits.
    Eight,
    /// Samples of 16 bits, in the byte order of this machine.
    Sixteen,
}

/// A picture to take samples from.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The samples of each pixel side by side, row by row without gaps.
    pub samples: &'a [u8],
    /// Width and height in pixels.
    pub size: (u32, u32),
    /// Samples of each pixel, 1 to 4.
    pub channels: usize,
    /// How long a sample is.
    pub depth: Depth,
    /// Whether the last sample of a pixel is its alpha; it then weights the others.
    pub has_alpha: bool,
}

/// Resizes pictures. Its buffers are used again for each.
#[derive(Debug, Default)]
pub struct Resampler {
    resizer: Resizer,
}

impl Resampler {
    /// Fills `target`, a picture of `size` like the source, with a part of the source. A part of the same size is copied.
    ///
    /// # Panics
    ///
    /// In debug builds, where the buffers are not as long as the sizes say or the part is outside of the source. Release
    /// builds leave `target` as it is.
    pub fn resample(
        &mut self,
        source: Source<'_>,
        region: Region,
        target: &mut [u8],
        size: (u32, u32),
    ) {
        let run = match (source.depth, source.channels) {
            (Depth::Eight, 1) => Self::run::<U8>,
            (Depth::Eight, 2) => Self::run::<U8x2>,
            (Depth::Eight, 3) => Self::run::<U8x3>,
            (Depth::Eight, _) => Self::run::<U8x4>,
            (Depth::Sixteen, 1) => Self::run::<U16>,
            (Depth::Sixteen, 2) => Self::run::<U16x2>,
            (Depth::Sixteen, 3) => Self::run::<U16x3>,
            (Depth::Sixteen, _) => Self::run::<U16x4>,
        };
        let is_resampled = run(self, source, region, target, size);
        debug_assert!(
            is_resampled.is_some(),
            "{:?}: {region:?} to {size:?}",
            source.size
        );
    }

    fn run<P: PixelTrait>(
        &mut self,
        source: Source<'_>,
        region: Region,
        target: &mut [u8],
        size: (u32, u32),
    ) -> Option<()> {
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(filter(source, region, size)))
            .crop(region.left, region.top, region.width, region.height)
            .use_alpha(source.has_alpha);
        let view = TypedImageRef::<P>::from_buffer(source.size.0, source.size.1, source.samples);
        let mut resized = TypedImage::<P>::from_buffer(size.0, size.1, target).ok()?;
        self.resizer
            .resize_typed(&view.ok()?, &mut resized, &options)
            .ok()
    }
}

fn filter(source: Source<'_>, region: Region, size: (u32, u32)) -> FilterType {
    let scale = region.width / f64::from(size.0);
    // Only chroma planes are ever enlarged, and these as every JPEG decoder does it.
    if scale < 1.0 && f64::from(size.1) > region.height {
        return FilterType::Bilinear;
    }
    let is_single_byte = source.depth == Depth::Eight && source.channels == 1;
    lanczos3(scale, if is_single_byte { 8.0 } else { 4.0 }).unwrap_or(FilterType::Lanczos3)
}

/// The library's Lanczos3, where `scale` source pixels become one target pixel across. It is faster in two ways, neither
/// of which changes a sample:
///
/// - One sine instead of two: by the triple-angle formula the sine of the inner function is a polynomial of that of the
///   outer one. For the sizes at hand, sines are a tenth of resizing.
/// - Weights of nearly zero at both ends make the number of weights a multiple of `at_once`. The library's vector code
///   takes so many at once, and the rest one by one; with seven weights that would be all of them.
fn lanczos3(scale: f64, at_once: f64) -> Option<FilterType> {
    const SUPPORT: f64 = 3.0;
    /// Vanishes when weights are rounded, but is no zero, which the library would leave out.
    const NOTHING: f64 = 1e-12;
    fn weight(x: f64) -> f64 {
        if x == 0.0 {
            return 1.0;
        }
        if x.abs() >= SUPPORT {
            return NOTHING;
        }
        let angle = x * PI / SUPPORT;
        let sine = angle.sin();
        sine * sine * (3.0 - 4.0 * sine * sine) / (SUPPORT * angle * angle)
    }
    // A window of as many pixels less one reaches into as many.
    let scale = scale.max(1.0);
    let weights = at_once * ((2.0 * SUPPORT * scale + 1.0) / at_once).ceil();
    let support = (weights - 1.0) / 2.0 / scale;
    Filter::new("Lanczos3", weight, support)
        .ok()
        .map(FilterType::Custom)
}
