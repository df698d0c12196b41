//! What a rendition would be without any loss by compression.

use anyhow::{Context, Result};
use fast_image_resize::{
    FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer,
    images::{Image, ImageRef},
};
use image::{DynamicImage, RgbImage, metadata::Orientation};
use imaging::{Fit, Limits};
use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};

use crate::originals::Original;

/// The measurements of a rendition.
#[derive(Clone, Copy)]
pub(super) struct Quality {
    pub(super) bytes: usize,
    /// SSIMULACRA2: 100 is identical, 90 is nearly indistinguishable, 70 is high, 50 medium.
    pub(super) score: f64,
}

/// An original's pixels, upright, with 16 bits a sample, so that the reference is rounded only
/// once.
pub(super) struct Reference {
    width: u32,
    height: u32,
    samples: Vec<u8>,
}

impl Reference {
    /// Makes a reference. Returns nothing for an original with a colour profile, because the
    /// reference would need its own colour conversion, which would then be compared as well.
    pub(super) fn of(original: &Original) -> Result<Option<Self>> {
        let inspection = imaging::inspect(&original.jpeg, &Limits::default())?;
        if inspection.icc.is_some() {
            crate::progress(&format!(
                "{} has a colour profile and is not compared",
                original.name
            ));
            return Ok(None);
        }
        let decoded = turbojpeg::decompress(&original.jpeg, turbojpeg::PixelFormat::RGB)?;
        let pixels = RgbImage::from_raw(
            inspection.coded_width,
            inspection.coded_height,
            decoded.pixels,
        );
        let mut upright = DynamicImage::ImageRgb8(pixels.context("sizes disagree")?);
        let orientation = Orientation::from_exif(inspection.orientation as u8);
        upright.apply_orientation(orientation.unwrap_or(Orientation::NoTransforms));
        Ok(Some(Self {
            width: upright.width(),
            height: upright.height(),
            samples: bytes_of(&upright.into_rgb16()),
        }))
    }

    /// Returns how close a rendition is to the reference at its own size, and that size.
    pub(super) fn judge(&self, rendition: &[u8], fit: Fit) -> Result<(Quality, String)> {
        let decoded = image::load_from_memory(rendition)?.into_rgb8();
        let (width, height) = decoded.dimensions();
        let reference = self.resized(width, height, fit)?;
        let samples = decoded
            .pixels()
            .map(|pixel| pixel.0.map(|sample| f32::from(sample) / 255.0));
        let score = compute_frame_ssimulacra2(
            frame(reference, width, height)?,
            frame(samples.collect(), width, height)?,
        )?;
        let quality = Quality {
            bytes: rendition.len(),
            score,
        };
        Ok((quality, format!("{width}×{height}")))
    }

    /// Samples from 0 to 1.
    fn resized(&self, width: u32, height: u32, fit: Fit) -> Result<Vec<[f32; 3]>> {
        let source = ImageRef::new(self.width, self.height, &self.samples, PixelType::U16x3)?;
        let mut target = Image::new(width, height, PixelType::U16x3);
        let lanczos = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        let options = match fit {
            Fit::Contain | Fit::Pad => lanczos,
            // The middle of the picture in the rendition's proportions.
            Fit::Cover => lanczos.fit_into_destination(Some((0.5, 0.5))),
        };
        Resizer::new().resize(&source, &mut target, &options)?;
        let samples = target
            .buffer()
            .chunks_exact(2)
            .map(|bytes| f32::from(u16::from_ne_bytes([bytes[0], bytes[1]])) / 65_535.0);
        let samples: Vec<f32> = samples.collect();
        Ok(samples.as_chunks().0.to_vec())
    }
}

fn bytes_of(image: &image::ImageBuffer<image::Rgb<u16>, Vec<u16>>) -> Vec<u8> {
    image
        .as_raw()
        .iter()
        .flat_map(|sample| sample.to_ne_bytes())
        .collect()
}

fn frame(samples: Vec<[f32; 3]>, width: u32, height: u32) -> Result<Rgb> {
    Ok(Rgb::new(
        samples,
        width as usize,
        height as usize,
        TransferCharacteristic::SRGB,
        ColorPrimaries::BT709,
    )?)
}
