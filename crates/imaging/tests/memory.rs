//! Compares the estimate of memory with what a process really uses, in both directions.
//!
//! Each original is rendered in a separate process, which is this binary started again. The kernel measures its
//! resident memory, because much is allocated by C libraries, which Rust's allocator does not see. Pages that an
//! allocation never touches are not counted, because they need no space on the machine.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests fail if a result is not as expected, and report to the process that started \
              them"
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

/// The estimate may be this factor of the memory used, plus this amount.
const GENEROUS: u64 = 6;
const SPARE_KIB: u64 = 6 << 10;

const WIDTH: u32 = 1600;
const HEIGHT: u32 = 1200;

const SMALL: &str = "width = 640\nformat = \"webp\"";

/// Originals, and the renditions that are made of them.
const CASES: [(&str, &str); 46] = [
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
    ("tiff of tiles", SMALL),
    ("tiff of tiles in planes", SMALL),
    ("tiff of fax codes", SMALL),
    ("tiff of one JPEG", SMALL),
    ("tiff of one WebP", SMALL),
    ("tiff of one strip in Zstandard", SMALL),
    ("tiff of one strip in LZMA", SMALL),
    ("gif with a large profile", SMALL),
    ("jpeg without its end", SMALL),
    ("bmp", SMALL),
    ("bmp of OS/2", SMALL),
    ("avif", SMALL),
    ("png 8", "trim = 5\nwidth = 640\nformat = \"webp\""),
    ("jpeg 4:2:0", "trim = 5\nwidth = 640\nformat = \"webp\""),
    (
        "jpeg 4:2:0",
        "resize = \"linear\"\nwidth = 640\nformat = \"webp\"",
    ),
    (
        "png 16 with alpha",
        "resize = \"linear\"\nwidth = 1000\nformat = \"png\"\neffort = 0",
    ),
    ("jpeg 4:2:0", "rotate = 90\nformat = \"jpeg\""),
    ("jpeg 4:2:0", "blur = 2.0\nformat = \"jpeg\""),
    (
        "png 16 with alpha",
        "blur = 2.0\nformat = \"png\"\neffort = 0",
    ),
    (
        "jpeg 4:2:0",
        "width = 1800\nheight = 1800\nfit = \"pad\"\nformat = \"webp\"",
    ),
    (
        "jpeg 4:2:0",
        "format = \"jpeg\"\nwatermark = { file = \"drawing\", scale = 1.0 }",
    ),
    (
        "jpeg 4:2:0",
        "format = \"webp\"\nquality = 100\nmax_bytes = 1",
    ),
    (
        "jpeg with a gain map",
        "format = \"jpeg\"\nhdr = \"keep\"\nquality = 100",
    ),
];

/// Files that others made, of the formats that this build reads.
#[cfg(feature = "heic")]
const HEIC: &[(&str, &str)] = &[("heic", SMALL), ("heic with alpha", SMALL)];
#[cfg(not(feature = "heic"))]
const HEIC: &[(&str, &str)] = &[];
#[cfg(feature = "jxl")]
const JXL: &[(&str, &str)] = &[
    ("jxl", SMALL),
    ("jxl", "format = \"png\""),
    ("lossless jxl", SMALL),
];
#[cfg(not(feature = "jxl"))]
const JXL: &[(&str, &str)] = &[];

#[test]
fn what_is_held_is_at_most_the_estimate_and_not_a_small_part_of_it() {
    let mut complaints = Vec::new();
    for (original, keys) in CASES.iter().chain(HEIC).chain(JXL).copied() {
        let command = Command::new(env::current_exe().unwrap())
            .args(["--exact", "one_of_them", "--ignored", "--nocapture"])
            .env("MEMORY_KEYS", keys)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = command.unwrap();
        // It is made here, so that the memory for making it does not count for the other process.
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

/// What the processes do that this test starts.
#[test]
#[ignore = "it is one original of the other test"]
fn one_of_them() {
    let mut original = Vec::new();
    io::stdin().read_to_end(&mut original).unwrap();
    let toml = format!("[presets.a]\n{}", env::var("MEMORY_KEYS").unwrap());
    let presets = Presets::parse_with_files(&toml, |file| Ok(make(file)));
    let presets = presets.unwrap();
    let presets: Vec<&Preset> = presets.iter().collect();
    let peak = Peak::begin();
    let limits = Limits {
        accept_heic: true,
        ..Limits::default()
    };
    let inspection = inspect(&original, &limits).unwrap();
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
        "jpeg with a gain map" => with_gain_map(),
        "png 8" => png(png::ColorType::Rgb, png::BitDepth::Eight, &colours(3)),
        "png 16 with alpha" => png(png::ColorType::Rgba, png::BitDepth::Sixteen, &colours(8)),
        "drawing" => drawing(),
        "gif" => gif(1),
        "animated gif" => gif(6),
        "heic" => include_bytes!("it/files/large.heic").to_vec(),
        "heic with alpha" => include_bytes!("it/files/large-alpha.heic").to_vec(),
        "jxl" => include_bytes!("it/files/large-lossy.jxl").to_vec(),
        "lossless jxl" => include_bytes!("it/files/large-lossless.jxl").to_vec(),
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
        "tiff of tiles" | "tiff of tiles in planes" => tiles(name.ends_with("planes")),
        "tiff of fax codes" => fax(),
        "tiff of one JPEG" => one_strip(7, 6, &jpeg(turbojpeg::Subsamp::Sub2x2, true)),
        "tiff of one WebP" => one_strip(50_001, 2, &made("format = \"webp\"")),
        "tiff of one strip in Zstandard" => {
            let level = ruzstd::encoding::CompressionLevel::Fastest;
            one_strip(
                50_000,
                2,
                &ruzstd::encoding::compress_to_vec(colours(3).as_slice(), level),
            )
        }
        "tiff of one strip in LZMA" => one_strip(34_925, 2, &lzma(&colours(3))),
        "gif with a large profile" => gif_with_profile(),
        "jpeg without its end" => {
            let mut file = jpeg(turbojpeg::Subsamp::None, false);
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

/// A JPEG with a map as large as its picture, which ISO 21496-1 describes.
fn with_gain_map() -> Vec<u8> {
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

const SHORT: u16 = 3;
const LONG: u16 = 4;

/// A TIFF of 8 bits a sample whose chunks have these bytes, as `offsets` and `lengths` say.
fn tiff_of(entries: &[(u16, u16, Vec<u32>)], chunks: &[Vec<u8>], places: (u16, u16)) -> Vec<u8> {
    let mut at = 8;
    let mut offsets = Vec::new();
    for chunk in chunks {
        offsets.push(at);
        at += chunk.len() as u32;
    }
    let mut entries = entries.to_vec();
    let lengths = chunks.iter().map(|chunk| chunk.len() as u32).collect();
    entries.extend([(places.0, LONG, offsets), (places.1, LONG, lengths)]);
    entries.sort_by_key(|entry| entry.0);
    let mut file = b"II*\0".to_vec();
    file.extend(at.to_le_bytes());
    file.extend(chunks.concat());
    let values_at = at + 2 + entries.len() as u32 * 12 + 4;
    let mut values: Vec<u8> = Vec::new();
    file.extend((entries.len() as u16).to_le_bytes());
    for (tag, kind, numbers) in entries {
        file.extend([tag, kind].map(u16::to_le_bytes).concat());
        file.extend((numbers.len() as u32).to_le_bytes());
        if let [number] = numbers[..] {
            file.extend(number.to_le_bytes());
        } else {
            file.extend((values_at + values.len() as u32).to_le_bytes());
            let bytes = numbers.iter().flat_map(|number| number.to_le_bytes());
            values.extend(bytes);
        }
    }
    file.extend([0; 4]);
    file.extend(values);
    file
}

fn tags(compression: u32, photometric: u32) -> Vec<(u16, u16, Vec<u32>)> {
    vec![
        (256, LONG, vec![WIDTH]),
        (257, LONG, vec![HEIGHT]),
        (258, SHORT, vec![8]),
        (259, SHORT, vec![compression]),
        (262, SHORT, vec![photometric]),
        (277, SHORT, vec![3]),
        (278, LONG, vec![HEIGHT]),
    ]
}

const STRIPS: (u16, u16) = (273, 279);
const TILES: (u16, u16) = (324, 325);

/// A TIFF of three planes in one strip each, which the encoder does not write.
fn planes() -> Vec<u8> {
    let mut tags = tags(1, 2);
    tags.push((284, SHORT, vec![2]));
    tiff_of(&tags, &[colours(1), colours(1), colours(1)], STRIPS)
}

/// One of a single strip.
fn one_strip(compression: u32, photometric: u32, data: &[u8]) -> Vec<u8> {
    tiff_of(&tags(compression, photometric), &[data.to_vec()], STRIPS)
}

/// One of tiles of 256 by 256, compressed.
fn tiles(is_planar: bool) -> Vec<u8> {
    let (planes, samples) = if is_planar { (3, 1) } else { (1, 3) };
    let count = WIDTH.div_ceil(256) * HEIGHT.div_ceil(256) * planes;
    let noise = colours(3);
    let tile = &noise[..256 * 256 * samples];
    let mut deflated = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    deflated.write_all(tile).unwrap();
    let tile = deflated.finish().unwrap();
    let mut tags = tags(8, 2);
    tags.retain(|tag| tag.0 != 278);
    tags.extend([(322, SHORT, vec![256]), (323, SHORT, vec![256])]);
    tags.push((284, SHORT, vec![if is_planar { 2 } else { 1 }]));
    tiff_of(&tags, &vec![tile; count as usize], TILES)
}

fn fax() -> Vec<u8> {
    let noise = colours(1);
    let mut encoder = fax::encoder::Encoder::new(fax::VecWriter::new());
    for row in noise.chunks_exact(WIDTH as usize) {
        let row = row.iter().map(|sample| match sample {
            0..=127 => fax::Color::Black,
            _ => fax::Color::White,
        });
        encoder.encode_line(row, WIDTH as u16).unwrap();
    }
    let mut tags = tags(4, 0);
    tags[2].2 = vec![1];
    tags[5].2 = vec![1];
    tiff_of(&tags, &[encoder.finish().unwrap().finish()], STRIPS)
}

fn lzma(data: &[u8]) -> Vec<u8> {
    let options = lzma_rust2::XzOptions::with_preset(6);
    let mut writer = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
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

/// A bitmap whose header has 24 bytes more than that of Windows.
fn bmp_of_os2() -> Vec<u8> {
    let mut file = bmp();
    file[14] = 64;
    file.splice(54..54, [0; 24]);
    let pixels_at = 54_u32 + 24;
    file[10..14].copy_from_slice(&pixels_at.to_le_bytes());
    file
}

/// An interlaced PNG of noise, which the encoder does not write: seven pictures (W3C PNG, 8.1).
fn interlaced() -> Vec<u8> {
    let passes = [(8, 8), (8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2)];
    let mut noise = colours(3).into_iter().cycle();
    let mut rows = Vec::new();
    for (across, down) in passes {
        // The size can be divided by every pass.
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

/// The picture, encoded by the crate itself.
fn made(keys: &str) -> Vec<u8> {
    rendition(&jpeg(turbojpeg::Subsamp::Sub2x2, false), keys)
}

/// A picture of few colours, which `auto` writes losslessly.
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
