//! Hostile PNG files, still and animated.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;

use super::{be16, be32, filled};

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

pub(super) fn png_profiles(size: usize) -> Vec<u8> {
    let profile = chunk(
        *b"iCCP",
        &[b"x\0\0".as_slice(), &zeros((4 << 20) - 1)].concat(),
    );
    png(8, &filled(size, &profile))
}

pub(super) fn png_empty_chunks(size: usize) -> Vec<u8> {
    png(
        8,
        &filled(size, &[chunk(*b"iCCP", &[]), chunk(*b"eXIf", &[])].concat()),
    )
}

pub(super) fn png_packets(size: usize) -> Vec<u8> {
    let packet = [
        b"XML:com.adobe.xmp\0\x01\0\0\0".as_slice(),
        &zeros((4 << 20) + 1),
    ]
    .concat();
    png(8, &filled(size, &chunk(*b"iTXt", &packet)))
}

pub(super) fn png_pixels(size: usize) -> Vec<u8> {
    png(if size < 1 << 20 { 1000 } else { 10_000 }, &[])
}

pub(super) fn png_exif(size: usize) -> Vec<u8> {
    let entries = (size / 12).min(65_535);
    let mut exif = [b"MM\0*\0\0\0\x08".as_slice(), &be16(entries)].concat();
    for tag in 0..entries {
        exif.extend([be16(tag), be16(2)].concat());
        exif.extend([be32(size / 2), be32(8)].concat());
    }
    exif.resize(size, b'x');
    png(8, &chunk(*b"eXIf", &exif))
}

pub(super) fn apng_frames(size: usize) -> Vec<u8> {
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
