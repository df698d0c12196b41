//! What renditions carry: nothing, unless their preset asks for it.

use imaging::{Limits, inspect};

use crate::support::exif::{Value, block, segment};
use crate::support::{
    Pixels, decode, encode_png, preset, rendition, tiff, try_render, with_segments,
};

const FORMATS: [&str; 4] = ["jpeg", "png", "webp", "avif"];

/// Texts that stand in the original's metadata, by the place where they stand.
const PLACE: &str = "51 deg 30 N, 0 deg 7 W: GPS";
const OWNER: &str = "Serial number and owner";
const ARTIST: &str = "Ada Lovelace";
const COPYRIGHT: &str = "(c) 1843 Ada Lovelace";
const XMP: &str = "<x:xmpmeta>XMP packet with a face region</x:xmpmeta>";
const IPTC: &str = "IPTC caption of the press";
const COMMENT: &str = "A comment by the camera";

fn exif() -> Vec<u8> {
    block(&[
        (0x0112, Value::Short(6)),
        (0x013B, Value::Ascii(ARTIST)),
        (0x8298, Value::Ascii(COPYRIGHT)),
        (
            0x8769,
            Value::Directory(vec![(0xA430, Value::Ascii(OWNER))]),
        ),
        (
            0x8825,
            Value::Directory(vec![(0x001B, Value::Ascii(PLACE))]),
        ),
    ])
}

/// A photo with all of it.
fn photo() -> Vec<u8> {
    let iptc = [
        b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x1E\x1C\x02\x78\0\x19".as_slice(),
        IPTC.as_bytes(),
    ]
    .concat();
    with_segments(
        &Pixels::photo(120, 80).to_jpeg(),
        &[
            segment(&exif()),
            (
                0xE1,
                [b"http://ns.adobe.com/xap/1.0/\0", XMP.as_bytes()].concat(),
            ),
            (0xED, iptc),
            (0xFE, COMMENT.as_bytes().to_vec()),
        ],
    )
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn inspection_finds_all_of_it() {
    let original = photo();
    let inspection = inspect(&original, &Limits::default()).unwrap();
    assert_eq!(inspection.exif.as_deref(), Some(exif().as_slice()));
    assert_eq!(inspection.xmp.as_deref(), Some(XMP.as_bytes()));
    assert!(holds(inspection.iptc.as_deref().unwrap(), IPTC));
}

#[test]
fn no_byte_of_metadata_survives_by_default() {
    let original = photo();
    for text in [PLACE, OWNER, ARTIST, COPYRIGHT, XMP, IPTC, COMMENT] {
        assert!(holds(&original, text), "the test's photo has {text}");
    }
    for format in FORMATS {
        let rendition = rendition(&original, &format!("format = \"{format}\""));
        for text in [
            PLACE, OWNER, ARTIST, COPYRIGHT, XMP, IPTC, COMMENT, "Exif\0\0", "GPS",
        ] {
            assert!(!holds(&rendition.bytes, text), "{format} has {text}");
        }
        let again = inspect(&rendition.bytes, &Limits::default()).unwrap();
        assert!(
            again.exif.is_none()
                && again.xmp.is_none()
                && again.iptc.is_none()
                && again.icc.is_none(),
            "{format}"
        );
    }
}

#[test]
fn no_byte_of_a_png_or_tiff_originals_metadata_survives_by_default() {
    let pixels = Pixels::photo(40, 30);
    let png = encode_png(40, 30, 3, png::BitDepth::Eight, &pixels.data, |info| {
        info.exif_metadata = Some(exif().into());
        info.uncompressed_latin1_text
            .push(png::text_metadata::TEXtChunk::new("Comment", COMMENT));
    });
    let tiff = tiff::file(
        (40, 30),
        2,
        &[8; 3],
        &pixels.data,
        &[(270, 2, COMMENT.len() as u32, COMMENT.as_bytes().to_vec())],
    );
    for original in [png, tiff] {
        for format in FORMATS {
            let rendition = rendition(&original, &format!("format = \"{format}\""));
            assert!(
                [PLACE, OWNER, ARTIST, COMMENT]
                    .iter()
                    .all(|text| !holds(&rendition.bytes, text)),
                "{format}"
            );
        }
    }
}

#[test]
fn copyright_keeps_the_two_fields_alone() {
    for format in ["jpeg", "png", "webp"] {
        let rendition = rendition(
            &photo(),
            &format!("format = \"{format}\"\nmetadata = \"copyright\""),
        );
        decode(&rendition);
        for text in [ARTIST, COPYRIGHT] {
            assert!(holds(&rendition.bytes, text), "{format} lacks {text}");
        }
        for text in [PLACE, OWNER, XMP, IPTC, COMMENT] {
            assert!(!holds(&rendition.bytes, text), "{format} has {text}");
        }
        let inspection = inspect(&rendition.bytes, &Limits::default()).unwrap();
        assert!(inspection.warnings.is_empty(), "{:?}", inspection.warnings);
        assert_eq!(
            (
                inspection.width,
                inspection.height,
                inspection.orientation.exif()
            ),
            (80, 120, 1)
        );
    }
}

#[test]
fn keep_keeps_exif_and_xmp_and_says_that_the_picture_is_upright() {
    for format in ["jpeg", "png", "webp"] {
        let rendition = rendition(
            &photo(),
            &format!("format = \"{format}\"\nmetadata = \"keep\""),
        );
        decode(&rendition);
        for text in [PLACE, OWNER, ARTIST, COPYRIGHT, XMP] {
            assert!(holds(&rendition.bytes, text), "{format} lacks {text}");
        }
        let inspection = inspect(&rendition.bytes, &Limits::default()).unwrap();
        assert_eq!(
            (
                inspection.width,
                inspection.height,
                inspection.orientation.exif()
            ),
            (80, 120, 1),
            "{format}"
        );
        assert_eq!(inspection.xmp.as_deref(), Some(XMP.as_bytes()), "{format}");
    }
}

#[test]
fn keeping_nothing_adds_nothing() {
    let plain = Pixels::photo(40, 30).to_jpeg();
    for format in ["jpeg", "png", "webp"] {
        let strip = rendition(&plain, &format!("format = \"{format}\""));
        let keep = rendition(
            &plain,
            &format!("format = \"{format}\"\nmetadata = \"keep\""),
        );
        assert_eq!(strip.bytes, keep.bytes);
    }
}

#[test]
fn metadata_that_does_not_fit_is_left_out_with_a_warning() {
    let pixels = Pixels::photo(40, 30);
    let large = "x".repeat(70_000);
    let original = encode_png(40, 30, 3, png::BitDepth::Eight, &pixels.data, |info| {
        info.exif_metadata = Some(block(&[(0x013B, Value::Ascii(&large))]).into());
    });
    let rendered =
        try_render(&original, &preset("format = \"jpeg\"\nmetadata = \"keep\"")).unwrap();
    assert!(
        rendered
            .warnings
            .iter()
            .any(|warning| warning.message.contains("metadata")),
        "{:?}",
        rendered.warnings
    );
    decode(&rendered.renditions[0]);
}
