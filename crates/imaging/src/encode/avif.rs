//! AVIF by rav1e.

use ravif::{Encoder, Img};
use rgb::FromSlice as _;

use super::unencodable;
use crate::format::Format;
use crate::picture::Picture;
use crate::presets::Preset;
use crate::raster::Model;
use crate::refusal::Refusal;
use crate::resize::Scaler;

/// rav1e's speed is this number minus the preset's effort.
const FASTEST: u8 = 10;

pub(super) fn encode(picture: &Picture, preset: &Preset) -> Result<Vec<u8>, Refusal> {
    let pixels = picture.to_pixels(&mut Scaler::default());
    let pixels = pixels.to_colour();
    let (width, height) = (pixels.width as usize, pixels.height as usize);
    let encoder = Encoder::new()
        .with_quality(preset.quality.into())
        .with_alpha_quality(preset.quality.into())
        .with_speed(FASTEST - preset.effort)
        .with_num_threads(Some(1));
    let encoded = match pixels.model {
        Model::RgbAlpha => encoder.encode_rgba(Img::new(pixels.data.as_rgba(), width, height)),
        _ => encoder.encode_rgb(Img::new(pixels.data.as_rgb(), width, height)),
    };
    encoded
        .map(|encoded| encoded.avif_file)
        .map_err(|error| unencodable(Format::Avif, picture.size(), error))
}
