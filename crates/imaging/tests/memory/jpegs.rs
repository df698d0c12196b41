//! Makes originals in JPEG.

use crate::originals::{HEIGHT, WIDTH, colours};

pub(crate) fn jpeg(subsampling: turbojpeg::Subsamp, is_progressive: bool) -> Vec<u8> {
    compressed(turbojpeg::PixelFormat::RGB, 3, subsampling, is_progressive)
}

/// A JPEG with a map as large as its picture, which ISO 21496-1 describes.
pub(crate) fn with_gain_map() -> Vec<u8> {
    let with_segment = |jpeg: &[u8], data: &[u8]| {
        let length = (data.len() as u16 + 2).to_be_bytes();
        [&jpeg[..2], &[0xFF, 0xE2], &length, data, &jpeg[2..]].concat()
    };
    let map = compressed(
        turbojpeg::PixelFormat::GRAY,
        1,
        turbojpeg::Subsamp::Gray,
        false,
    );
    let block = [b"urn:iso:std:iso:ts:21496:-1\0".as_slice(), &[0; 61]].concat();
    let map = with_segment(&map, &block);
    let picture = jpeg(turbojpeg::Subsamp::Sub2x2, false);
    let with_index = |offset: usize| {
        let mut index =
            b"MPF\0MM\0*\0\0\0\x08\0\x01\xB0\x02\0\x07\0\0\0\x20\0\0\0\x1A\0\0\0\0".to_vec();
        for number in [0, 0, 0, 0, 0, map.len(), offset, 0] {
            index.extend((number as u32).to_be_bytes());
        }
        with_segment(&picture, &index)
    };
    // Offsets count from behind the index's name.
    let offset = with_index(0).len() - 10;
    [with_index(offset), map].concat()
}

pub(crate) fn inks() -> Vec<u8> {
    compressed(
        turbojpeg::PixelFormat::CMYK,
        4,
        turbojpeg::Subsamp::None,
        false,
    )
}

fn compressed(
    format: turbojpeg::PixelFormat,
    channels: u32,
    subsampling: turbojpeg::Subsamp,
    is_progressive: bool,
) -> Vec<u8> {
    let mut compressor = turbojpeg::Compressor::new().unwrap();
    compressor.set_subsamp(subsampling).unwrap();
    compressor.set_progressive(is_progressive).unwrap();
    let pixels = colours(channels);
    compressor
        .compress_to_vec(turbojpeg::Image {
            pixels: pixels.as_slice(),
            width: WIDTH as usize,
            pitch: (WIDTH * channels) as usize,
            height: HEIGHT as usize,
            format,
        })
        .unwrap()
}
