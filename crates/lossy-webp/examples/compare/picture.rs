//! Photos at the sizes of renditions.

use std::io::Cursor;

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use image_webp::WebPDecoder;
use lossy_webp::PlanesBuf;
use ssimulacra2::{ColorPrimaries, Rgb, TransferCharacteristic, compute_frame_ssimulacra2};

use super::Failure;

/// A picture in both forms.
pub(super) struct Picture {
    pub(super) width: u32,
    pub(super) height: u32,
    rgb: Vec<u8>,
    pub(super) planes: PlanesBuf,
}

/// The longest sides of renditions.
const SIDES: [u32; 4] = [250, 640, 1280, 1920];

impl Picture {
    /// A photo in all sizes that are not larger than the photo.
    pub(super) fn renditions(path: &str) -> Result<Vec<Self>, Failure> {
        let photo = image::open(path)?.into_rgb8();
        let side = photo.width().max(photo.height());
        SIDES
            .iter()
            .filter(|most| **most <= side)
            .map(|side| Self::of(&photo, *side))
            .collect()
    }

    fn of(photo: &RgbImage, side: u32) -> Result<Self, Failure> {
        let scale = f64::from(side) / f64::from(photo.width().max(photo.height()));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "sides are small"
        )]
        let scaled = |length: u32| (f64::from(length) * scale).round() as u32;
        let (width, height) = (scaled(photo.width()), scaled(photo.height()));
        let source = ImageRef::new(
            photo.width(),
            photo.height(),
            photo.as_raw(),
            PixelType::U8x3,
        )?;
        let mut target = Image::new(width, height, PixelType::U8x3);
        let lanczos = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3));
        Resizer::new().resize(&source, &mut target, &lanczos)?;
        let rgb = target.into_vec();
        let planes = PlanesBuf::from_rgb(width, height, &rgb)?;
        Ok(Self {
            width,
            height,
            rgb,
            planes,
        })
    }

    /// How close a file is to the picture.
    pub(super) fn score(&self, file: &[u8]) -> Result<f64, Failure> {
        let mut decoder = WebPDecoder::new(Cursor::new(file))?;
        let mut shown = vec![0; self.rgb.len()];
        decoder.read_image(&mut shown)?;
        let frame = |samples: &[u8]| {
            let samples = samples.as_chunks::<3>().0.iter();
            let pixels = samples
                .map(|pixel| pixel.map(|sample| f32::from(sample) / 255.0))
                .collect();
            Rgb::new(
                pixels,
                self.width as usize,
                self.height as usize,
                TransferCharacteristic::SRGB,
                ColorPrimaries::BT709,
            )
        };
        Ok(compute_frame_ssimulacra2(
            frame(&self.rgb)?,
            frame(&shown)?,
        )?)
    }
}
