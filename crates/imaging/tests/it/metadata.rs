//! What renditions carry: nothing, unless their preset asks for it.

use imaging::{Format, Inspection, Limits, Notices, RenderOptions, Rendered, Rendition, inspect};

use crate::support::exif::{Value, block, segment};
use crate::support::{
    Pixels, decode, encode_png, preset, rendition, tiff, try_render, try_render_with, with_segments,
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

/// What the caller knows of the photo.
const NOTICES: Notices<'_> = Notices {
    creator: Some(ARTIST),
    copyright: Some(COPYRIGHT),
    ai_source_type: None,
};

const AI: &str = "trainedAlgorithmicMedia";

/// The one rendition of an original of which this is known.
fn noticing(original: &[u8], notices: Notices<'_>, settings: &str) -> (Rendition, Rendered) {
    let options = RenderOptions {
        notices,
        ..RenderOptions::default()
    };
    let mut rendered = try_render_with(original, &preset(settings), &options).unwrap();
    (rendered.renditions.remove(0), rendered)
}

/// What a reader finds in a rendition, which decodes and is as a turned photo should be.
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
    // Nothing of it stands in the original's own EXIF block.
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
            assert!(holds(exif, text), "{format} lacks {text}");
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

/// Texts that stand in the pixels of thumbnails.
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
    // The main directory has five entries, that of EXIF three, that of the thumbnail two.
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
            // What stood behind them is still found.
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

#[test]
fn what_is_said_of_ai_stays_whatever_is_stripped() {
    let notices = Notices {
        ai_source_type: Some(AI),
        ..NOTICES
    };
    for format in FORMATS {
        for metadata in ["strip", "copyright", "keep"] {
            let settings = format!("format = \"{format}\"\nmetadata = \"{metadata}\"");
            for original in [photo(), Pixels::photo(40, 30).to_png()] {
                let (rendition, _) = noticing(&original, notices, &settings);
                decode(&rendition);
                let inspection = inspect(&rendition.bytes, &Limits::default()).unwrap();
                let xmp = inspection.xmp.as_deref().unwrap_or_default();
                assert!(holds(xmp, AI), "{format}, {metadata}");
            }
        }
        let (stripped, _) = noticing(&photo(), notices, &format!("format = \"{format}\""));
        assert!(found(&stripped).exif.is_none());
        for text in [PLACE, OWNER, ARTIST, COPYRIGHT, XMP, IPTC, COMMENT] {
            assert!(!holds(&stripped.bytes, text), "{format} has {text}");
        }
    }
}

#[test]
fn an_animation_says_what_is_said_of_ai_too() {
    let notices = Notices {
        ai_source_type: Some(AI),
        ..Notices::default()
    };
    let gif = crate::support::gif(&[[200, 0, 0], [0, 200, 0]]);
    let (rendition, _) = noticing(&gif, notices, "format = \"webp\"\nframes = \"all\"");
    let inspection = inspect(&rendition.bytes, &Limits::default()).unwrap();
    assert_eq!((inspection.format, inspection.frames), (Format::WebP, 2));
    assert!(holds(inspection.xmp.as_deref().unwrap(), AI));
}

#[test]
fn what_is_said_of_ai_stays_where_a_packet_is_too_long_for_a_jpeg() {
    let long = format!(
        "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'><a>{}</a></rdf:RDF>",
        "x".repeat(70_000)
    );
    let text = [b"XML:com.adobe.xmp\0\0\0\0\0", long.as_bytes()].concat();
    let pixels = Pixels::photo(40, 30);
    let original = crate::support::with_chunk(&pixels.to_png(), *b"iTXt", &text);
    let notices = Notices {
        ai_source_type: Some(AI),
        ..Notices::default()
    };
    let (rendition, rendered) =
        noticing(&original, notices, "format = \"jpeg\"\nmetadata = \"keep\"");
    let inspection = inspect(&rendition.bytes, &Limits::default()).unwrap();
    let xmp = inspection.xmp.as_deref().unwrap();
    assert!(holds(xmp, AI) && xmp.len() < 1000);
    assert!(
        rendered
            .warnings
            .iter()
            .any(|warning| warning.message.contains("all the metadata"))
    );
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
