//! Every rendition states that generative AI made or changed its picture.

use imaging::{Format, Limits, Notices, inspect};

use super::{
    ARTIST, COMMENT, COPYRIGHT, FORMATS, IPTC, NOTICES, OWNER, PLACE, XMP, found, holds, noticing,
    photo,
};
use crate::support::{Pixels, decode, gif, with_chunk};

const AI: &str = "trainedAlgorithmicMedia";

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
    let original = gif(&[[200, 0, 0], [0, 200, 0]]);
    let (rendition, _) = noticing(&original, notices, "format = \"webp\"\nframes = \"all\"");
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
    let original = with_chunk(&pixels.to_png(), *b"iTXt", &text);
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
