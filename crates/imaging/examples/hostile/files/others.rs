//! Hostile GIF, WebP, BMP and ICO files.

use super::filled;
use super::jpegs::jpeg_side;

fn le32(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

fn gif(side: u16, blocks: &[u8]) -> Vec<u8> {
    let side = side.to_le_bytes();
    [
        b"GIF89a".as_slice(),
        &side,
        &side,
        &[0x80, 0, 0, 0, 0, 0, 255, 255, 255],
        blocks,
        b";",
    ]
    .concat()
}

/// One image of the whole canvas with this data.
fn gif_image(side: u16, data: &[u8]) -> Vec<u8> {
    let side = side.to_le_bytes();
    [
        [0x2C, 0, 0, 0, 0].as_slice(),
        &side,
        &side,
        &[0, 2],
        data,
        &[0],
    ]
    .concat()
}

pub(super) fn gif_extensions(size: usize) -> Vec<u8> {
    let extension = [
        b"!\xFF\x0BXMP DataXMP".as_slice(),
        &[1, b'x', 0],
        b"!\xFF\x0BICCRGBG1012",
        &[1, b'x', 0],
    ]
    .concat();
    gif(
        8,
        &[filled(size, &extension), gif_image(8, &[2, 0x4C, 0x01])].concat(),
    )
}

pub(super) fn gif_frame(size: usize) -> Vec<u8> {
    let side = if size < 1 << 20 { 1000 } else { 10_000 };
    // Blocks of codes of three bits: clear, then 0 and 0 again.
    let block = [[255].as_slice(), &[0b0000_0100; 255]].concat();
    gif(side, &gif_image(side, &filled(size, &block)))
}

pub(super) fn webp_chunks(size: usize) -> Vec<u8> {
    let mut chunks = b"VP8X\x0A\0\0\0\x2C\0\0\0\x07\0\0\x07\0\0".to_vec();
    chunks.extend(filled(size, b"EXIF\0\0\0\0XMP \0\0\0\0ICCP\0\0\0\0"));
    [
        b"RIFF".as_slice(),
        &le32(chunks.len() + 4),
        b"WEBP",
        &chunks,
    ]
    .concat()
}

pub(super) fn bmp_runs(size: usize) -> Vec<u8> {
    let side = jpeg_side(size);
    let mut file = [
        b"BM".as_slice(),
        &le32(size),
        &[0; 4],
        &le32(54 + 1024),
        &le32(40),
    ]
    .concat();
    file.extend([le32(side), le32(side), [1, 0, 8, 0], le32(1)].concat());
    file.extend([0; 20]);
    file.extend([7; 1024]);
    // End of line at once.
    file.extend(vec![0; size]);
    file
}

pub(super) fn ico_entries(size: usize) -> Vec<u8> {
    let entries = (size / 16).min(65_535);
    let mut file = [
        [0, 0, 1, 0].as_slice(),
        &u16::try_from(entries).unwrap_or_default().to_le_bytes(),
    ]
    .concat();
    file.extend(filled(
        entries * 16,
        &[
            [0, 0, 0, 0, 1, 0, 32, 0].as_slice(),
            &le32(size / 2),
            &le32(6),
        ]
        .concat(),
    ));
    file.resize(size, 0);
    file
}
