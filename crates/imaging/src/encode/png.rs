//! Encodes PNG with 8 bits, in as many channels as the picture has.

use png::{BitDepth, ColorType, DeflateCompression, Encoder, EncodingError, Filter};

use super::unencodable;
use crate::format::Format;
use crate::picture::Picture;
use crate::presets::Preset;
use crate::raster::{Model, Pixels8};
use crate::refusal::Refusal;
use crate::resize::Scaler;

pub(super) fn encode(picture: &Picture, preset: &Preset) -> Result<Vec<u8>, Refusal> {
    let pixels = picture.to_pixels(&mut Scaler::default());
    // An opaque picture needs no alpha channel, whatever its original had.
    let encoded = if pixels.model.has_alpha() && pixels.is_opaque() {
        write(&pixels.into_owned().without_alpha(), preset.effort)
    } else {
        write(&pixels, preset.effort)
    };
    encoded.map_err(|error| unencodable(Format::Png, picture.size(), error))
}

fn write(pixels: &Pixels8, effort: u8) -> Result<Vec<u8>, EncodingError> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, pixels.width, pixels.height);
    encoder.set_color(match pixels.model {
        Model::Grey => ColorType::Grayscale,
        Model::GreyAlpha => ColorType::GrayscaleAlpha,
        Model::RgbAlpha => ColorType::Rgba,
        Model::Rgb | Model::Cmyk | Model::Lab => ColorType::Rgb,
    });
    encoder.set_depth(BitDepth::Eight);
    encoder.set_deflate_compression(match effort {
        0 => DeflateCompression::FdeflateUltraFast,
        level => DeflateCompression::Level(level),
    });
    encoder.set_filter(Filter::Adaptive);
    encoder.write_header()?.write_image_data(&pixels.data)?;
    Ok(file)
}
