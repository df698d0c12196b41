//! Hostile AVIF files.

use super::{be16, be32, filled};

fn boxed(kind: [u8; 4], body: &[u8]) -> Vec<u8> {
    [&be32(body.len() + 8), kind.as_slice(), body].concat()
}

fn full_box(kind: [u8; 4], version: u8, body: &[u8]) -> Vec<u8> {
    boxed(kind, &[&[version, 0, 0, 0], body].concat())
}

/// A file whose `meta` box says that item 1 is the picture, and contains these boxes.
fn avif(boxes: &[u8]) -> Vec<u8> {
    let meta = [full_box(*b"pitm", 0, &[0, 1]), boxes.to_vec()].concat();
    [
        boxed(*b"ftyp", b"avif\0\0\0\0mif1avif"),
        full_box(*b"meta", 0, &meta),
    ]
    .concat()
}

/// The list of items of these kinds, numbered from 1.
fn items(kinds: &[[u8; 4]]) -> Vec<u8> {
    let entries = (1..).zip(kinds).flat_map(|(id, kind)| {
        full_box(
            *b"infe",
            2,
            &[be16(id).as_slice(), &[0, 0], kind, &[0]].concat(),
        )
    });
    full_box(
        *b"iinf",
        0,
        &[be16(kinds.len()).to_vec(), entries.collect()].concat(),
    )
}

pub(super) fn avif_places(size: usize) -> Vec<u8> {
    let place = [0, 1, 0, 0, 0xFF, 0xFF];
    let body = [
        [0, 0].as_slice(),
        &be16(60_000),
        &filled(size.min(360_000), &place),
    ]
    .concat();
    avif(
        &[
            items(&[*b"av01"]),
            filled(size, &full_box(*b"iloc", 0, &body)),
        ]
        .concat(),
    )
}

pub(super) fn avif_references(size: usize) -> Vec<u8> {
    let reference = boxed(
        *b"dimg",
        &[[0, 1].as_slice(), &be16(60_000), &be16(2).repeat(60_000)].concat(),
    );
    avif(
        &[
            items(&[*b"grid"]),
            full_box(*b"iref", 0, &filled(size, &reference)),
        ]
        .concat(),
    )
}

pub(super) fn avif_associations(size: usize) -> Vec<u8> {
    let entry = [[0, 1, 255].as_slice(), &[1; 255]].concat();
    let associations = full_box(
        *b"ipma",
        0,
        &[be32(4000).as_slice(), &entry.repeat(4000)].concat(),
    );
    let properties = boxed(
        *b"ipco",
        &full_box(*b"ispe", 0, &[be32(8), be32(8)].concat()),
    );
    avif(
        &[
            items(&[*b"av01"]),
            boxed(
                *b"iprp",
                &[properties, filled(size, &associations)].concat(),
            ),
        ]
        .concat(),
    )
}

/// A grid of 255 rows and columns, in which each cell names the same picture.
pub(super) fn avif_grid(size: usize) -> Vec<u8> {
    let tiles = if size < 1 << 20 { 16 } else { 255 };
    let side = tiles * 32;
    let grid = [
        [0, 0].as_slice(),
        &[u8::try_from(tiles - 1).unwrap_or_default(); 2],
        &be16(side),
        &be16(side),
    ]
    .concat();
    let references = boxed(
        *b"dimg",
        &[
            [0, 1].as_slice(),
            &be16(tiles * tiles),
            &be16(2).repeat(tiles * tiles),
        ]
        .concat(),
    );
    avif_picture(
        side,
        &[(*b"grid", grid), (*b"av01", vec![0x0A, 0])],
        &full_box(*b"iref", 0, &references),
    )
}

pub(super) fn avif_frames(size: usize) -> Vec<u8> {
    // Units of one frame each, without content.
    avif_picture(64, &[(*b"av01", filled(size, &[0x32, 0]))], &[])
}

/// A picture of these items, with their data in the `idat` box.
fn avif_picture(side: usize, parts: &[([u8; 4], Vec<u8>)], boxes: &[u8]) -> Vec<u8> {
    let mut locations = [[0x44, 0].as_slice(), &be16(parts.len())].concat();
    let mut at = 0;
    for (id, (_, data)) in (1..).zip(parts) {
        locations.extend([be16(id), be16(1), be16(0), be16(1)].concat());
        locations.extend([be32(at), be32(data.len())].concat());
        at += data.len();
    }
    let properties = [
        full_box(*b"ispe", 0, &[be32(side), be32(side)].concat()),
        boxed(*b"av1C", &[0x81, 0, 0x0C, 0]),
    ]
    .concat();
    // The first two items have both properties.
    let associations = [be32(2).as_slice(), &[0, 1, 2, 1, 2, 0, 2, 2, 1, 2]].concat();
    let kinds: Vec<_> = parts.iter().map(|(kind, _)| *kind).collect();
    let data: Vec<u8> = parts.iter().flat_map(|(_, data)| data.clone()).collect();
    avif(
        &[
            full_box(*b"iloc", 1, &locations),
            items(&kinds),
            boxes.to_vec(),
            boxed(
                *b"iprp",
                &[
                    boxed(*b"ipco", &properties),
                    full_box(*b"ipma", 0, &associations),
                ]
                .concat(),
            ),
            boxed(*b"idat", &data),
        ]
        .concat(),
    )
}
