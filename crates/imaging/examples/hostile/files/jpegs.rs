//! Hostile JPEG files.

use super::{be16, filled};

fn segment(code: u8, data: &[u8]) -> Vec<u8> {
    [&[0xFF, code], be16(data.len() + 2).as_slice(), data].concat()
}

/// The frame header of a picture with three components of full size.
fn jpeg_frame(code: u8, side: usize) -> Vec<u8> {
    let size = [be16(side), be16(side)].concat();
    segment(
        code,
        &[
            &[8],
            size.as_slice(),
            &[3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0],
        ]
        .concat(),
    )
}

/// Quantisation tables, and one code of one bit for each class.
fn jpeg_start() -> Vec<u8> {
    let mut code = [0; 17];
    code[1] = 1;
    let table = |class: u8| [&[class], &code[1..], &[0]].concat();
    [
        b"\xFF\xD8".as_slice(),
        &segment(0xDB, &[[0].as_slice(), &[1; 64]].concat()),
        &segment(0xC4, &[table(0x00), table(0x10)].concat()),
    ]
    .concat()
}

pub(super) fn jpeg_side(size: usize) -> usize {
    if size < 1 << 20 { 500 } else { 10_000 }
}

pub(super) fn jpeg_tables(size: usize) -> Vec<u8> {
    let mut table = vec![0; 17];
    table[2] = 2;
    table.extend([0, 1]);
    let tables = segment(0xC4, &table.repeat(3000));
    let scan = segment(0xDA, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
    [
        jpeg_start(),
        filled(size, &tables),
        jpeg_frame(0xC0, 64),
        scan,
        vec![0; 100],
    ]
    .concat()
}

pub(super) fn jpeg_scans(size: usize) -> Vec<u8> {
    let scan = segment(0xDA, &[1, 1, 0, 1, 63, 0]);
    [
        jpeg_start(),
        jpeg_frame(0xC2, jpeg_side(size)),
        filled(size, &scan),
    ]
    .concat()
}

pub(super) fn jpeg_components(size: usize) -> Vec<u8> {
    let scan = |component| {
        [
            segment(0xDA, &[1, component, 0, 0, 63, 0]),
            vec![0; size / 3],
        ]
        .concat()
    };
    [
        jpeg_start(),
        jpeg_frame(0xC0, jpeg_side(size)),
        scan(1),
        scan(2),
        scan(3),
        vec![0xFF, 0xD9],
    ]
    .concat()
}

pub(super) fn jpeg_segments(size: usize, code: u8, data: &[u8]) -> Vec<u8> {
    let segments = filled(size, &segment(code, data));
    let scan = segment(0xDA, &[3, 1, 0, 2, 0, 3, 0, 0, 63, 0]);
    [
        jpeg_start(),
        segments,
        jpeg_frame(0xC0, 64),
        scan,
        vec![0; 100],
    ]
    .concat()
}
