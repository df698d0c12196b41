//! The estimate of memory against what a process really holds, in both directions.
//!
//! Each original is rendered in a process of its own, this binary started again, whose resident memory the
//! kernel measures: much is allocated by libraries in C, which no allocator of Rust sees. Pages that an allocation never
//! touches are not counted, which is what the machine has to have room for.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests fail where something is not as expected, and tell the one that started them"
)]

#[path = "../examples/hostile/case.rs"]
#[expect(dead_code, reason = "the example uses more of it")]
mod case;
#[path = "../examples/hostile/files.rs"]
mod files;

use std::env;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};

use imaging::{Limits, Preset, Presets, RenderOptions, estimate_memory, inspect, render};
use tiff::encoder::{
    TiffValue,
    colortype::{ColorType, RGB8, RGB16},
};

use case::Peak;

/// The estimate may be so many times what was held, and so much more.
const GENEROUS: u64 = 6;
const SPARE_KIB: u64 = 6 << 10;

const WIDTH: u32 = 1600;
const HEIGHT: u32 = 1200;

const SMALL: &str = "width = 640\nformat = \"webp\"";

/// Originals, and what is made of them.
const CASES: [(&str, &str); 25] = [
    ("jpeg 4:2:0", SMALL),
    ("jpeg 4:2:0", "format = \"jpeg\""),
    ("jpeg 4:2:0", "format = \"jpeg\"\neffort = 0"),
    ("jpeg 4:2:0", "format = \"png\""),
    ("jpeg 4:2:0", "format = \"webp\""),
    ("jpeg 4:2:0", "width = 500\nformat = \"avif\"\neffort = 0"),
    ("jpeg 4:4:4", "format = \"jpeg\""),
    ("jpeg 4:4:4", "format = \"png\""),
    ("jpeg 4:4:4 progressive", SMALL),
    ("jpeg 4:2:0 progressive", SMALL),
    ("jpeg of one scan for each component", SMALL),
    ("jpeg of four inks", SMALL),
    ("png 8", SMALL),
    ("drawing", "format = \"auto\""),
    ("png 16 with alpha", "format = \"png\"\neffort = 0"),
    ("gif", SMALL),
    (
        "animated gif",
        "width = 600\nformat = \"webp\"\nframes = \"all\"",
    ),
    ("webp", "format = \"jpeg\""),
    ("lossless webp", SMALL),
    ("png interlaced", SMALL),
    ("tiff 8", SMALL),
    ("tiff 16", SMALL),
    ("tiff of a plane for each component", SMALL),
    ("bmp", SMALL),
    ("avif", SMALL),
];

#[test]
fn what_is_held_is_at_most_the_estimate_and_not_a_small_part_of_it() {
    let mut complaints = Vec::new();
    for (original, keys) in CASES {
        let command = Command::new(env::current_exe().unwrap())
            .args(["--exact", "one_of_them", "--ignored", "--nocapture"])
            .env("MEMORY_KEYS", keys)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = command.unwrap();
        // Made here, so that what was needed to make it is no part of the other process.
        child
            .stdin
            .take()
            .unwrap()
            .write_all(&make(original))
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        let numbers: Vec<u64> = output
            .lines()
            .find_map(|line| line.split_once("measured "))
            .map_or_else(
                || panic!("{original}: {output}"),
                |(_, numbers)| {
                    numbers
                        .split(' ')
                        .map(|number| number.parse().unwrap())
                        .collect()
                },
            );
        let (peak, estimate) = (numbers[0], numbers[1]);
        println!("{original}, {keys:?}: {peak} of {estimate} KiB");
        if peak > estimate || estimate > GENEROUS * peak + SPARE_KIB {
            complaints.push(format!("{original}, {keys:?}: {peak} of {estimate} KiB"));
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// What the processes do that are started for it.
#[test]
#[ignore = "it is one original of the other test"]
fn one_of_them() {
    let mut original = Vec::new();
    io::stdin().read_to_end(&mut original).unwrap();
    let presets = Presets::parse(&format!(
        "[presets.a]\n{}",
        env::var("MEMORY_KEYS").unwrap()
    ));
    let presets = presets.unwrap();
    let presets: Vec<&Preset> = presets.iter().collect();
    let peak = Peak::begin();
    let inspection = inspect(&original, &Limits::default()).unwrap();
    let estimate = estimate_memory(&inspection, &presets) >> 10;
    let options = RenderOptions {
        accept_damaged: true,
        ..RenderOptions::default()
    };
    render(&original, &inspection, &presets, &options).unwrap();
    println!("measured {} {estimate}", peak.kib());
}

fn make(name: &str) -> Vec<u8> {
    match name {
        "jpeg 4:2:0" => jpeg(turbojpeg::Subsamp::Sub2x2, false),
        "jpeg 4:4:4" => jpeg(turbojpeg::Subsamp::None, false),
        "jpeg 4:4:4 progressive" => jpeg(turbojpeg::Subsamp::None, true),
        "jpeg 4:2:0 progressive" => jpeg(turbojpeg::Subsamp::Sub2x2, true),
        "jpeg of one scan for each component" => {
            let kind = files::KINDS
                .iter()
                .find(|kind| kind.name.contains("each component"));
            (kind.unwrap().make)(2 << 20)
        }
        "jpeg of four inks" => inks(),
        "png 8" => png(png::ColorType::Rgb, png::BitDepth::Eight, &colours(3)),
        "png 16 with alpha" => png(png::ColorType::Rgba, png::BitDepth::Sixteen, &colours(8)),
        "drawing" => drawing(),
        "gif" => gif(1),
        "animated gif" => gif(6),
        "webp" => made("format = \"webp\""),
        "lossless webp" => lossless(),
        "avif" => made(&format!(
            "width = {}\nformat = \"avif\"\neffort = 0",
            avif_width()
        )),
        "png interlaced" => interlaced(),
        "tiff 8" => tiff::<RGB8>(&colours(3)),
        "tiff 16" => {
            let samples = colours(6);
            let samples = samples.chunks_exact(2);
            let samples: Vec<u16> = samples
                .map(|pair| u16::from_le_bytes([pair[0], pair[1]]))
                .collect();
            tiff::<RGB16>(&samples)
        }
        "tiff of a plane for each component" => planes(),
        "bmp" => bmp(),
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

/// So many bytes for each pixel, of noise, which is what takes most to encode.
fn colours(channels: u32) -> Vec<u8> {
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

fn jpeg(subsampling: turbojpeg::Subsamp, is_progressive: bool) -> Vec<u8> {
    compressed(turbojpeg::PixelFormat::RGB, 3, subsampling, is_progressive)
}

fn inks() -> Vec<u8> {
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

fn png(colour: png::ColorType, depth: png::BitDepth, pixels: &[u8]) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, WIDTH, HEIGHT);
    encoder.set_color(colour);
    encoder.set_depth(depth);
    encoder.set_compression(png::Compression::Fast);
    encoder
        .write_header()
        .unwrap()
        .write_image_data(pixels)
        .unwrap();
    file
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

fn tiff<C: ColorType>(samples: &[C::Inner]) -> Vec<u8>
where
    [C::Inner]: TiffValue,
{
    let mut file = io::Cursor::new(Vec::new());
    tiff::encoder::TiffEncoder::new(&mut file)
        .unwrap()
        .write_image::<C>(WIDTH, HEIGHT, samples)
        .unwrap();
    file.into_inner()
}

/// A TIFF of three planes in one strip each, which the encoder does not write.
fn planes() -> Vec<u8> {
    const SHORT: u16 = 3;
    const LONG: u16 = 4;
    let plane = WIDTH * HEIGHT;
    // Where the lists are that do not fit into their entries, and the planes behind them.
    let lists = 8 + 2 + 10 * 12 + 4;
    let data = lists + 12 + 12;
    let entries: [(u16, u16, u32, u32); 10] = [
        (256, LONG, 1, WIDTH),
        (257, LONG, 1, HEIGHT),
        (258, SHORT, 1, 8),
        (259, SHORT, 1, 1),
        (262, SHORT, 1, 2),
        (273, LONG, 3, lists),
        (277, SHORT, 1, 3),
        (278, LONG, 1, HEIGHT),
        (279, LONG, 3, lists + 12),
        (284, SHORT, 1, 2),
    ];
    let mut file = b"II*\0\x08\0\0\0\x0a\0".to_vec();
    for (tag, kind, count, value) in entries {
        file.extend([tag, kind].map(u16::to_le_bytes).concat());
        file.extend([count, value].map(u32::to_le_bytes).concat());
    }
    file.extend([0; 4]);
    file.extend(
        [data, data + plane, data + 2 * plane]
            .map(u32::to_le_bytes)
            .concat(),
    );
    file.extend([plane; 3].map(u32::to_le_bytes).concat());
    file.extend(colours(3));
    file
}

/// An interlaced PNG, which the encoder does not write: seven pictures (W3C PNG, 8.1), here of noise.
fn interlaced() -> Vec<u8> {
    let passes = [(8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2)];
    let mut noise = colours(3).into_iter().cycle();
    let mut rows = Vec::new();
    for (across, down) in passes {
        // The size is one that every pass divides.
        for _ in 0..HEIGHT / down {
            rows.push(0);
            rows.extend(noise.by_ref().take((WIDTH / across * 3) as usize));
        }
    }
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    deflated.write_all(&rows).unwrap();
    let mut header = [WIDTH, HEIGHT].map(u32::to_be_bytes).concat();
    header.extend([8, 2, 0, 0, 1]);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let chunks = [
        (b"IHDR", header),
        (b"IDAT", deflated.finish().unwrap()),
        (b"IEND", Vec::new()),
    ];
    for (kind, data) in chunks {
        file.extend((data.len() as u32).to_be_bytes());
        let start = file.len();
        file.extend(kind);
        file.extend(data);
        let mut checksum = flate2::Crc::new();
        checksum.update(&file[start..]);
        file.extend(checksum.sum().to_be_bytes());
    }
    file
}

fn bmp() -> Vec<u8> {
    let mut file = Vec::new();
    image::codecs::bmp::BmpEncoder::new(&mut file)
        .encode(&colours(3), WIDTH, HEIGHT, image::ExtendedColorType::Rgb8)
        .unwrap();
    file
}

/// What the crate itself makes of a picture.
fn made(keys: &str) -> Vec<u8> {
    rendition(&jpeg(turbojpeg::Subsamp::Sub2x2, false), keys)
}

/// A picture of few colours, which `auto` keeps without loss.
fn drawing() -> Vec<u8> {
    let columns = (0..WIDTH).map(|x| {
        if x / 7 % 2 == 0 {
            [200, 30, 30]
        } else {
            [0, 0, 90]
        }
    });
    let row: Vec<u8> = columns.flatten().collect();
    png(
        png::ColorType::Rgb,
        png::BitDepth::Eight,
        &row.repeat(HEIGHT as usize),
    )
}

fn lossless() -> Vec<u8> {
    rendition(&drawing(), "format = \"auto\"")
}

fn rendition(original: &[u8], keys: &str) -> Vec<u8> {
    let presets = Presets::parse(&format!("[presets.a]\n{keys}")).unwrap();
    let presets: Vec<&Preset> = presets.iter().collect();
    let inspection = inspect(original, &Limits::default()).unwrap();
    let rendered = render(original, &inspection, &presets, &RenderOptions::default()).unwrap();
    rendered.renditions.into_iter().next().unwrap().bytes
}
