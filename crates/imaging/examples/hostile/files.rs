//! Files that are made to be slow, to need much memory or to cause many warnings, with one function for each kind.
//!
//! `size` is about how many bytes a file may have. If the cost comes from claims and not from bytes, the file is
//! smaller.

// Tests include this file by its path. Without their own paths, its modules would then be looked for beside it.
#[path = "files/avifs.rs"]
mod avifs;
#[path = "files/jpegs.rs"]
mod jpegs;
#[path = "files/others.rs"]
mod others;
#[path = "files/pngs.rs"]
mod pngs;
#[path = "files/tiffs.rs"]
mod tiffs;

use avifs::{avif_associations, avif_frames, avif_grid, avif_places, avif_references};
use jpegs::{jpeg_components, jpeg_scans, jpeg_segments, jpeg_tables};
use others::{bmp_runs, gif_extensions, gif_frame, ico_entries, webp_chunks};
use pngs::{apng_frames, png_empty_chunks, png_exif, png_packets, png_pixels, png_profiles};
use tiffs::{
    bigtiff_entries, tiff, tiff_jpeg, tiff_loop, tiff_palette, tiff_planar_tiles, tiff_strips,
    tiff_tiles,
};

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

/// As many copies of a part as fill the size.
fn filled(size: usize, part: &[u8]) -> Vec<u8> {
    part.repeat(size / part.len())
}
