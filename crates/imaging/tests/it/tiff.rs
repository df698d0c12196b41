//! TIFF files of every kind: strips and tiles, planes, compressions, numbers of all sizes.

mod chunks;
mod fax;

use std::io::Write as _;

use imaging::{Limits, RefusalCode, inspect};

use crate::support::tiff::{Entry, chunked, longs, short, shorts};
use crate::support::{BLUE, GREEN, Pixels, RED, WHITE, assert_close, preset, rendered, try_render};

const PNG: &str = "format = \"png\"";
const SIZE: (u32, u32) = (40, 20);
const TILE: (u16, u16) = (16, 16);

/// The entries of a directory for pixels of these samples.
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

/// Four quarters. The lower right one is transparent if there is alpha.
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

fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

#[track_caller]
fn check_quarters(file: &[u8], channels: usize, tolerance: u8, what: &str) {
    let pixels = rendered(file, PNG);
    assert_eq!(
        (pixels.width, pixels.height, pixels.channels),
        (SIZE.0, SIZE.1, channels),
        "{what}"
    );
    // Next to the edges and at the corners, so that no chunk can be in a wrong place.
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
    // The highest bytes of a row come first, then the next ones. Each is stored as the difference from the one before.
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
    // Planes of grey, of another channel, and of alpha.
    let plane = |value: u8| vec![value; 800];
    let mut entries_of = entries(1, 1, 8, 3);
    entries_of.extend([short(284, 2), shorts(338, &[0, 2])]);
    let file = chunked(&[plane(90), plane(7), plane(128)], None, &entries_of);
    assert_eq!(rendered(&file, PNG).at(5, 5), [90, 128]);
    // The same, interleaved.
    let mut entries_of = entries(1, 1, 8, 3);
    entries_of.push(shorts(338, &[0, 2]));
    let file = chunked(&[[90, 7, 128].repeat(800)], None, &entries_of);
    assert_eq!(rendered(&file, PNG).at(5, 5), [90, 128]);
    // More extra samples are described than exist, and the one that is alpha does not exist.
    let mut entries_of = entries(1, 1, 8, 2);
    entries_of.push(shorts(338, &[0, 0, 0, 2]));
    let file = chunked(&[[90, 128].repeat(800)], None, &entries_of);
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
    // Units of 2×2 pixels: four lumas, Cb, Cr. A size that is not a multiple of a unit is padded.
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
    // The second page refers to the first one again.
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
        (6, "old-style JPEG compression"),
        (34_712, "JPEG 2000"),
        (34_661, "JBIG"),
        (34_887, "LERC"),
        (32_809, "ThunderScan"),
        (4711, "4711"),
    ] {
        refused(&entries(compression, 2, 8, 3), name);
    }
    refused(&entries(1, 10, 8, 3), "ITU");
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
