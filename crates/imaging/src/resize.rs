//! Resizing with Lanczos3 (`fast_image_resize`, vectorised), colours weighted by their alpha.

use std::f64::consts::PI;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{Filter, FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};

use crate::colour::ycbcr;
use crate::raster::{Model, Packed, Pixels8, Planar, Plane, Samples, area};

/// A part of a picture, in its pixels; the edges need not fall on whole ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Region {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) width: f64,
    pub(crate) height: f64,
}

impl Region {
    pub(crate) fn whole((width, height): (f64, f64)) -> Self {
        Self {
            left: 0.0,
            top: 0.0,
            width,
            height,
        }
    }

    /// The same part of a picture of another scale, kept inside its bounds.
    pub(crate) fn scaled(self, (x, y): (f64, f64), bounds: (u32, u32)) -> Self {
        let (right_bound, bottom_bound) = (f64::from(bounds.0), f64::from(bounds.1));
        let left = (self.left * x).clamp(0.0, right_bound - 1.0);
        let top = (self.top * y).clamp(0.0, bottom_bound - 1.0);
        let width = (self.width * x).min(right_bound - left);
        let height = (self.height * y).min(bottom_bound - top);
        Self {
            left,
            top,
            width,
            height,
        }
    }

    /// The same part, told from the corner of a larger one.
    pub(crate) fn within(self, larger: Self) -> Self {
        Self {
            left: self.left - larger.left,
            top: self.top - larger.top,
            ..self
        }
    }

    /// Its size in whole pixels.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a part of a picture is no larger than that"
    )]
    pub(crate) fn rounded_size(self) -> (u32, u32) {
        let side = |side: f64| (side.round() as u32).max(1);
        (side(self.width), side(self.height))
    }

    /// The region from which a picture of this size is made: one of as many pixels is moved onto whole ones, so that they
    /// are copied and not mixed.
    pub(crate) fn to_make(self, size: (u32, u32)) -> Self {
        let (width, height) = (f64::from(size.0), f64::from(size.1));
        if (self.width - width).abs() >= 0.5 || (self.height - height).abs() >= 0.5 {
            return self;
        }
        Self {
            left: self.left.floor(),
            top: self.top.floor(),
            width,
            height,
        }
    }

    fn is_all_of(self, size: (u32, u32)) -> bool {
        self == Self::whole((f64::from(size.0), f64::from(size.1)))
    }
}

/// A resizer with its buffers, which are used again for every step.
#[derive(Default)]
pub(crate) struct Scaler {
    resizer: Resizer,
}

impl Scaler {
    /// Resizes pixels of any model that are not needed any more. What is to stay as it is is handed back.
    pub(crate) fn packed_owned(
        &mut self,
        source: Packed,
        region: Region,
        size: (u32, u32),
    ) -> Packed {
        if size == (source.width, source.height) && region.is_all_of(size) {
            return source;
        }
        self.packed(&source, region, size)
    }

    /// Resizes pixels of any model.
    pub(crate) fn packed(&mut self, source: &Packed, region: Region, size: (u32, u32)) -> Packed {
        let (width, height, model) = (size.0, size.1, source.model);
        let length = area(width, height) * model.channels();
        let from = (source.width, source.height);
        let samples = match &source.samples {
            Samples::U8(samples) => {
                let mut resized = vec![0; length];
                self.run(
                    samples,
                    from,
                    &mut resized,
                    size,
                    pixel_type8(model),
                    region,
                    model.has_alpha(),
                );
                Samples::U8(resized)
            }
            Samples::U16(samples) => {
                let mut resized = vec![0_u16; length];
                let (source, target) = (
                    bytemuck::cast_slice(samples),
                    bytemuck::cast_slice_mut(&mut resized),
                );
                self.run(
                    source,
                    from,
                    target,
                    size,
                    pixel_type16(model),
                    region,
                    model.has_alpha(),
                );
                Samples::U16(resized)
            }
        };
        Packed {
            width,
            height,
            model,
            samples,
        }
    }

    /// Resizes sRGB pixels.
    pub(crate) fn pixels(&mut self, source: &Pixels8, region: Region, size: (u32, u32)) -> Pixels8 {
        let mut data = vec![0; area(size.0, size.1) * source.model.channels()];
        let from = (source.width, source.height);
        self.run(
            &source.data,
            from,
            &mut data,
            size,
            pixel_type8(source.model),
            region,
            source.model.has_alpha(),
        );
        Pixels8 {
            width: size.0,
            height: size.1,
            model: source.model,
            data,
        }
    }

    /// Resizes planes, chroma to half the size of luma each way whatever it was before.
    pub(crate) fn planar(&mut self, source: &Planar, region: Region, size: (u32, u32)) -> Planar {
        let luma = self.plane(&source.luma, PixelType::U8, region, size);
        let chroma = source.chroma.as_ref().map(|chroma| {
            let chroma_size = (size.0.div_ceil(2), size.1.div_ceil(2));
            // An odd side's last chroma pair reaches beyond the picture by half of itself.
            let reach = (
                f64::from(chroma_size.0 * 2) / f64::from(size.0),
                f64::from(chroma_size.1 * 2) / f64::from(size.1),
            );
            let region = Region {
                width: region.width * reach.0,
                height: region.height * reach.1,
                ..region
            };
            self.chroma(chroma, source.step, region, chroma_size)
        });
        Planar {
            width: size.0,
            height: size.1,
            luma,
            chroma,
            step: (2, 2),
        }
    }

    /// Resizes planes and converts them to grey or RGB.
    pub(crate) fn planar_to_packed(
        &mut self,
        source: &Planar,
        region: Region,
        size: (u32, u32),
    ) -> Packed {
        let luma = self.plane(&source.luma, PixelType::U8, region, size);
        match &source.chroma {
            None => Packed::new8(size.0, size.1, Model::Grey, luma.data),
            Some(chroma) => {
                let chroma = self.chroma(chroma, source.step, region, size);
                Packed::new8(
                    size.0,
                    size.1,
                    Model::Rgb,
                    ycbcr::to_rgb(&luma.data, &chroma.data),
                )
            }
        }
    }

    /// Resizes the part of a chroma plane that lies under a region of luma.
    fn chroma(
        &mut self,
        chroma: &Plane,
        step: (u32, u32),
        region: Region,
        size: (u32, u32),
    ) -> Plane {
        let scale = (1.0 / f64::from(step.0), 1.0 / f64::from(step.1));
        let region = region.scaled(scale, (chroma.width, chroma.height));
        self.plane(chroma, PixelType::U8x2, region, size)
    }

    fn plane(&mut self, plane: &Plane, kind: PixelType, region: Region, size: (u32, u32)) -> Plane {
        let mut data = vec![0; area(size.0, size.1) * kind.size()];
        self.run(
            &plane.data,
            (plane.width, plane.height),
            &mut data,
            size,
            kind,
            region,
            false,
        );
        Plane {
            width: size.0,
            height: size.1,
            data,
        }
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the one place where buffers and their shapes are put together"
    )]
    fn run(
        &mut self,
        source: &[u8],
        from: (u32, u32),
        target: &mut [u8],
        to: (u32, u32),
        kind: PixelType,
        region: Region,
        has_alpha: bool,
    ) {
        let scale = region.width / f64::from(to.0);
        let enlarges = scale < 1.0 && f64::from(to.1) > region.height;
        // Only chroma planes are ever enlarged, and these as every JPEG decoder does it.
        let filter = if enlarges {
            Some(FilterType::Bilinear)
        } else {
            lanczos3(scale, kind)
        };
        let options = ResizeOptions::new()
            .resize_alg(ResizeAlg::Convolution(
                filter.unwrap_or(FilterType::Lanczos3),
            ))
            .crop(region.left, region.top, region.width, region.height)
            .use_alpha(has_alpha);
        let images = ImageRef::new(from.0, from.1, source, kind)
            .ok()
            .zip(Image::from_slice_u8(to.0, to.1, target, kind).ok());
        let resized =
            images.map(|(source, mut target)| self.resizer.resize(&source, &mut target, &options));
        debug_assert!(
            matches!(resized, Some(Ok(()))),
            "{resized:?}: {from:?} {region:?} to {to:?}"
        );
    }
}

/// Lanczos3 as the library has it, for source pixels of which `scale` go to one of the target across, and made for speed
/// in two ways that change no sample:
///
/// - One sine instead of two: by the triple-angle formula the sine of the inner function is a polynomial of that of the
///   outer one. For the sizes at hand, sines are a tenth of resizing.
/// - Weights of nothing at both ends, so that there are as many as the library's vector code takes at once. It takes
///   those that are left over one by one, which at seven weights is all of them.
fn lanczos3(scale: f64, kind: PixelType) -> Option<FilterType> {
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
    let at_once = match kind {
        PixelType::U8 => 8.0,
        _ => 4.0,
    };
    // A window of as many pixels less one reaches into as many.
    let scale = scale.max(1.0);
    let weights = at_once * ((2.0 * SUPPORT * scale + 1.0) / at_once).ceil();
    let support = (weights - 1.0) / 2.0 / scale;
    Filter::new("Lanczos3", weight, support)
        .ok()
        .map(FilterType::Custom)
}

fn pixel_type8(model: Model) -> PixelType {
    match model.channels() {
        1 => PixelType::U8,
        2 => PixelType::U8x2,
        3 => PixelType::U8x3,
        _ => PixelType::U8x4,
    }
}

fn pixel_type16(model: Model) -> PixelType {
    match model.channels() {
        1 => PixelType::U16,
        2 => PixelType::U16x2,
        3 => PixelType::U16x3,
        _ => PixelType::U16x4,
    }
}
