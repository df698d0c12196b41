//! Fax codes in TIFF.

use imaging::RefusalCode;

use super::PNG;
use crate::support::tiff::{Entry, chunked, longs, short};
use crate::support::{Pixels, preset, rendered, try_render};

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
    // In two dimensions, a bit after each end of line says how the row is coded.
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
