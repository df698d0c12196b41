//! Strips and tiles, planes and pixels, in every compression.

use std::io::Write as _;

use imaging::RefusalCode;

use super::{PNG, SIZE, TILE, check_quarters, deflate, entries, quarters};
use crate::support::tiff::{bytes, chunked, longs, short};
use crate::support::{BLUE, GREEN, Pixels, RED, WHITE, assert_close, preset, rendered, try_render};

/// The chunks of a picture: tiles of 16 by 16 or strips of 8 rows, and one for each plane if it is planar.
fn cut(pixels: &Pixels, is_tiled: bool, is_planar: bool) -> Vec<Vec<u8>> {
    let (width, height) = if is_tiled { (16, 16) } else { (SIZE.0, 8) };
    let planes: Vec<Vec<usize>> = if is_planar {
        (0..pixels.channels).map(|channel| vec![channel]).collect()
    } else {
        vec![(0..pixels.channels).collect()]
    };
    let mut chunks = Vec::new();
    for channels in planes {
        for top in (0..SIZE.1).step_by(height) {
            for left in (0..SIZE.0).step_by(width as usize) {
                let mut chunk = Vec::new();
                let rows = if is_tiled {
                    height as u32
                } else {
                    (height as u32).min(SIZE.1 - top)
                };
                for y in top..top + rows {
                    for x in left..left + width {
                        let inside = x < SIZE.0 && y < SIZE.1;
                        chunk.extend(
                            channels.iter().map(
                                |channel| {
                                    if inside { pixels.at(x, y)[*channel] } else { 0 }
                                },
                            ),
                        );
                    }
                }
                chunks.push(chunk);
            }
        }
    }
    chunks
}

/// Single bytes, and a run if there is one.
fn pack_bits(data: &[u8]) -> Vec<u8> {
    let run = |bytes: &[u8]| {
        if bytes.len() > 1 && bytes.iter().all(|byte| *byte == bytes[0]) {
            vec![(257 - bytes.len()) as u8, bytes[0]]
        } else {
            [&[(bytes.len() - 1) as u8], bytes].concat()
        }
    };
    data.chunks(100).flat_map(run).collect()
}

fn lzw(data: &[u8]) -> Vec<u8> {
    weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8)
        .encode(data)
        .unwrap()
}

fn zstandard(data: &[u8]) -> Vec<u8> {
    ruzstd::encoding::compress_to_vec(data, ruzstd::encoding::CompressionLevel::Fastest)
}

fn lzma(data: &[u8]) -> Vec<u8> {
    let mut writer =
        lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(6)).unwrap();
    writer.write_all(data).unwrap();
    writer.finish().unwrap()
}

type Compress = fn(&[u8]) -> Vec<u8>;

const LOSSLESS: [(u16, Compress); 7] = [
    (1, |data| data.to_vec()),
    (5, lzw),
    (8, deflate),
    (32_946, deflate),
    (32_773, pack_bits),
    (34_925, lzma),
    (50_000, zstandard),
];

#[test]
fn strips_and_tiles_planes_and_pixels_of_every_lossless_compression() {
    for (compression, compress) in LOSSLESS {
        for (is_tiled, is_planar) in [(false, false), (false, true), (true, false), (true, true)] {
            for (channels, wide) in [(3, false), (4, false), (3, true), (4, true)] {
                let chunks: Vec<Vec<u8>> = cut(&quarters(channels), is_tiled, is_planar)
                    .iter()
                    .map(|chunk| {
                        let repeat = if wide { 2 } else { 1 };
                        let samples = chunk.iter().flat_map(|byte| vec![*byte; repeat]);
                        compress(&samples.collect::<Vec<u8>>())
                    })
                    .collect();
                let bits = if wide { 16 } else { 8 };
                let mut entries = entries(compression, 2, bits, channels as u16);
                entries.push(short(278, 8));
                if is_planar {
                    entries.push(short(284, 2));
                }
                if channels == 4 {
                    entries.push(short(338, 2));
                }
                let file = chunked(&chunks, is_tiled.then_some(TILE), &entries);
                let what = format!(
                    "compression {compression}, tiled {is_tiled}, planar {is_planar}, {channels} × {bits}"
                );
                check_quarters(&file, channels, 0, &what);
            }
        }
    }
}

#[test]
fn samples_told_by_their_differences() {
    for is_planar in [false, true] {
        let together = if is_planar { 1 } else { 3 };
        let chunks: Vec<Vec<u8>> = cut(&quarters(3), true, is_planar)
            .iter()
            .map(|chunk| {
                let mut rows = chunk.clone();
                for row in rows.chunks_exact_mut(16 * together) {
                    for at in (together..row.len()).rev() {
                        row[at] = row[at].wrapping_sub(row[at - together]);
                    }
                }
                lzw(&rows)
            })
            .collect();
        let mut entries = entries(5, 2, 8, 3);
        entries.extend([short(317, 2), short(284, 1 + u16::from(is_planar))]);
        let file = chunked(&chunks, Some(TILE), &entries);
        check_quarters(&file, 3, 0, &format!("planar {is_planar}"));
    }
    // A ramp of 16 bits, in which sums carry between bytes.
    let ramp: Vec<u16> = (0..800).map(|index| index % 40 * 1500).collect();
    let differences = ramp.iter().enumerate().map(|(index, value)| {
        let before = if index % 40 == 0 { 0 } else { ramp[index - 1] };
        value.wrapping_sub(before).to_be_bytes()
    });
    let data: Vec<u8> = differences.flatten().collect();
    let mut entries = entries(8, 1, 16, 1);
    entries.push(short(317, 2));
    let pixels = rendered(&chunked(&[deflate(&data)], None, &entries), PNG);
    for x in 0..40 {
        assert_close(pixels.at(x, 7), &[(x * 1500 / 257) as u8], 1);
    }
}

/// JPEGs of the chunks of a picture, with separate tables.
fn jpegs(is_tiled: bool, space: turbojpeg::Colorspace) -> (Vec<Vec<u8>>, Vec<u8>) {
    let subsampling = match space {
        turbojpeg::Colorspace::RGB => turbojpeg::Subsamp::None,
        _ => turbojpeg::Subsamp::Sub2x2,
    };
    let files: Vec<Vec<u8>> = cut(&quarters(3), is_tiled, false)
        .into_iter()
        .map(|data| {
            let width = if is_tiled { 16 } else { SIZE.0 };
            let height = (data.len() / 3) as u32 / width;
            let pixels = Pixels {
                width,
                height,
                channels: 3,
                data,
            };
            pixels.to_jpeg_with(subsampling, |compressor| {
                compressor.set_colorspace(space).unwrap();
            })
        })
        .collect();
    // Tables are the same in all of them.
    let mut tables = vec![0xFF, 0xD8];
    let mut chunks = Vec::new();
    for (index, file) in files.iter().enumerate() {
        let mut chunk = vec![0xFF, 0xD8];
        let mut at = 2;
        while file[at + 1] != 0xDA {
            let next = at + 2 + usize::from(u16::from_be_bytes([file[at + 2], file[at + 3]]));
            match file[at + 1] {
                0xDB | 0xC4 if index == 0 => tables.extend(&file[at..next]),
                0xDB | 0xC4 | 0xE0..=0xEF => {}
                _ => chunk.extend(&file[at..next]),
            }
            at = next;
        }
        chunk.extend(&file[at..]);
        chunks.push(chunk);
    }
    tables.extend([0xFF, 0xD9]);
    (chunks, tables)
}

/// The components of a JPEG in TIFF are always named 1, 2 and 3, and no marker says what they are.
#[test]
fn jpegs_with_their_tables_apart_in_both_colour_models() {
    for (space, photometric) in [
        (turbojpeg::Colorspace::YCbCr, 6),
        (turbojpeg::Colorspace::RGB, 2),
    ] {
        for is_tiled in [false, true] {
            let (mut chunks, tables) = jpegs(is_tiled, space);
            for chunk in &mut chunks {
                name_components(chunk);
            }
            let mut entries = entries(7, photometric, 8, 3);
            entries.extend([short(278, 8), bytes(347, tables)]);
            let file = chunked(&chunks, is_tiled.then_some(TILE), &entries);
            let what = format!("{space:?}, tiled {is_tiled}");
            check_quarters_far_from_edges(&file, &what);
        }
    }
}

/// Writes 1, 2 and 3 over the names of the components, in frame and scan header.
fn name_components(jpeg: &mut [u8]) {
    let frame = jpeg
        .windows(2)
        .position(|pair| pair == [0xFF, 0xC0])
        .unwrap();
    let scan = jpeg
        .windows(2)
        .position(|pair| pair == [0xFF, 0xDA])
        .unwrap();
    for index in 0..3 {
        jpeg[frame + 10 + index * 3] = index as u8 + 1;
        jpeg[scan + 5 + index * 2] = index as u8 + 1;
    }
}

#[track_caller]
fn check_quarters_far_from_edges(file: &[u8], what: &str) {
    let pixels = rendered(file, PNG);
    for ((x, y), expected) in [
        ((5, 3), RED),
        ((37, 3), GREEN),
        ((5, 17), BLUE),
        ((37, 17), WHITE),
    ] {
        let pixel = pixels.at(x, y);
        let close = pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 8);
        assert!(close, "{what}: {pixel:?} at {x}, {y} is not {expected:?}");
    }
}

#[test]
fn a_jpeg_that_is_not_of_the_size_of_its_tile_is_refused() {
    let big = Pixels::quarters(400, 300).to_jpeg();
    let file = chunked(&[big], None, &entries(7, 6, 8, 3));
    let refusal = try_render(&file, &preset(PNG)).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Corrupt);
    assert!(refusal.message.contains("400×300"), "{refusal}");
}

/// Such a file of 88 bytes would otherwise ask for gigabytes of memory.
#[test]
fn a_pixel_of_very_many_samples_is_refused_by_name() {
    let mut fields = entries(1, 2, 8, 3);
    fields.retain(|(tag, ..)| *tag != 277);
    fields.push(longs(277, &[303_169_682]));
    let file = chunked(&[vec![0; 64]], None, &fields);
    let refusal = try_render(&file, &preset(PNG)).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::UnsupportedFormat);
    assert!(
        refusal.message.contains("303169682 samples per pixel"),
        "{refusal}"
    );
}

#[test]
fn webp_in_tiles() {
    let chunks: Vec<Vec<u8>> = cut(&quarters(3), true, false)
        .into_iter()
        .map(|data| {
            let tile = Pixels {
                width: 16,
                height: 16,
                channels: 3,
                data,
            };
            crate::support::rendition(&tile.to_png(), "format = \"auto\"").bytes
        })
        .collect();
    let file = chunked(&chunks, Some(TILE), &entries(50_001, 2, 8, 3));
    check_quarters(&file, 3, 0, "WebP");
}
