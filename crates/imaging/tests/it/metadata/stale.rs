//! What is kept of the original's metadata is also true for the rendition.

use imaging::{Limits, inspect};

use super::{ARTIST, FORMATS, NOTICES, found, holds, noticing};
use crate::support::exif::segment;
use crate::support::{Pixels, decode, rendition, with_segments};

/// A text in the pixels of the thumbnail.
const JPEG_THUMBNAIL: &str = "the JPEG thumbnail as it was stored";

/// An EXIF block with sizes in pixels, and with a thumbnail in a second directory.
fn with_thumbnail(big_endian: bool) -> Vec<u8> {
    let u16 = |number: u16| {
        if big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    };
    let u32 = |number: u32| {
        if big_endian {
            number.to_be_bytes()
        } else {
            number.to_le_bytes()
        }
    };
    let short =
        |tag: u16, value: u16| [u16(tag), u16(3), [0; 2], [0; 2], u16(value), [0; 2]].concat();
    let count_of_one = |mut entry: Vec<u8>| {
        entry[4..8].copy_from_slice(&u32(1));
        entry
    };
    let long = |tag: u16, value: u32| [&u16(tag)[..], &u16(4), &u32(1), &u32(value)].concat();
    let short = |tag, value| count_of_one(short(tag, value));
    let artist = |at| {
        [
            &u16(0x013B)[..],
            &u16(2),
            &u32(ARTIST.len() as u32 + 1),
            &u32(at),
        ]
        .concat()
    };
    // The main directory has five entries, the EXIF directory three, and the thumbnail's directory
    // two.
    let (photo_at, thumbnail_at) = (8 + 2 + 5 * 12 + 4, 8 + 2 + 5 * 12 + 4 + 2 + 3 * 12 + 4);
    let artist_at = thumbnail_at + 2 + 2 * 12 + 4;
    let pixels_at = artist_at + ARTIST.len() as u32 + 1;
    [
        if big_endian { &b"MM\0*"[..] } else { b"II*\0" },
        &u32(8),
        &u16(5),
        &long(0x0100, 4000),
        &long(0x0101, 3000),
        &short(0x0112, 6),
        &artist(artist_at),
        &long(0x8769, photo_at),
        &u32(thumbnail_at),
        &u16(3),
        &long(0xA002, 4000),
        &short(0xA003, 3000),
        &short(0xA001, 1),
        &u32(0),
        &u16(2),
        &long(0x0201, pixels_at),
        &long(0x0202, JPEG_THUMBNAIL.len() as u32),
        &u32(0),
        ARTIST.as_bytes(),
        b"\0",
        JPEG_THUMBNAIL.as_bytes(),
    ]
    .concat()
}

/// Whether a directory of the block has an entry with this tag of this type.
fn has_entry(exif: &[u8], tag: u16, kind: u16) -> bool {
    let big = [tag.to_be_bytes(), kind.to_be_bytes()].concat();
    let little = [tag.to_le_bytes(), kind.to_le_bytes()].concat();
    exif.windows(4)
        .any(|window| window == big || window == little)
}

#[test]
fn keep_keeps_nothing_that_holds_for_the_original_alone() {
    let xmp = "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>\
               <rdf:Description xmlns:tiff='http://ns.adobe.com/tiff/1.0/' tiff:Orientation='6' \
               xmlns:exif='http://ns.adobe.com/exif/1.0/' exif:PixelXDimension='4000' tiff:Make='Kept'/></rdf:RDF>";
    for big_endian in [false, true] {
        let block = with_thumbnail(big_endian);
        assert!(has_entry(&block, 0xA002, 4) && has_entry(&block, 0x0112, 3));
        assert!(holds(&block, JPEG_THUMBNAIL));
        let original = with_segments(
            &Pixels::photo(120, 80).to_jpeg(),
            &[
                segment(&block),
                (
                    0xE1,
                    [b"http://ns.adobe.com/xap/1.0/\0", xmp.as_bytes()].concat(),
                ),
            ],
        );
        for format in FORMATS {
            let settings = format!("format = \"{format}\"\nmetadata = \"keep\"");
            let rendition = rendition(&original, &settings);
            let inspection = found(&rendition);
            let exif = inspection.exif.as_deref().unwrap();
            for (tag, kind) in [
                (0x0100, 4),
                (0x0101, 4),
                (0x0112, 3),
                (0xA002, 4),
                (0xA003, 3),
                (0x0201, 4),
            ] {
                assert!(!has_entry(exif, tag, kind), "{format} has {tag:#x}");
            }
            assert!(!holds(&rendition.bytes, JPEG_THUMBNAIL), "{format}");
            // What was behind them is still found.
            assert!(has_entry(exif, 0x8769, 4) && has_entry(exif, 0xA001, 3));
            assert!(holds(exif, ARTIST), "{format}");
            let xmp = String::from_utf8(inspection.xmp.unwrap().into_owned()).unwrap();
            assert!(xmp.contains("tiff:Make=\"Kept\""), "{xmp}");
            assert!(
                !xmp.contains("Orientation") && !xmp.contains("PixelXDimension"),
                "{xmp}"
            );
        }
    }
}

#[test]
fn damaged_blocks_are_not_kept_and_never_end_the_work() {
    let block = with_thumbnail(false);
    for at in 4..block.len() {
        let mut damaged = block.clone();
        damaged[at] ^= 0xFF;
        let original = with_segments(
            &Pixels::flat(8, 8, [1, 2, 3]).to_jpeg(),
            &[segment(&damaged)],
        );
        let rendition = rendition(&original, "format = \"webp\"\nmetadata = \"keep\"");
        decode(&rendition);
    }
    let broken = with_segments(
        &Pixels::photo(120, 80).to_jpeg(),
        &[(0xE1, b"http://ns.adobe.com/xap/1.0/\0<a></b>".to_vec())],
    );
    let (rendition, rendered) =
        noticing(&broken, NOTICES, "format = \"jpeg\"\nmetadata = \"keep\"");
    assert!(
        inspect(&rendition.bytes, &Limits::default())
            .unwrap()
            .xmp
            .is_none()
    );
    assert!(
        rendered
            .warnings
            .iter()
            .any(|warning| warning.message.contains("XMP block is damaged"))
    );
}
