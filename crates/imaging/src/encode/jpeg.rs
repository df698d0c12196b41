//! Encodes JPEG, 4:2:0 or grey: baseline with libjpeg-turbo, progressive with the encoder of this crate.

use std::borrow::Cow;

use turbojpeg::{Compressor, Subsamp, YuvImage, YuvPlanesImage};

use super::unencodable;
use crate::colour::ycbcr;
use crate::format::Format;
use crate::jpeg::encoder::{self, Component};
use crate::picture::Picture;
use crate::presets::{Background, Preset};
use crate::raster::{Model, Pixels8, Planar, Plane, area, unpair};
use crate::refusal::Refusal;

/// The longest side in samples: the file stores it in 16 bits.
const MAX_SIDE: u32 = 65_535;

/// Encodes by effort: 0 is baseline, 1 optimises the Huffman tables, 2 is also progressive.
pub(super) fn encode(picture: &Picture, preset: &Preset) -> Result<Vec<u8>, Refusal> {
    let refused =
        |reason: &dyn std::fmt::Display| unencodable(Format::Jpeg, picture.size(), reason);
    let (width, height) = picture.size();
    if width.max(height) > MAX_SIDE {
        return Err(refused(&format_args!("a side may have at most {MAX_SIDE}")));
    }
    let planes = planes(picture, preset.background);
    if preset.effort >= 2 {
        return Ok(encode_progressive(&planes, preset.quality));
    }
    compressor(preset)
        .and_then(|compressor| encode_baseline(compressor, &planes))
        .map_err(|error| refused(&error))
}

/// The picture in the form in which JPEG stores it.
fn planes(picture: &Picture, background: Background) -> Cow<'_, Planar> {
    match picture {
        Picture::Planar(planes) => Cow::Borrowed(planes),
        Picture::Pixels(pixels) => Cow::Owned(to_planes(pixels, background)),
        Picture::Deep(pixels) => Cow::Owned(to_planes(&pixels.clone().into_8_bits(), background)),
    }
}

fn to_planes(pixels: &Pixels8, background: Background) -> Planar {
    let flattened = pixels
        .model
        .has_alpha()
        .then(|| flatten(pixels, background));
    ycbcr::from_pixels(flattened.as_ref().unwrap_or(pixels))
}

fn encode_progressive(planes: &Planar, quality: u8) -> Vec<u8> {
    fn component<'a>(plane: &Plane, samples: &'a [u8]) -> Component<'a> {
        Component {
            width: plane.width,
            height: plane.height,
            samples,
        }
    }
    let luma = component(&planes.luma, &planes.luma.data);
    match &planes.chroma {
        None => encoder::encode(luma, None, quality),
        Some(pairs) => {
            let chroma = unpair(&pairs.data);
            let chroma = chroma.each_ref().map(|samples| component(pairs, samples));
            encoder::encode(luma, Some(chroma), quality)
        }
    }
}

fn compressor(preset: &Preset) -> turbojpeg::Result<Compressor> {
    let mut compressor = Compressor::new()?;
    compressor.set_quality(preset.quality.into())?;
    compressor.set_optimize(preset.effort >= 1)?;
    Ok(compressor)
}

fn encode_baseline(mut compressor: Compressor, planes: &Planar) -> turbojpeg::Result<Vec<u8>> {
    let (width, height) = (planes.width as usize, planes.height as usize);
    match &planes.chroma {
        None => {
            let grey = YuvImage {
                pixels: planes.luma.data.as_slice(),
                width,
                align: 1,
                height,
                subsamp: Subsamp::Gray,
            };
            compressor.compress_yuv_to_vec(grey)
        }
        Some(pairs) => {
            let luma = pad_to_even(&planes.luma);
            let [cb, cr] = unpair(&pairs.data);
            compressor.compress_yuv_planes_to_vec(&YuvPlanesImage {
                y_plane: luma.data.as_slice(),
                u_plane: cb.as_slice(),
                v_plane: cr.as_slice(),
                width,
                height,
                y_stride: luma.width as usize,
                u_stride: pairs.width as usize,
                v_stride: pairs.width as usize,
                subsamp: Subsamp::Sub2x2,
            })
        }
    }
}

/// Doubles the last column and row of an odd side, because the library wants luma for all of every chroma sample.
fn pad_to_even(plane: &Plane) -> Cow<'_, Plane> {
    let (width, height) = (
        plane.width.next_multiple_of(2),
        plane.height.next_multiple_of(2),
    );
    if (width, height) == (plane.width, plane.height) {
        return Cow::Borrowed(plane);
    }
    let mut data = Vec::with_capacity(area(width, height));
    for row in plane.data.chunks_exact(plane.width as usize) {
        data.extend_from_slice(row);
        data.resize(
            data.len().next_multiple_of(width as usize),
            row[row.len() - 1],
        );
    }
    let last_row = data.len() - width as usize;
    if height > plane.height {
        data.extend_from_within(last_row..);
    }
    Cow::Owned(Plane {
        width,
        height,
        data,
    })
}

/// Puts a picture on a background. A grey picture stays grey on a grey background.
fn flatten(pixels: &Pixels8, background: Background) -> Pixels8 {
    let [red, green, blue, _] = background;
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
            flatten(&pixels, [255, 0, 100, 255]).data,
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
        let flat = flatten(&pixels, [200; 4]);
        assert_eq!((flat.model, flat.data), (Model::Grey, vec![7, 200]));
        assert_eq!(flatten(&pixels, [200, 0, 0, 255]).model, Model::Rgb);
    }
}
