//! Resizing pictures of any model with Lanczos3, colours weighted by their alpha.

pub(crate) use resampling::Region;
use resampling::{Depth, Resampler, Source};

use crate::colour::ycbcr;
use crate::raster::{Model, Packed, Pixels8, Planar, Plane, Samples, area};

/// A resizer with its buffers, which are used again for every step.
#[derive(Default)]
pub(crate) struct Scaler {
    resampler: Resampler,
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
        let picture = |samples, depth| Source {
            samples,
            size: (source.width, source.height),
            channels: model.channels(),
            depth,
            has_alpha: model.has_alpha(),
        };
        let samples = match &source.samples {
            Samples::U8(samples) => {
                let mut resized = vec![0; length];
                let source = picture(samples.as_slice(), Depth::Eight);
                self.resampler.resample(source, region, &mut resized, size);
                Samples::U8(resized)
            }
            Samples::U16(samples) => {
                let mut resized = vec![0_u16; length];
                let source = picture(bytemuck::cast_slice(samples), Depth::Sixteen);
                let target = bytemuck::cast_slice_mut(&mut resized);
                self.resampler.resample(source, region, target, size);
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
        let model = source.model;
        let mut data = vec![0; area(size.0, size.1) * model.channels()];
        let picture = Source {
            samples: &source.data,
            size: (source.width, source.height),
            channels: model.channels(),
            depth: Depth::Eight,
            has_alpha: model.has_alpha(),
        };
        self.resampler.resample(picture, region, &mut data, size);
        Pixels8 {
            width: size.0,
            height: size.1,
            model,
            data,
        }
    }

    /// Resizes planes, chroma to half the size of luma each way whatever it was before.
    pub(crate) fn planar(&mut self, source: &Planar, region: Region, size: (u32, u32)) -> Planar {
        let luma = self.plane(&source.luma, 1, region, size);
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
        let luma = self.plane(&source.luma, 1, region, size);
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
        self.plane(chroma, 2, region, size)
    }

    fn plane(&mut self, plane: &Plane, channels: usize, region: Region, size: (u32, u32)) -> Plane {
        let mut data = vec![0; area(size.0, size.1) * channels];
        let picture = Source {
            samples: &plane.data,
            size: (plane.width, plane.height),
            channels,
            depth: Depth::Eight,
            has_alpha: false,
        };
        self.resampler.resample(picture, region, &mut data, size);
        Plane {
            width: size.0,
            height: size.1,
            data,
        }
    }
}
