//! JPEG by libjpeg-turbo: 4:2:0, or grey where the picture is.

use super::unencodable;
use crate::ffi::jpeg_encode::{self, Failure, Samples, Settings};
use crate::format::Format;
use crate::picture::Picture;
use crate::presets::{Background, Preset};
use crate::raster::{Model, Pixels8, Planar, unpair};
use crate::refusal::Refusal;

pub(super) fn encode(picture: &Picture, preset: &Preset) -> Result<Vec<u8>, Refusal> {
    let settings = Settings {
        quality: preset.quality,
        effort: preset.effort,
    };
    let encoded = match picture {
        Picture::Planar(planes) => encode_planes(planes, settings),
        Picture::Pixels(pixels) => encode_pixels(pixels, preset.background, settings),
        Picture::Deep(pixels) => {
            encode_pixels(&pixels.clone().into_8_bits(), preset.background, settings)
        }
    };
    encoded.map_err(|error| unencodable(Format::Jpeg, picture.size(), error))
}

fn encode_planes(planes: &Planar, settings: Settings) -> Result<Vec<u8>, Failure> {
    let size = (planes.width, planes.height);
    let luma = &planes.luma.data;
    match &planes.chroma {
        None => jpeg_encode::encode(&Samples::Grey(luma), size, settings),
        Some(pairs) => {
            let [cb, cr] = unpair(&pairs.data);
            jpeg_encode::encode(&Samples::YCbCr([luma, &cb, &cr]), size, settings)
        }
    }
}

fn encode_pixels(
    pixels: &Pixels8,
    background: Background,
    settings: Settings,
) -> Result<Vec<u8>, Failure> {
    let flattened = pixels
        .model
        .has_alpha()
        .then(|| flatten(pixels, background));
    let pixels = flattened.as_ref().unwrap_or(pixels);
    let samples = match pixels.model {
        Model::Grey => Samples::Grey(&pixels.data),
        _ => Samples::Rgb(&pixels.data),
    };
    jpeg_encode::encode(&samples, (pixels.width, pixels.height), settings)
}

/// Lays a picture on a background. A grey one stays grey on a grey background.
fn flatten(pixels: &Pixels8, background: Background) -> Pixels8 {
    let [red, green, blue] = background;
    if pixels.model == Model::GreyAlpha && red == green && green == blue {
        let data = pixels
            .data
            .chunks_exact(2)
            .map(|pixel| over(pixel[0], red, pixel[1]))
            .collect();
        return Pixels8 {
            width: pixels.width,
            height: pixels.height,
            model: Model::Grey,
            data,
        };
    }
    let rgba = pixels.to_rgba();
    let data = rgba
        .chunks_exact(4)
        .flat_map(|pixel| {
            [0, 1, 2].map(|channel| over(pixel[channel], background[channel], pixel[3]))
        })
        .collect();
    Pixels8 {
        width: pixels.width,
        height: pixels.height,
        model: Model::Rgb,
        data,
    }
}

fn over(colour: u8, background: u8, alpha: u8) -> u8 {
    let alpha = u16::from(alpha);
    let mixed = (u16::from(colour) * alpha + u16::from(background) * (255 - alpha) + 127) / 255;
    mixed.to_le_bytes()[0]
}

#[cfg(test)]
mod tests {
    use super::flatten;
    use crate::raster::{Model, Pixels8};

    #[test]
    fn transparency_shows_the_background() {
        let pixels = Pixels8 {
            width: 3,
            height: 1,
            model: Model::RgbAlpha,
            data: vec![10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128],
        };
        assert_eq!(
            flatten(&pixels, [255, 0, 100]).data,
            [10, 20, 30, 255, 0, 100, 127, 0, 50]
        );
    }

    #[test]
    fn grey_on_grey_stays_grey() {
        let pixels = Pixels8 {
            width: 2,
            height: 1,
            model: Model::GreyAlpha,
            data: vec![7, 255, 7, 0],
        };
        let flat = flatten(&pixels, [200; 3]);
        assert_eq!((flat.model, flat.data), (Model::Grey, vec![7, 200]));
        assert_eq!(flatten(&pixels, [200, 0, 0]).model, Model::Rgb);
    }
}
