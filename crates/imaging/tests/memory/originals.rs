//! Makes each original by its name. JPEG, PNG and TIFF, of which there are several kinds, have files of their own.

use std::env;

use imaging::{Limits, Preset, Presets, RenderOptions, inspect, render};
use tiff::encoder::colortype::{RGB8, RGB16};

use crate::{files, jpegs, pngs, tiffs};

pub(crate) const WIDTH: u32 = 1600;
pub(crate) const HEIGHT: u32 = 1200;

pub(crate) fn make(name: &str) -> Vec<u8> {
    match name {
        "jpeg 4:2:0" => jpegs::jpeg(turbojpeg::Subsamp::Sub2x2, false),
        "jpeg 4:4:4" => jpegs::jpeg(turbojpeg::Subsamp::None, false),
        "jpeg 4:4:4 progressive" => jpegs::jpeg(turbojpeg::Subsamp::None, true),
        "jpeg 4:2:0 progressive" => jpegs::jpeg(turbojpeg::Subsamp::Sub2x2, true),
        "jpeg of one scan for each component" => {
            let kind = files::KINDS
                .iter()
                .find(|kind| kind.name.contains("each component"));
            (kind.unwrap().make)(2 << 20)
        }
        "jpeg of four inks" => jpegs::inks(),
        "jpeg with a gain map" => jpegs::with_gain_map(),
        "png 8" => pngs::png(png::ColorType::Rgb, png::BitDepth::Eight, &colours(3)),
        "png 16 with alpha" => pngs::png(png::ColorType::Rgba, png::BitDepth::Sixteen, &colours(8)),
        "drawing" => pngs::drawing(),
        "gif" => gif(1),
        "animated gif" => gif(6),
        "heic" => include_bytes!("../it/files/large.heic").to_vec(),
        "heic with alpha" => include_bytes!("../it/files/large-alpha.heic").to_vec(),
        "jxl" => include_bytes!("../it/files/large-lossy.jxl").to_vec(),
        "lossless jxl" => include_bytes!("../it/files/large-lossless.jxl").to_vec(),
        "webp" => made("format = \"webp\""),
        "lossless webp" => lossless(),
        "avif" => made(&format!(
            "width = {}\nformat = \"avif\"\neffort = 0",
            avif_width()
        )),
        "png interlaced" => pngs::interlaced(),
        "tiff 8" => tiffs::tiff::<RGB8>(&colours(3)),
        "tiff 16" => {
            let samples = colours(6);
            let samples = samples.chunks_exact(2);
            let samples: Vec<u16> = samples
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            tiffs::tiff::<RGB16>(&samples)
        }
        "tiff of a plane for each component" => tiffs::planes(),
        "tiff of tiles" | "tiff of tiles in planes" => tiffs::tiles(name.ends_with("planes")),
        "tiff of fax codes" => tiffs::fax(),
        "tiff of one JPEG" => {
            tiffs::one_strip(7, 6, &jpegs::jpeg(turbojpeg::Subsamp::Sub2x2, true))
        }
        "tiff of one WebP" => tiffs::one_strip(50_001, 2, &made("format = \"webp\"")),
        "tiff of one strip in Zstandard" => {
            let level = ruzstd::encoding::CompressionLevel::Fastest;
            tiffs::one_strip(
                50_000,
                2,
                &ruzstd::encoding::compress_to_vec(colours(3).as_slice(), level),
            )
        }
        "tiff of one strip in LZMA" => tiffs::one_strip(34_925, 2, &tiffs::lzma(&colours(3))),
        "gif with a large profile" => gif_with_profile(),
        "jpeg without its end" => {
            let mut file = jpegs::jpeg(turbojpeg::Subsamp::None, false);
            file.truncate(file.len() - 2);
            file
        }
        "bmp" => bmp(),
        "bmp of OS/2" => bmp_of_os2(),
        other => panic!("{other} is not known"),
    }
}

/// Width of the AVIF, which takes the AV1 encoder a minute at full size where it is built without optimisation. The
/// variable `MEMORY_WHOLE` asks for that.
fn avif_width() -> u32 {
    match env::var_os("MEMORY_WHOLE") {
        Some(_) => WIDTH,
        None => WIDTH / 4,
    }
}

/// Noise with this many bytes per pixel, which needs the most memory to encode.
pub(crate) fn colours(channels: u32) -> Vec<u8> {
    let row = (WIDTH * channels) as usize;
    let mut state = 1_u32;
    let noise: Vec<u8> = (0..row + 1009)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    (0..HEIGHT as usize)
        .map(|y| &noise[y * 37 % 1009..][..row])
        .collect::<Vec<_>>()
        .concat()
}

fn gif(frames: u32) -> Vec<u8> {
    let mut file = Vec::new();
    let palette: Vec<u8> = (0..=255).flat_map(|grey| [grey; 3]).collect();
    let mut encoder = gif::Encoder::new(&mut file, WIDTH as u16, HEIGHT as u16, &palette).unwrap();
    for _ in 0..frames {
        let frame = gif::Frame::from_indexed_pixels(WIDTH as u16, HEIGHT as u16, colours(1), None);
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    file
}

/// A profile of 1 MiB, in blocks before the picture.
fn gif_with_profile() -> Vec<u8> {
    let file = gif(1);
    let (header, rest) = file.split_at(13 + 768);
    let mut blocks = b"\x21\xFF\x0BICCRGBG1012".to_vec();
    for _ in 0..4096 {
        blocks.push(255);
        blocks.extend([7; 255]);
    }
    blocks.push(0);
    [header, &blocks, rest].concat()
}

fn bmp() -> Vec<u8> {
    let mut file = Vec::new();
    image::codecs::bmp::BmpEncoder::new(&mut file)
        .encode(&colours(3), WIDTH, HEIGHT, image::ExtendedColorType::Rgb8)
        .unwrap();
    file
}

/// A bitmap whose header has 24 bytes more than that of Windows.
fn bmp_of_os2() -> Vec<u8> {
    let mut file = bmp();
    file[14] = 64;
    file.splice(54..54, [0; 24]);
    let pixels_at = 54_u32 + 24;
    file[10..14].copy_from_slice(&pixels_at.to_le_bytes());
    file
}

/// The picture, encoded by the crate itself.
fn made(keys: &str) -> Vec<u8> {
    rendition(&jpegs::jpeg(turbojpeg::Subsamp::Sub2x2, false), keys)
}

fn lossless() -> Vec<u8> {
    rendition(&pngs::drawing(), "format = \"auto\"")
}

fn rendition(original: &[u8], keys: &str) -> Vec<u8> {
    let presets = Presets::parse(&format!("[presets.a]\n{keys}")).unwrap();
    let presets: Vec<&Preset> = presets.iter().collect();
    let inspection = inspect(original, &Limits::default()).unwrap();
    let rendered = render(original, &inspection, &presets, &RenderOptions::default()).unwrap();
    rendered.renditions.into_iter().next().unwrap().bytes
}
