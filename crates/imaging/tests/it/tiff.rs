//! TIFF of every kind: strips and tiles, planes, compressions, numbers of all sizes.

use std::io::Write as _;

use imaging::{Limits, RefusalCode, inspect};

use crate::support::tiff::{Entry, bytes, chunked, longs, short, shorts};
use crate::support::{BLUE, GREEN, Pixels, RED, WHITE, assert_close, preset, rendered, try_render};

const PNG: &str = "format = \"png\"";
const SIZE: (u32, u32) = (40, 20);
const TILE: (u16, u16) = (16, 16);

/// What a directory says of pixels of these samples.
fn entries(compression: u16, photometric: u16, bits: u16, samples: u16) -> Vec<Entry> {
    vec![
        short(256, SIZE.0 as u16),
        short(257, SIZE.1 as u16),
        shorts(258, &vec![bits; samples.into()]),
        short(259, compression),
        short(262, photometric),
        short(277, samples),
    ]
}

/// Four quarters, the lower right one transparent where there is alpha.
fn quarters(channels: usize) -> Pixels {
    let opaque = Pixels::quarters(SIZE.0, SIZE.1);
    if channels == 3 {
        return opaque;
    }
    Pixels::new(SIZE.0, SIZE.1, |x, y| {
        let [red, green, blue] = *opaque.at(x, y).first_chunk().unwrap();
        let is_hidden = x * 2 >= SIZE.0 && y * 2 >= SIZE.1;
        [red, green, blue, if is_hidden { 0 } else { 255 }]
    })
}

/// The chunks of a picture: tiles of 16 by 16, or strips of 8 rows; one for each plane where it is planar.
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

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Bytes one by one, and a run where there is one.
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

#[track_caller]
fn check_quarters(file: &[u8], channels: usize, tolerance: u8, what: &str) {
    let pixels = rendered(file, PNG);
    assert_eq!(
        (pixels.width, pixels.height, pixels.channels),
        (SIZE.0, SIZE.1, channels),
        "{what}"
    );
    // Beside the edges and at the corners, so that no chunk is out of its place.
    for (x, y) in [
        (0, 0),
        (19, 9),
        (20, 0),
        (39, 9),
        (0, 10),
        (19, 19),
        (20, 10),
        (39, 19),
    ] {
        let expected = match (x < 20, y < 10) {
            (true, true) => RED,
            (false, true) => GREEN,
            (true, false) => BLUE,
            (false, false) => WHITE,
        };
        let pixel = pixels.at(x, y);
        let is_hidden = channels == 4 && pixel[3] == 0;
        assert_eq!(is_hidden, channels == 4 && x >= 20 && y >= 10, "{what}");
        if !is_hidden {
            let close = pixel
                .iter()
                .zip(expected)
                .all(|(a, b)| a.abs_diff(b) <= tolerance);
            assert!(close, "{what}: {pixel:?} at {x}, {y} is not {expected:?}");
        }
    }
}

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
    // A ramp of 16 bits, whose sums are carried between bytes.
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

type Number = fn(f64) -> Vec<u8>;

/// Numbers of every size, from black at the left to white at the right.
#[test]
fn grey_of_numbers_of_every_size() {
    let value = |x: u32| f64::from(x) / 39.0;
    let kinds: [(u16, u16, Number); 6] = [
        (32, 1, |value| {
            ((value * f64::from(u32::MAX)) as u32)
                .to_be_bytes()
                .to_vec()
        }),
        (24, 1, |value| {
            ((value * 16_777_215.0) as u32).to_be_bytes()[1..].to_vec()
        }),
        (32, 3, |value| (value as f32).to_be_bytes().to_vec()),
        (64, 3, |value| value.to_be_bytes().to_vec()),
        (8, 2, |value| vec![((value * 255.0) as u8) ^ 0x80]),
        (16, 2, |value| {
            (((value * 65_535.0) as u16) ^ 0x8000)
                .to_be_bytes()
                .to_vec()
        }),
    ];
    for (bits, format, number) in kinds {
        let row: Vec<u8> = (0..40).flat_map(|x| number(value(x))).collect();
        let mut entries = entries(1, 1, bits, 1);
        entries.push(short(339, format));
        let pixels = rendered(&chunked(&[row.repeat(20)], None, &entries), PNG);
        for x in 0..40 {
            assert_close(pixels.at(x, 11), &[(value(x) * 255.0).round() as u8], 1);
        }
    }
}

#[test]
fn floating_point_in_planes_of_bytes() {
    // The highest bytes of a row first, then the next ones; each told by what differs from the one before.
    let floats: Vec<[u8; 4]> = (0..40).map(|x| (x as f32 / 39.0).to_be_bytes()).collect();
    let mut row: Vec<u8> = (0..4)
        .flat_map(|byte| floats.iter().map(move |float| float[byte]))
        .collect();
    for at in (1..row.len()).rev() {
        row[at] = row[at].wrapping_sub(row[at - 1]);
    }
    let mut entries = entries(8, 1, 32, 1);
    entries.extend([short(339, 3), short(317, 3)]);
    let pixels = rendered(&chunked(&[deflate(&row.repeat(20))], None, &entries), PNG);
    for x in 0..40 {
        assert_close(
            pixels.at(x, 19),
            &[(x as f32 / 39.0 * 255.0).round() as u8],
            1,
        );
    }
}

#[test]
fn grey_with_alpha_and_samples_that_are_neither() {
    // Planes of grey, of something, and of alpha.
    let plane = |value: u8| vec![value; 800];
    let mut entries_of = entries(1, 1, 8, 3);
    entries_of.extend([short(284, 2), shorts(338, &[0, 2])]);
    let file = chunked(&[plane(90), plane(7), plane(128)], None, &entries_of);
    assert_eq!(rendered(&file, PNG).at(5, 5), [90, 128]);
    // The same beside each other.
    let mut entries_of = entries(1, 1, 8, 3);
    entries_of.push(shorts(338, &[0, 2]));
    let file = chunked(&[[90, 7, 128].repeat(800)], None, &entries_of);
    assert_eq!(rendered(&file, PNG).at(5, 5), [90, 128]);
}

#[test]
fn a_strip_of_as_many_rows_as_can_be_is_one_strip() {
    let mut entries = entries(1, 2, 8, 3);
    entries.push(longs(278, &[u32::MAX]));
    let file = chunked(&[quarters(3).data], None, &entries);
    check_quarters(&file, 3, 0, "rows without end");
}

#[test]
fn units_of_subsampled_chroma() {
    // Units of 2×2 pixels: four lumas, Cb, Cr. What is no multiple of a unit is filled up.
    let ycbcr = |[red, green, blue]: [u8; 3]| {
        let [r, g, b] = [red, green, blue].map(f32::from);
        let y = 0.299 * r + 0.587 * g + 0.114 * b;
        [y, (b - y) / 1.772 + 128.0, (r - y) / 1.402 + 128.0].map(|value| value.round() as u8)
    };
    let mut data = Vec::new();
    for y in (0..20).step_by(2) {
        for x in (0..40).step_by(2) {
            let [luma, cb, cr] = ycbcr(*quarters(3).at(x, y).first_chunk().unwrap());
            data.extend([luma, luma, luma, luma, cb, cr]);
        }
    }
    let mut entries = entries(1, 6, 8, 3);
    entries.push(shorts(530, &[2, 2]));
    check_quarters(&chunked(&[data], None, &entries), 3, 2, "units");
}

/// JPEGs of the chunks of a picture, with their tables apart.
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

/// The components of a JPEG in TIFF are named 1, 2 and 3 whatever they are, and no marker says which.
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

/// Rows of 16 pixels in codes of ITU-T T.4: eight white and eight black; all black; all white.
const WHITE_8: &str = "10011";
const BLACK_8: &str = "000101";
const WHITE_0: &str = "00110101";
const BLACK_16: &str = "0000010111";
const WHITE_16: &str = "101010";
const BLACK_0: &str = "0000110111";
const END_OF_LINE: &str = "000000000001";

fn bits(codes: &[&str]) -> Vec<u8> {
    let codes = codes.concat();
    codes
        .as_bytes()
        .chunks(8)
        .map(|byte| {
            byte.iter()
                .enumerate()
                .map(|(index, bit)| (bit - b'0') << (7 - index))
                .sum()
        })
        .collect()
}

/// A fax of three rows: its left half white and its right half black, then black, then white.
#[track_caller]
fn check_fax(compression: u16, data: &[u8], extra: &[Entry]) {
    for is_lowest_bit_first in [false, true] {
        let mut data = data.to_vec();
        let mut entries = vec![
            short(256, 16),
            short(257, 3),
            short(258, 1),
            short(259, compression),
            short(262, 0),
            short(277, 1),
        ];
        entries.extend(extra.iter().cloned());
        if is_lowest_bit_first {
            data.iter_mut().for_each(|byte| *byte = byte.reverse_bits());
            entries.push(short(266, 2));
        }
        let pixels = rendered(&chunked(&[data], None, &entries), PNG);
        let row = |y: u32| (0..16).map(|x| pixels.at(x, y)[0]).collect::<Vec<u8>>();
        assert_eq!(row(0), [[255; 8], [0; 8]].concat());
        assert_eq!(row(1), [0; 16]);
        assert_eq!(row(2), [255; 16]);
    }
}

#[test]
fn fax_codes_of_every_kind() {
    let rows = [
        vec![WHITE_8, BLACK_8],
        vec![WHITE_0, BLACK_16],
        vec![WHITE_16],
    ];
    // Each row begins at a byte, or at an even one.
    let bytes: Vec<u8> = rows.iter().flat_map(|row| bits(row)).collect();
    check_fax(2, &bytes, &[]);
    let words = rows.iter().flat_map(|row| {
        let mut row = bits(row);
        row.resize(row.len().next_multiple_of(2), 0);
        row
    });
    check_fax(32_771, &words.collect::<Vec<u8>>(), &[]);

    // Group 3: each row after an end of line; some writers leave these out.
    let with_ends: Vec<&str> = rows
        .iter()
        .flat_map(|row| [&[END_OF_LINE], row.as_slice()].concat())
        .chain([END_OF_LINE; 6])
        .collect();
    check_fax(3, &bits(&with_ends), &[longs(292, &[0])]);
    check_fax(3, &bits(&rows.concat()), &[]);
    // In two dimensions a bit after each end of line says how the row is coded.
    let two_dimensional = [
        &[END_OF_LINE, "1", WHITE_8, BLACK_8][..],
        &[END_OF_LINE, "0", "001", WHITE_0, BLACK_16],
        &[END_OF_LINE, "1", WHITE_16],
    ];
    check_fax(3, &bits(&two_dimensional.concat()), &[longs(292, &[1])]);

    // Group 4: every row in two dimensions, then the end of the block.
    let group_4 = [
        &["001", WHITE_8, BLACK_8][..],
        &["001", WHITE_0, BLACK_16],
        &["001", WHITE_16, BLACK_0],
        &[END_OF_LINE, END_OF_LINE],
    ];
    check_fax(4, &bits(&group_4.concat()), &[]);
}

#[test]
fn a_fax_of_another_encoder_is_read() {
    let picture = Pixels::new(301, 200, |x, y| {
        [if (x * x + y * y * 3) / 700 % 3 == 0 {
            0
        } else {
            255
        }]
    });
    let mut encoder = fax::encoder::Encoder::new(fax::VecWriter::new());
    for y in 0..picture.height {
        let row = (0..picture.width).map(|x| match picture.at(x, y)[0] {
            0 => fax::Color::Black,
            _ => fax::Color::White,
        });
        encoder.encode_line(row, picture.width as u16).unwrap();
    }
    let data = encoder.finish().unwrap().finish();
    let entries = [
        short(256, 301),
        short(257, 200),
        short(258, 1),
        short(259, 4),
        short(262, 0),
    ];
    let pixels = rendered(&chunked(std::slice::from_ref(&data), None, &entries), PNG);
    assert_eq!(pixels.data, picture.data);
    // Half of it is too little.
    let half = data[..data.len() / 2].to_vec();
    let refusal = try_render(&chunked(&[half], None, &entries), &preset(PNG)).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Corrupt, "{refusal}");
}

#[test]
fn a_chain_of_pages_that_comes_back_counts_each_once() {
    let mut file = chunked(&[quarters(3).data], None, &entries(1, 2, 8, 3));
    let first = u32::from_be_bytes(file[4..8].try_into().unwrap()) as usize;
    let entries = usize::from(u16::from_be_bytes([file[first], file[first + 1]]));
    let next_at = first + 2 + entries * 12;
    let directory = file[first..next_at + 4].to_vec();
    let second = u32::try_from(file.len()).unwrap();
    file[next_at..next_at + 4].copy_from_slice(&second.to_be_bytes());
    file.extend(&directory);
    // The second page is followed by the first one again.
    let end = file.len();
    file[end - 4..].copy_from_slice(&u32::try_from(first).unwrap().to_be_bytes());
    let inspection = inspect(&file, &Limits::default()).unwrap();
    assert_eq!(inspection.warnings.len(), 1);
    assert_eq!(inspection.warnings[0].code, "pages-left-out");
    assert!(inspection.warnings[0].message.contains("2 pages"));
    check_quarters(&file, 3, 0, "a loop");
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    let refused = |entries: &[Entry], name: &str| {
        let file = chunked(&[vec![0; 9000]], None, entries);
        // The header is known nevertheless.
        assert_eq!(inspect(&file, &Limits::default()).unwrap().width, 40);
        let refusal = try_render(&file, &preset(PNG)).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::UnsupportedFormat, "{refusal}");
        assert!(refusal.message.contains(name), "{refusal}");
    };
    for (compression, name) in [
        (6, "JPEG of the old kind"),
        (34_712, "JPEG 2000"),
        (34_661, "JBIG"),
        (34_887, "LERC"),
        (32_809, "ThunderScan"),
        (4711, "4711"),
    ] {
        refused(&entries(compression, 2, 8, 3), name);
    }
    refused(&entries(1, 10, 8, 3), "ITU");
    refused(&entries(1, 32_803, 16, 1), "sensor");
    let mut different = entries(1, 2, 8, 3);
    different[2] = shorts(258, &[5, 6, 5]);
    refused(&different, "different numbers of bits");
    let mut complex = entries(1, 1, 32, 1);
    complex.push(short(339, 6));
    refused(&complex, "complex");
    refused(&entries(7, 2, 12, 3), "JPEG with 3 samples of 12 bits");
}

#[test]
fn tiles_that_are_made_to_exhaust_memory_are_refused() {
    let file = chunked(
        &[vec![0; 100]],
        Some((60_000, 60_000)),
        &entries(5, 2, 8, 3),
    );
    let refusal = try_render(&file, &preset(PNG)).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Corrupt);
}
