//! Makers of originals, and readers of renditions.

pub(crate) mod avif;
pub(crate) mod exif;
pub(crate) mod icc;
pub(crate) mod tiff;

use std::io::Cursor;

use imaging::{
    Format, Limits, Preset, Presets, Refusal, RenderOptions, Rendered, Rendition, inspect, render,
};

/// An image of RGB or RGBA pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) channels: usize,
    pub(crate) data: Vec<u8>,
}

pub(crate) const RED: [u8; 3] = [220, 30, 30];
pub(crate) const GREEN: [u8; 3] = [30, 200, 40];
pub(crate) const BLUE: [u8; 3] = [30, 40, 210];
pub(crate) const WHITE: [u8; 3] = [250, 250, 250];

impl Pixels {
    /// An image whose pixels are given by a function.
    pub(crate) fn new<const N: usize>(
        width: u32,
        height: u32,
        pixel: impl Fn(u32, u32) -> [u8; N],
    ) -> Self {
        let data = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .flat_map(|(x, y)| pixel(x, y))
            .collect();
        Self {
            width,
            height,
            channels: N,
            data,
        }
    }

    pub(crate) fn flat<const N: usize>(width: u32, height: u32, colour: [u8; N]) -> Self {
        Self::new(width, height, |_, _| colour)
    }

    /// Four quarters: red and green above blue and white.
    pub(crate) fn quarters(width: u32, height: u32) -> Self {
        Self::new(width, height, |x, y| {
            match (x * 2 < width, y * 2 < height) {
                (true, true) => RED,
                (false, true) => GREEN,
                (true, false) => BLUE,
                (false, false) => WHITE,
            }
        })
    }

    /// A picture similar to a photo: waves of all sizes in all colours.
    pub(crate) fn photo(width: u32, height: u32) -> Self {
        Self::new(width, height, |x, y| {
            let (x, y) = (f64::from(x), f64::from(y));
            let wave = |fx: f64, fy: f64| {
                127.5 + 60.0 * (x * fx).sin() * (y * fy).cos() + 40.0 * ((x + y) * fx * 7.0).sin()
            };
            [
                wave(0.01, 0.02) as u8,
                wave(0.02, 0.01) as u8,
                wave(0.03, 0.015) as u8,
            ]
        })
    }

    pub(crate) fn at(&self, x: u32, y: u32) -> &[u8] {
        let start = (y as usize * self.width as usize + x as usize) * self.channels;
        &self.data[start..start + self.channels]
    }

    /// The colours in the middle of the four quarters, row by row.
    pub(crate) fn corners(&self) -> [&[u8]; 4] {
        let (left, top) = (self.width / 4, self.height / 4);
        let (right, bottom) = (self.width * 3 / 4, self.height * 3 / 4);
        [
            self.at(left, top),
            self.at(right, top),
            self.at(left, bottom),
            self.at(right, bottom),
        ]
    }

    pub(crate) fn to_png(&self) -> Vec<u8> {
        encode_png(
            self.width,
            self.height,
            self.channels,
            png::BitDepth::Eight,
            &self.data,
            |_| {},
        )
    }

    pub(crate) fn to_jpeg(&self) -> Vec<u8> {
        self.to_jpeg_with(turbojpeg::Subsamp::Sub2x2, |_| {})
    }

    pub(crate) fn to_jpeg_with(
        &self,
        subsamp: turbojpeg::Subsamp,
        set: impl FnOnce(&mut turbojpeg::Compressor),
    ) -> Vec<u8> {
        let format = match self.channels {
            1 => turbojpeg::PixelFormat::GRAY,
            3 => turbojpeg::PixelFormat::RGB,
            _ => turbojpeg::PixelFormat::CMYK,
        };
        let mut compressor = turbojpeg::Compressor::new().unwrap();
        compressor.set_quality(95).unwrap();
        compressor.set_subsamp(subsamp).unwrap();
        set(&mut compressor);
        let image = turbojpeg::Image {
            pixels: self.data.as_slice(),
            width: self.width as usize,
            pitch: self.width as usize * self.channels,
            height: self.height as usize,
            format,
        };
        compressor.compress_to_vec(image).unwrap()
    }
}

pub(crate) fn encode_png(
    width: u32,
    height: u32,
    channels: usize,
    depth: png::BitDepth,
    data: &[u8],
    set: impl FnOnce(&mut png::Info<'_>),
) -> Vec<u8> {
    let mut info = png::Info::with_size(width, height);
    info.bit_depth = depth;
    info.color_type = match channels {
        1 => png::ColorType::Grayscale,
        2 => png::ColorType::GrayscaleAlpha,
        3 => png::ColorType::Rgb,
        _ => png::ColorType::Rgba,
    };
    set(&mut info);
    let mut file = Vec::new();
    let mut writer = png::Encoder::with_info(&mut file, info)
        .unwrap()
        .write_header()
        .unwrap();
    writer.write_image_data(data).unwrap();
    drop(writer);
    file
}

/// Inserts a chunk of a PNG file behind its header.
pub(crate) fn with_chunk(png: &[u8], kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    const HEADER_END: usize = 33;
    let mut checksum = flate2::Crc::new();
    checksum.update(&kind);
    checksum.update(data);
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    let checksum = checksum.sum().to_be_bytes();
    let (before, after) = png.split_at(HEADER_END);
    [before, &length, &kind, data, &checksum, after].concat()
}

/// Inserts segments of a JPEG file behind its first marker.
pub(crate) fn with_segments(jpeg: &[u8], segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut file = jpeg[..2].to_vec();
    for (marker, data) in segments {
        file.extend([0xFF, *marker]);
        file.extend(u16::try_from(data.len() + 2).unwrap().to_be_bytes());
        file.extend(data);
    }
    file.extend(&jpeg[2..]);
    file
}

/// An animation of 20 by 20 pixels, in which each frame has one colour.
pub(crate) fn gif(colours: &[[u8; 3]]) -> Vec<u8> {
    const SIDE: u16 = 20;
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, SIDE, SIDE, &colours.concat()).unwrap();
    for index in (0..).take(colours.len()) {
        let pixels = vec![index; usize::from(SIDE * SIDE)];
        let frame = gif::Frame::from_indexed_pixels(SIDE, SIDE, pixels, None);
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    file
}

/// Presets of one preset `a` with these keys.
pub(crate) fn preset(keys: &str) -> Presets {
    Presets::parse(&format!("[presets.a]\n{keys}")).unwrap()
}

pub(crate) fn try_render(original: &[u8], presets: &Presets) -> Result<Rendered, Refusal> {
    try_render_with(original, presets, &RenderOptions::default())
}

/// Limits of a deployment that accepts every format that this build can read.
pub(crate) fn limits() -> Limits {
    Limits {
        accept_heic: true,
        ..Limits::default()
    }
}

pub(crate) fn try_render_with(
    original: &[u8],
    presets: &Presets,
    options: &RenderOptions<'_>,
) -> Result<Rendered, Refusal> {
    let inspection = inspect(original, &limits())?;
    let chosen: Vec<&Preset> = presets.iter().collect();
    render(original, &inspection, &chosen, options)
}

/// Renders with one preset of these keys.
#[track_caller]
pub(crate) fn rendition(original: &[u8], keys: &str) -> Rendition {
    try_render(original, &preset(keys))
        .unwrap()
        .renditions
        .remove(0)
}

/// Renders with one preset and decodes the rendition.
#[track_caller]
pub(crate) fn rendered(original: &[u8], keys: &str) -> Pixels {
    decode(&rendition(original, keys))
}

/// Decodes a rendition, and checks that it has the dimensions that it states.
#[track_caller]
pub(crate) fn decode(rendition: &Rendition) -> Pixels {
    let pixels = match rendition.format {
        Format::Jpeg => decode_jpeg(&rendition.bytes),
        Format::Png => decode_png(&rendition.bytes),
        Format::WebP => decode_webp(&rendition.bytes),
        // There is no other decoder here. The pixels of AVIF are compared with those of another
        // decoder elsewhere.
        Format::Avif => rendered(&rendition.bytes, "format = \"png\""),
        other => panic!("no independent decoder for {other}"),
    };
    assert_eq!(
        (pixels.width, pixels.height),
        (rendition.width, rendition.height)
    );
    pixels
}

pub(crate) fn decode_jpeg(file: &[u8]) -> Pixels {
    let header = turbojpeg::read_header(file).unwrap();
    let (format, channels) = match header.colorspace {
        turbojpeg::Colorspace::Gray => (turbojpeg::PixelFormat::GRAY, 1),
        _ => (turbojpeg::PixelFormat::RGB, 3),
    };
    let image = turbojpeg::decompress(file, format).unwrap();
    Pixels {
        width: image.width as u32,
        height: image.height as u32,
        channels,
        data: image.pixels,
    }
}

fn decode_png(file: &[u8]) -> Pixels {
    let mut reader = png::Decoder::new(Cursor::new(file)).read_info().unwrap();
    let mut data = vec![0; reader.output_buffer_size().unwrap()];
    let output = reader.next_frame(&mut data).unwrap();
    assert_eq!(output.bit_depth, png::BitDepth::Eight);
    Pixels {
        width: output.width,
        height: output.height,
        channels: output.color_type.samples(),
        data,
    }
}

fn decode_webp(file: &[u8]) -> Pixels {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(file)).unwrap();
    let (width, height) = decoder.dimensions();
    let mut data = vec![0; decoder.output_buffer_size().unwrap()];
    decoder.read_image(&mut data).unwrap();
    Pixels {
        width,
        height,
        channels: if decoder.has_alpha() { 4 } else { 3 },
        data,
    }
}

/// Asserts that a pixel has a colour, within the error of lossy compression.
#[track_caller]
pub(crate) fn assert_close(pixel: &[u8], expected: &[u8], tolerance: u8) {
    let close = pixel.len() == expected.len()
        && pixel
            .iter()
            .zip(expected)
            .all(|(a, b)| a.abs_diff(*b) <= tolerance);
    assert!(close, "{pixel:?} is not {expected:?} within {tolerance}");
}
