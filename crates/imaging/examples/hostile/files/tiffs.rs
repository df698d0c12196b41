//! Hostile TIFF and BigTIFF files.

use super::jpegs::jpeg_components;
use super::{be16, be32, filled};

/// A big-endian TIFF file: entries of one value (tag, type, value), then data behind the directory. A value of type 3
/// is a short.
pub(super) fn tiff(entries: &[(usize, usize, u32)], data: &[u8]) -> Vec<u8> {
    let entries: Vec<_> = entries
        .iter()
        .map(|(tag, kind, value)| (*tag, *kind, 1, *value))
        .collect();
    tiff_with_counts(&entries, data)
}

fn tiff_with_counts(entries: &[(usize, usize, usize, u32)], data: &[u8]) -> Vec<u8> {
    let mut file = [b"MM\0*\0\0\0\x08".as_slice(), &be16(entries.len())].concat();
    for (tag, kind, count, value) in entries {
        let value = if (*kind, *count) == (3, 1) {
            value << 16
        } else {
            *value
        };
        file.extend([be16(*tag), be16(*kind)].concat());
        file.extend([be32(*count), value.to_be_bytes()].concat());
    }
    file.extend([0; 4]);
    file.extend(data);
    file
}

pub(super) fn tiff_palette(size: usize) -> Vec<u8> {
    let entries = (size / 24).clamp(20, 65_000);
    let palette = size / 2;
    let data_at = u32::try_from(10 + entries * 12 + 4).unwrap_or_default();
    let mut all = vec![(2, 3, 1, 0); entries - 9];
    let side = 64;
    all.extend([
        (256, 3, 1, side),
        (257, 3, 1, side),
        (258, 3, 1, 8),
        (259, 3, 1, 1),
        (262, 3, 1, 3),
        (273, 4, 1, data_at),
        (278, 3, 1, side),
        (279, 4, 1, side * side),
        (320, 1, palette, data_at),
    ]);
    tiff_with_counts(&all, &vec![1; palette.max(8192)])
}

/// Strips of one row, each of which is the whole file.
pub(super) fn tiff_strips(size: usize, compression: u32) -> Vec<u8> {
    let rows = (size / 16).clamp(1, 10_000);
    let data_at = 10 + 9 * 12 + 4;
    let mut data = be32(8).repeat(rows);
    data.extend(be32(size).repeat(rows));
    data.resize(size, 0);
    let at = |offset: usize| u32::try_from(data_at + offset).unwrap_or_default();
    tiff_with_counts(
        &[
            (256, 3, 1, 10_000),
            (257, 3, 1, u32::try_from(rows).unwrap_or_default()),
            (258, 3, 1, 8),
            (259, 3, 1, compression),
            (262, 3, 1, 1),
            (273, 4, rows, at(0)),
            (277, 3, 1, 1),
            (278, 3, 1, 1),
            (279, 4, rows, at(4 * rows)),
        ],
        &data,
    )
}

pub(super) fn tiff_jpeg(size: usize) -> Vec<u8> {
    let jpeg = jpeg_components(size);
    let data_at = 10 + 9 * 12 + 4;
    tiff(
        &[
            (256, 3, 64),
            (257, 3, 64),
            (258, 3, 8),
            (259, 3, 7),
            (262, 3, 2),
            (273, 4, data_at),
            (277, 3, 3),
            (278, 3, 64),
            (279, 4, u32::try_from(jpeg.len()).unwrap_or_default()),
        ],
        &jpeg,
    )
}

pub(super) fn tiff_tiles(size: usize) -> Vec<u8> {
    let side = (1..10_000)
        .take_while(|side| side * side * 4 < size)
        .last()
        .unwrap_or(1);
    let tiles = side * side;
    let data_at = 10 + 10 * 12 + 4;
    let at = |offset: usize| u32::try_from(data_at + offset).unwrap_or_default();
    let wide = u32::try_from(side).unwrap_or_default();
    tiff_with_counts(
        &[
            (256, 3, 1, wide),
            (257, 3, 1, wide),
            (258, 3, 1, 8),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (277, 3, 1, 1),
            (322, 3, 1, 1),
            (323, 3, 1, 1),
            (324, 3, tiles, at(0)),
            (325, 3, tiles, at(2 * tiles)),
        ],
        &[be16(8).repeat(tiles), be16(1).repeat(tiles)].concat(),
    )
}

pub(super) fn tiff_planar_tiles(_: usize) -> Vec<u8> {
    let data_at = 10 + 11 * 12 + 4;
    let pixels = vec![7; 3 * 256];
    tiff_with_counts(
        &[
            (256, 3, 1, 16),
            (257, 3, 1, 16),
            (258, 3, 1, 8),
            (259, 3, 1, 1),
            (262, 3, 1, 2),
            (277, 3, 1, 3),
            (284, 3, 1, 2),
            (322, 3, 1, 16),
            (323, 3, 1, 16),
            (324, 4, 3, data_at),
            (325, 4, 3, data_at + 12),
        ],
        &[be32(170).repeat(3), be32(256).repeat(3), pixels].concat(),
    )
}

pub(super) fn tiff_loop(size: usize) -> Vec<u8> {
    let entries = (size / 12).min(65_000);
    let mut all = vec![(2, 3, 0); entries];
    all.extend([(256, 3, 8), (257, 3, 8)]);
    let mut file = tiff(&all, &[]);
    let end = file.len();
    file[end - 4..].copy_from_slice(&be32(8));
    file
}

pub(super) fn bigtiff_entries(size: usize) -> Vec<u8> {
    let mut file = b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10".to_vec();
    file.extend(u64::MAX.to_be_bytes());
    file.extend(filled(
        size,
        &[0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ));
    file
}
