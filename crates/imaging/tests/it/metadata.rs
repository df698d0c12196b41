//! Renditions have no metadata, unless their preset asks for it.

mod ai;
mod stale;

use imaging::{Inspection, Limits, Notices, RenderOptions, Rendered, Rendition, inspect};

use crate::support::exif::{Value, block, segment};
use crate::support::{
    Pixels, decode, encode_png, preset, rendition, tiff, try_render, try_render_with, with_segments,
};

const FORMATS: [&str; 4] = ["jpeg", "png", "webp", "avif"];

/// Texts in the original's metadata, by their place.
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

/// A photo with all of this metadata.
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

/// What the caller knows about the photo.
const NOTICES: Notices<'_> = Notices {
    creator: Some(ARTIST),
    copyright: Some(COPYRIGHT),
    ai_source_type: None,
};

/// The only rendition of an original about which this is known.
fn noticing(original: &[u8], notices: Notices<'_>, settings: &str) -> (Rendition, Rendered) {
    let options = RenderOptions {
        notices,
        ..RenderOptions::default()
    };
    let mut rendered = try_render_with(original, &preset(settings), &options).unwrap();
    (rendered.renditions.remove(0), rendered)
}

/// What a reader finds in a rendition. It also checks that the rendition can be decoded and is
/// turned correctly.
fn found(rendition: &Rendition) -> Inspection<'_> {
    decode(rendition);
    let inspection = inspect(&rendition.bytes, &Limits::default()).unwrap();
    assert!(inspection.warnings.is_empty(), "{:?}", inspection.warnings);
    let orientation = inspection.orientation.exif();
    assert_eq!(
        (inspection.width, inspection.height, orientation),
        (80, 120, 1)
    );
    inspection
}

#[test]
fn copyright_is_what_the_caller_knows_and_nothing_else() {
    // None of it is in the original's own EXIF block.
    let original = with_segments(
        &Pixels::photo(120, 80).to_jpeg(),
        &[segment(&block(&[
            (0x0112, Value::Short(6)),
            (
                0x8769,
                Value::Directory(vec![(0xA430, Value::Ascii(OWNER))]),
            ),
        ]))],
    );
    for format in FORMATS {
        let settings = format!("format = \"{format}\"\nmetadata = \"copyright\"");
        let (rendition, _) = noticing(&original, NOTICES, &settings);
        let inspection = found(&rendition);
        let exif = inspection.exif.as_deref().unwrap();
        assert!(holds(exif, ARTIST) && holds(exif, COPYRIGHT), "{format}");
        assert!(!holds(&rendition.bytes, OWNER), "{format}");
        assert!(inspection.xmp.is_none(), "{format}");
    }
}

#[test]
fn nothing_of_the_original_comes_along_with_the_copyright() {
    for format in FORMATS {
        let settings = format!("format = \"{format}\"\nmetadata = \"copyright\"");
        let (rendition, _) = noticing(&photo(), NOTICES, &settings);
        for text in [PLACE, OWNER, XMP, IPTC, COMMENT] {
            assert!(!holds(&rendition.bytes, text), "{format} has {text}");
        }
        let (unknown, _) = noticing(&photo(), Notices::default(), &settings);
        assert!(found(&unknown).exif.is_none(), "{format}");
    }
}

#[test]
fn keep_keeps_exif_and_xmp_in_every_format() {
    for format in FORMATS {
        let settings = format!("format = \"{format}\"\nmetadata = \"keep\"");
        let rendition = rendition(&photo(), &settings);
        let inspection = found(&rendition);
        let exif = inspection.exif.as_deref().unwrap();
        for text in [PLACE, OWNER, ARTIST, COPYRIGHT] {
            assert!(holds(exif, text), "{format} does not contain {text}");
        }
        assert_eq!(inspection.xmp.as_deref(), Some(XMP.as_bytes()), "{format}");
    }
}

#[test]
fn an_avif_with_alpha_keeps_both_pictures_and_the_metadata() {
    let pixels = Pixels::new(40, 30, |x, y| [200, 30, 30, if x < y { 0 } else { 255 }]);
    let original = encode_png(40, 30, 4, png::BitDepth::Eight, &pixels.data, |info| {
        info.exif_metadata = Some(exif().into());
    });
    let plain = rendition(&original, "format = \"avif\"");
    let kept = rendition(&original, "format = \"avif\"\nmetadata = \"keep\"");
    assert_eq!(decode(&kept), decode(&plain));
    let inspection = inspect(&kept.bytes, &Limits::default()).unwrap();
    assert!(inspection.has_alpha);
    assert!(holds(inspection.exif.as_deref().unwrap(), ARTIST));
}

#[test]
fn keeping_nothing_adds_nothing() {
    let plain = Pixels::photo(40, 30).to_jpeg();
    for format in FORMATS {
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
