//! Bitmaps and icons with headers of all ages.

use imaging::{Format, Limits, RefusalCode, inspect};

use crate::support::{BLUE, GREEN, Pixels, RED, WHITE, preset, rendered, try_render};

const PNG: &str = "format = \"png\"";

/// A file header, then a header of the picture, then what follows it, with the pixels at the end.
fn bitmap(header: &[u8], between: &[u8], pixels: &[u8]) -> Vec<u8> {
    let pixels_at = 14 + header.len() + between.len();
    let mut file = b"BM".to_vec();
    file.extend(((pixels_at + pixels.len()) as u32).to_le_bytes());
    file.extend([0; 4]);
    file.extend((pixels_at as u32).to_le_bytes());
    [file, header.to_vec(), between.to_vec(), pixels.to_vec()].concat()
}

/// A header of 2×2 pixels that has this size.
fn header(size: u32, bits: u16, compression: u32, colours: u32) -> Vec<u8> {
    let mut header = [size, 2, 2].map(u32::to_le_bytes).concat();
    header.extend([1, 0]);
    header.extend(bits.to_le_bytes());
    header.extend(compression.to_le_bytes());
    header.extend([0; 12]);
    header.extend(colours.to_le_bytes());
    header.resize(size.max(36) as usize, 0);
    header.truncate(size as usize);
    header
}

/// Red and green above blue and white, with 24 bits, the lower row first, and each row a multiple of four bytes.
fn pixels24() -> Vec<u8> {
    let stored = |[red, green, blue]: [u8; 3]| [blue, green, red];
    let row = |left, right| [&stored(left)[..], &stored(right), &[0, 0]].concat();
    [row(BLUE, WHITE), row(RED, GREEN)].concat()
}

/// A palette of the four colours, and indices of 8 bits.
fn palette() -> Vec<u8> {
    [RED, GREEN, BLUE, WHITE]
        .iter()
        .flat_map(|[red, green, blue]| [*blue, *green, *red, 0])
        .collect()
}

const INDICES: [u8; 8] = [2, 3, 0, 0, 0, 1, 0, 0];

#[track_caller]
fn check(file: &[u8]) {
    let inspection = inspect(file, &Limits::default()).unwrap();
    assert_eq!(
        (inspection.format, inspection.width, inspection.height),
        (Format::Bmp, 2, 2)
    );
    let pixels = rendered(file, PNG);
    let found: Vec<&[u8]> = pixels.data.chunks_exact(pixels.channels).collect();
    for (found, expected) in found.iter().zip([RED, GREEN, BLUE, WHITE]) {
        assert_eq!(found[..3], expected);
    }
}

#[test]
fn headers_of_os2_are_cut_anywhere() {
    for size in [16, 20, 24, 36, 48, 64] {
        check(&bitmap(&header(size, 24, 0, 0), &[], &pixels24()));
        // A palette with an entry for every possible index.
        let mut whole = palette();
        whole.resize(1024, 0);
        check(&bitmap(&header(size, 8, 0, 0), &whole, &INDICES));
    }
}

#[test]
fn a_palette_may_have_more_colours_than_there_are_indices() {
    let mut long = palette();
    long.resize(300 * 4, 0);
    check(&bitmap(&header(40, 8, 0, 300), &long, &INDICES));
}

#[test]
fn masks_of_four_colours_behind_a_short_header() {
    let masks = [0x00FF_0000_u32, 0xFF00, 0xFF, 0xFF00_0000]
        .map(u32::to_le_bytes)
        .concat();
    let pixels: Vec<u8> = [(BLUE, 255), (WHITE, 0), (RED, 255), (GREEN, 128)]
        .iter()
        .flat_map(|([red, green, blue], alpha)| [*blue, *green, *red, *alpha])
        .collect();
    let file = bitmap(&header(40, 32, 6, 0), &masks, &pixels);
    assert!(inspect(&file, &Limits::default()).unwrap().has_alpha);
    let pixels = rendered(&file, PNG);
    assert_eq!(pixels.at(0, 0), [&RED[..], &[255]].concat());
    assert_eq!(pixels.at(1, 0), [&GREEN[..], &[128]].concat());
    assert_eq!(pixels.at(1, 1)[3], 0);
}

#[test]
fn what_is_not_read_is_refused_by_name() {
    for (size, compression, name) in [
        (64, 3, "Huffman"),
        (64, 4, "24-bit"),
        (40, 4, "JPEG"),
        (40, 5, "PNG"),
        (40, 11, "inks"),
    ] {
        let file = bitmap(&header(size, 24, compression, 0), &[], &pixels24());
        let refusal = try_render(&file, &preset(PNG)).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::UnsupportedFormat, "{refusal}");
        assert!(refusal.message.contains(name), "{refusal}");
    }
}

/// An icon of these pictures: the bytes of width and height, the bits, and the picture.
fn icon(pictures: &[(u8, u16, Vec<u8>)]) -> Vec<u8> {
    let mut file = vec![0, 0, 1, 0, pictures.len() as u8, 0];
    let mut at = 6 + 16 * pictures.len();
    for (side, bits, picture) in pictures {
        file.extend([*side, *side, 0, 0, 1, 0]);
        file.extend(bits.to_le_bytes());
        file.extend((picture.len() as u32).to_le_bytes());
        file.extend((at as u32).to_le_bytes());
        at += picture.len();
    }
    for (_, _, picture) in pictures {
        file.extend(picture);
    }
    file
}

#[test]
fn the_largest_picture_of_an_icon_is_used_and_of_these_the_deepest() {
    let flat = |side, colour| Pixels::flat(side, side, colour).to_png();
    // A side of 256 is written as 0, and is larger than one of 128 with more colours.
    let file = icon(&[
        (128, 32, flat(128, RED)),
        (0, 4, flat(256, GREEN)),
        (0, 8, flat(256, BLUE)),
        (0, 1, flat(256, WHITE)),
    ]);
    let inspection = inspect(&file, &Limits::default()).unwrap();
    assert_eq!((inspection.width, inspection.height), (256, 256));
    assert_eq!(rendered(&file, PNG).at(100, 100), BLUE);
}

#[test]
fn a_mask_that_is_cut_off_hides_nothing() {
    // 2×2 pixels of 8 bits, with twice the height for the mask. One row of the mask is present, which hides the lower
    // left pixel.
    let mut picture = [40_u32, 2, 4].map(u32::to_le_bytes).concat();
    picture.extend([1, 0, 8, 0]);
    picture.extend([0; 24]);
    picture[32] = 4;
    picture.extend(palette());
    picture.extend(INDICES);
    for (mask, hidden) in [(vec![0x80, 0, 0, 0], true), (vec![], false)] {
        let file = icon(&[(2, 8, [picture.clone(), mask].concat())]);
        let pixels = rendered(&file, PNG);
        assert_eq!(pixels.at(0, 0)[..3], RED);
        assert_eq!(pixels.at(1, 1)[..3], WHITE);
        assert_eq!(pixels.at(0, 1).get(3) == Some(&0), hidden);
    }
    // Pixels that are cut off are damage.
    let file = icon(&[(2, 8, picture[..picture.len() - 3].to_vec())]);
    assert!(try_render(&file, &preset(PNG)).is_err());
}
