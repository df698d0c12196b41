//! Files that are made to be slow, to need much memory or to cause many warnings, with one function for each kind.
//!
//! `size` is about how many bytes a file may have. If the cost comes from claims and not from bytes, the file is
//! smaller.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// A kind of file: its name, and the function that makes it with about this many bytes.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) make: fn(usize) -> Vec<u8>,
}

/// All kinds.
pub(crate) const KINDS: [Kind; 31] = [
    kind("png: profiles that unpack to 4 MiB each", png_profiles),
    kind("png: empty profiles and EXIF blocks", png_empty_chunks),
    kind("png: XMP packets that unpack to 4 MiB each", png_packets),
    kind("png: pixels of one value, 100 million", png_pixels),
    kind("png: EXIF with entries that lie over each other", png_exif),
    kind("apng: frames of the whole canvas", apng_frames),
    kind("jpeg: Huffman tables again and again", jpeg_tables),
    kind("jpeg: progressive scans without data", jpeg_scans),
    kind("jpeg: one scan for each component", jpeg_components),
    kind("jpeg: profile segments", |size| {
        jpeg_segments(size, 0xE2, b"ICC_PROFILE\0\x01\xFF")
    }),
    kind("jpeg: Photoshop segments", |size| {
        jpeg_segments(size, 0xED, b"Photoshop 3.0\08BIM\x04\x04\0\0")
    }),
    kind("jpeg: bytes that are no marker", |size| {
        [b"\xFF\xD8\xFF".as_slice(), &vec![0xFF; size]].concat()
    }),
    kind("tiff: palette of bytes behind many entries", tiff_palette),
    kind("tiff: strips that lie over each other", |size| {
        tiff_strips(size, 5)
    }),
    kind("tiff: JPEG strips that lie over each other", |size| {
        tiff_strips(size, 7)
    }),
    kind("tiff: a JPEG larger than its strip", tiff_jpeg),
    kind("tiff: tiles of one pixel", tiff_tiles),
    kind("tiff: tiles of one colour each", tiff_planar_tiles),
    kind("tiff: a directory that follows itself", tiff_loop),
    kind("bigtiff: a million entries", bigtiff_entries),
    kind("tiff: samples without end", |_| {
        tiff(
            &[(256, 3, 8), (257, 3, 8), (262, 3, 3), (277, 4, u32::MAX)],
            &[],
        )
    }),
    kind("avif: places whose fields have no byte", avif_places),
    kind("avif: references", avif_references),
    kind("avif: properties of properties", avif_associations),
    kind("avif: a grid of one tile", avif_grid),
    kind("avif: frames that are not shown", avif_frames),
    kind("gif: extensions", gif_extensions),
    kind("gif: a frame of 100 million pixels", gif_frame),
    kind("webp: chunks", webp_chunks),
    kind("bmp: runs that end early", bmp_runs),
    kind("ico: pictures that lie over each other", ico_entries),
];

const fn kind(name: &'static str, make: fn(usize) -> Vec<u8>) -> Kind {
    Kind { name, make }
}

/// A small file of every format with some bytes changed, by a generator of pseudo-random numbers.
pub(crate) fn damaged(mut file: Vec<u8>, seed: u64) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap_or_default()
    };
    for _ in 0..=next() % 8 {
        let at = next() % file.len();
        // Half of the changes are near the start, where the structure is.
        let at = if next() % 2 == 0 {
            at % 256.min(file.len())
        } else {
            at
        };
        file[at] = [0, 0xFF, 0x7F, 0x80][next() % 4] ^ u8::try_from(next() % 4).unwrap_or_default();
    }
    file
}

fn be16(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap_or(u16::MAX).to_be_bytes()
}

fn be32(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_be_bytes()
}

fn le32(number: usize) -> [u8; 4] {
    u32::try_from(number).unwrap_or(u32::MAX).to_le_bytes()
}

/// This many zeros, compressed.
fn zeros(length: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let block = vec![0; 1 << 16];
    let mut left = length;
    while left > 0 {
        let part = left.min(block.len());
        encoder
            .write_all(&block[..part])
            .expect("writing to a vector cannot fail");
        left -= part;
    }
    encoder.finish().expect("writing to a vector cannot fail")
}

/// As many copies of a part as fill the size.
fn filled(size: usize, part: &[u8]) -> Vec<u8> {
    part.repeat(size / part.len())
}

// PNG

fn chunk(kind: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut checksum = flate2::Crc::new();
    checksum.update(&kind);
    checksum.update(data);
    [
        &be32(data.len()),
        kind.as_slice(),
        data,
        &checksum.sum().to_be_bytes(),
    ]
    .concat()
}

/// A PNG of grey pixels of one value, with these chunks before them.
fn png(side: usize, chunks: &[u8]) -> Vec<u8> {
    [
        b"\x89PNG\r\n\x1A\n".as_slice(),
        &chunk(
            *b"IHDR",
            &[be32(side).as_slice(), &be32(side), &[8, 0, 0, 0, 0]].concat(),
        ),
        chunks,
        &chunk(*b"IDAT", &zeros(side * (side + 1))),
        &chunk(*b"IEND", &[]),
    ]
    .concat()
}

fn png_profiles(size: usize) -> Vec<u8> {
    let profile = chunk(
        *b"iCCP",
        &[b"x\0\0".as_slice(), &zeros((4 << 20) - 1)].concat(),
    );
    png(8, &filled(size, &profile))
}

fn png_empty_chunks(size: usize) -> Vec<u8> {
    png(
        8,
        &filled(size, &[chunk(*b"iCCP", &[]), chunk(*b"eXIf", &[])].concat()),
    )
}

fn png_packets(size: usize) -> Vec<u8> {
    let packet = [
        b"XML:com.adobe.xmp\0\x01\0\0\0".as_slice(),
        &zeros((4 << 20) + 1),
    ]
    .concat();
    png(8, &filled(size, &chunk(*b"iTXt", &packet)))
}

fn png_pixels(size: usize) -> Vec<u8> {
    png(if size < 1 << 20 { 1000 } else { 10_000 }, &[])
}

fn png_exif(size: usize) -> Vec<u8> {
    let entries = (size / 12).min(65_535);
    let mut exif = [b"MM\0*\0\0\0\x08".as_slice(), &be16(entries)].concat();
    for tag in 0..entries {
        exif.extend([be16(tag), be16(2)].concat());
        exif.extend([be32(size / 2), be32(8)].concat());
    }
    exif.resize(size, b'x');
    png(8, &chunk(*b"eXIf", &exif))
}

fn apng_frames(size: usize) -> Vec<u8> {
    let side = if size < 1 << 20 { 64 } else { 600 };
    let frames = 800;
    let mut chunks = chunk(*b"acTL", &[be32(frames), be32(0)].concat());
    let control = |sequence: usize| {
        let data = [be32(sequence), be32(side), be32(side), be32(0), be32(0)].concat();
        chunk(*b"fcTL", &[data.as_slice(), &[0, 1, 0, 100, 2, 1]].concat())
    };
    chunks.extend(control(0));
    let mut file = png(side, &chunks);
    file.truncate(file.len() - 12);
    let pixels = zeros(side * (side + 1));
    for frame in 1..frames {
        file.extend(control(frame * 2 - 1));
        file.extend(chunk(
            *b"fdAT",
            &[be32(frame * 2).as_slice(), &pixels].concat(),
        ));
    }
    file.extend(chunk(*b"IEND", &[]));
    file
}

// JPEG

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

fn jpeg_side(size: usize) -> usize {
    if size < 1 << 20 { 500 } else { 10_000 }
}

fn jpeg_tables(size: usize) -> Vec<u8> {
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

fn jpeg_scans(size: usize) -> Vec<u8> {
    let scan = segment(0xDA, &[1, 1, 0, 1, 63, 0]);
    [
        jpeg_start(),
        jpeg_frame(0xC2, jpeg_side(size)),
        filled(size, &scan),
    ]
    .concat()
}

fn jpeg_components(size: usize) -> Vec<u8> {
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

fn jpeg_segments(size: usize, code: u8, data: &[u8]) -> Vec<u8> {
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

// TIFF

/// A big-endian TIFF file: entries of one value (tag, type, value), then data behind the directory. A value of type 3
/// is a short.
fn tiff(entries: &[(usize, usize, u32)], data: &[u8]) -> Vec<u8> {
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

fn tiff_palette(size: usize) -> Vec<u8> {
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
fn tiff_strips(size: usize, compression: u32) -> Vec<u8> {
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

fn tiff_jpeg(size: usize) -> Vec<u8> {
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

fn tiff_tiles(size: usize) -> Vec<u8> {
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

fn tiff_planar_tiles(_: usize) -> Vec<u8> {
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

fn tiff_loop(size: usize) -> Vec<u8> {
    let entries = (size / 12).min(65_000);
    let mut all = vec![(2, 3, 0); entries];
    all.extend([(256, 3, 8), (257, 3, 8)]);
    let mut file = tiff(&all, &[]);
    let end = file.len();
    file[end - 4..].copy_from_slice(&be32(8));
    file
}

fn bigtiff_entries(size: usize) -> Vec<u8> {
    let mut file = b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10".to_vec();
    file.extend(u64::MAX.to_be_bytes());
    file.extend(filled(
        size,
        &[0, 2, 0, 3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0],
    ));
    file
}

// AVIF

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

fn avif_places(size: usize) -> Vec<u8> {
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

fn avif_references(size: usize) -> Vec<u8> {
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

fn avif_associations(size: usize) -> Vec<u8> {
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
fn avif_grid(size: usize) -> Vec<u8> {
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

fn avif_frames(size: usize) -> Vec<u8> {
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

// GIF, WebP, BMP, ICO

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

fn gif_extensions(size: usize) -> Vec<u8> {
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

fn gif_frame(size: usize) -> Vec<u8> {
    let side = if size < 1 << 20 { 1000 } else { 10_000 };
    // Blocks of codes of three bits: clear, then 0 and 0 again.
    let block = [[255].as_slice(), &[0b0000_0100; 255]].concat();
    gif(side, &gif_image(side, &filled(size, &block)))
}

fn webp_chunks(size: usize) -> Vec<u8> {
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

fn bmp_runs(size: usize) -> Vec<u8> {
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

fn ico_entries(size: usize) -> Vec<u8> {
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
