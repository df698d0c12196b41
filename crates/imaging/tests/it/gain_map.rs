//! Gain maps that a rendition keeps.

use imaging::{GainMap, Limits, Notices, RenderOptions, inspect};

use crate::support::{
    BLUE, GREEN, Pixels, RED, WHITE, assert_close, decode_jpeg, exif, preset, rendition,
    try_render, try_render_with, with_segments,
};

const KEEP: &str = "format = \"jpeg\"\nhdr = \"keep\"";
const XMP: &str = "http://ns.adobe.com/xap/1.0/\0";
const ISO: &[u8] = b"urn:iso:std:iso:ts:21496:-1\0";

/// The metadata that Android writes for a map.
const DESCRIPTION: &str = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
    <rdf:Description xmlns:hdrgm=\"http://ns.adobe.com/hdr-gain-map/1.0/\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
    dc:source=\"at home\" hdrgm:Version=\"1.0\" hdrgm:GainMapMin=\"0.25\" hdrgm:GainMapMax=\"3.5\" hdrgm:Gamma=\"1\" \
    hdrgm:OffsetSDR=\"0.015625\" hdrgm:OffsetHDR=\"0.015625\" hdrgm:HDRCapacityMin=\"0\" hdrgm:HDRCapacityMax=\"3.5\" \
    hdrgm:BaseRenditionIsHDR=\"False\"/></rdf:RDF></x:xmpmeta>";

fn xmp(packet: &str) -> (u8, Vec<u8>) {
    (0xE1, [XMP, packet].concat().into_bytes())
}

fn iso(block: &[u8]) -> (u8, Vec<u8>) {
    (0xE2, [ISO, block].concat())
}

/// Greys of the quarters of a map.
const GREYS: [u8; 4] = [30, 90, 150, 210];

fn map(width: u32, height: u32) -> Pixels {
    Pixels::new(width, height, |x, y| {
        let (right, lower) = (x * 2 >= width, y * 2 >= height);
        [GREYS[usize::from(right) + 2 * usize::from(lower)]]
    })
}

/// A JPEG of two pictures, each with these segments.
fn original(first: &[(u8, Vec<u8>)], map: &Pixels, second: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let picture = with_segments(&Pixels::quarters(400, 200).to_jpeg(), first);
    let map = with_segments(&map.to_jpeg_with(turbojpeg::Subsamp::Gray, |_| {}), second);
    let index = |length: usize, offset: usize| {
        let mut index =
            b"MPF\0MM\0*\0\0\0\x08\0\x01\xB0\x02\0\x07\0\0\0\x20\0\0\0\x1A\0\0\0\0".to_vec();
        for number in [0x3_0000, length, 0, 0, 0, map.len(), offset, 0] {
            index.extend(u32::try_from(number).unwrap().to_be_bytes());
        }
        vec![(0xE2, index)]
    };
    let length = with_segments(&picture, &index(0, 0)).len();
    // Offsets count from behind `MPF` and its zero.
    let offset = length - (2 + 4 + 4);
    [with_segments(&picture, &index(length, offset)), map].concat()
}

fn ultra_hdr() -> Vec<u8> {
    original(&[], &map(100, 50), &[xmp(DESCRIPTION)])
}

/// Both pictures of a file, located by its index, and by its directory if it has one.
#[track_caller]
fn split(file: &[u8]) -> (&[u8], &[u8]) {
    let at = |needle: &[u8]| {
        file.windows(needle.len())
            .position(|window| window == needle)
    };
    let base = at(b"MPF\0").unwrap() + 4;
    let entries = &file[base + 0x32..][..32];
    let number = |index: usize| {
        let bytes = entries[index * 4..][..4].try_into().unwrap();
        u32::from_be_bytes(bytes) as usize
    };
    assert_eq!((number(0), number(2)), (0x3_0000, 0));
    let (first, second) = (number(1), base + number(6));
    assert_eq!((first, second + number(5)), (second, file.len()));
    if let Some(length) = at(b"Item:Length=\"") {
        let text = &file[length + 13..];
        let end = text.iter().position(|byte| *byte == b'"').unwrap();
        let length: usize = str::from_utf8(&text[..end]).unwrap().parse().unwrap();
        assert_eq!(length, number(5));
    }
    file.split_at(second)
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn a_map_is_cropped_turned_and_resized_with_its_picture() {
    let upright = ultra_hdr();
    let turned = original(
        &[exif::orientation_segment(6)],
        &map(100, 50),
        &[xmp(DESCRIPTION)],
    );
    let square = "width = 100\nheight = 100\nfit = \"cover\"";
    for (original, keys, size, order) in [
        (&upright, "", (400, 200), [0, 1, 2, 3]),
        (&upright, "width = 200", (200, 100), [0, 1, 2, 3]),
        (&upright, square, (100, 100), [0, 1, 2, 3]),
        (
            &upright,
            "rotate = 90\nwidth = 100",
            (100, 200),
            [2, 0, 3, 1],
        ),
        (&upright, "flip = \"horizontal\"", (400, 200), [1, 0, 3, 2]),
        (&turned, "width = 100", (100, 200), [2, 0, 3, 1]),
        (&turned, "rotate = 270", (400, 200), [0, 1, 2, 3]),
    ] {
        let rendition = rendition(original, &format!("{KEEP}\n{keys}"));
        assert_eq!((rendition.width, rendition.height), size);
        let (picture, map) = split(&rendition.bytes);
        let (picture, map) = (decode_jpeg(picture), decode_jpeg(map));
        assert_eq!((picture.width, picture.height), size);
        assert_eq!(
            (map.width, map.height, map.channels),
            (size.0 / 4, size.1 / 4, 1)
        );
        let colours = [RED, GREEN, BLUE, WHITE];
        for (index, quarter) in order.into_iter().enumerate() {
            assert_close(picture.corners()[index], &colours[quarter], 8);
            assert_close(map.corners()[index], &[GREYS[quarter]], 4);
        }
        let inspection = inspect(&rendition.bytes, &Limits::default()).unwrap();
        assert_eq!(inspection.gain_map, Some(GainMap::UltraHdr));
    }
}

#[test]
fn what_a_map_means_is_handed_on_and_nothing_else() {
    let block: Vec<u8> = (0..61).collect();
    let original = original(
        &[iso(&[0, 0, 0, 1])],
        &map(100, 50),
        &[xmp(DESCRIPTION), iso(&block), exif::orientation_segment(3)],
    );
    let rendition = rendition(&original, &format!("{KEEP}\nwidth = 100"));
    let (picture, map) = split(&rendition.bytes);
    for property in [
        "hdrgm:Version=\"1.0\"",
        "hdrgm:GainMapMin=\"0.25\"",
        "hdrgm:GainMapMax=\"3.5\"",
        "hdrgm:OffsetHDR=\"0.015625\"",
        "hdrgm:BaseRenditionIsHDR=\"False\"",
    ] {
        assert!(contains(map, property), "{property}");
    }
    assert!(!contains(map, "at home") && !contains(map, "Exif"));
    assert!(contains(picture, "hdrgm:Version=\"1.0\""));
    assert!(contains(picture, "Item:Semantic=\"GainMap\""));
    let kept = |file: &[u8], block: &[u8]| {
        let expected = [ISO, block].concat();
        file.windows(expected.len())
            .any(|window| window == expected)
    };
    assert!(kept(picture, &[0, 0, 0, 1]) && kept(map, &block));
    let inspection = inspect(&rendition.bytes, &Limits::default()).unwrap();
    assert_eq!(inspection.gain_map, Some(GainMap::Iso));
}

#[test]
fn one_that_only_the_standard_describes_needs_no_packet() {
    let original = original(&[], &map(100, 50), &[iso(&[0; 61])]);
    let rendition = rendition(&original, KEEP);
    let (picture, map) = split(&rendition.bytes);
    assert!(contains(picture, "urn:iso") && contains(map, "urn:iso"));
    assert!(!contains(&rendition.bytes, XMP));
}

#[test]
fn the_packet_of_the_picture_is_one_with_all_that_it_says() {
    let own = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><r:RDF xmlns:r=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
        <r:Description xmlns:dc=\"http://purl.org/dc/elements/1.1/\" dc:format=\"a kept fact\"/></r:RDF></x:xmpmeta>";
    let original = original(&[xmp(own)], &map(100, 50), &[xmp(DESCRIPTION)]);
    let options = RenderOptions {
        notices: Notices {
            ai_source_type: Some("trainedAlgorithmicMedia"),
            ..Notices::default()
        },
        ..RenderOptions::default()
    };
    for (metadata, fact) in [("strip", false), ("keep", true)] {
        let presets = preset(&format!("{KEEP}\nmetadata = \"{metadata}\""));
        let rendered = try_render_with(&original, &presets, &options).unwrap();
        let (picture, _) = split(&rendered.renditions[0].bytes);
        let packets = picture
            .windows(XMP.len())
            .filter(|window| *window == XMP.as_bytes());
        assert_eq!(packets.count(), 1);
        assert_eq!(contains(picture, "a kept fact"), fact);
        for text in ["trainedAlgorithmicMedia", "Item:Semantic=\"GainMap\""] {
            assert!(contains(picture, text), "{metadata}: {text}");
        }
        assert!(rendered.warnings.is_empty(), "{:?}", rendered.warnings);
        let inspection = inspect(&rendered.renditions[0].bytes, &Limits::default()).unwrap();
        let packet = inspection.xmp.unwrap();
        let mut reader = quick_xml::Reader::from_reader(&packet[..]);
        while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
    }
}

#[test]
fn without_a_map_it_is_an_ordinary_file() {
    let plain = Pixels::quarters(400, 200).to_jpeg();
    for original in [&plain, &ultra_hdr()] {
        let standard = rendition(original, "format = \"jpeg\"");
        assert!(!contains(&standard.bytes, "MPF") && !contains(&standard.bytes, "hdrgm"));
    }
    assert_eq!(
        rendition(&plain, KEEP),
        rendition(&plain, "format = \"jpeg\"")
    );
}

#[test]
fn a_map_that_cannot_be_kept_is_a_warning_and_the_picture_is_whole() {
    let apple = "<x xmlns:a=\"http://ns.apple.com/HDRGainMap/1.0/\"/>";
    let broken = DESCRIPTION.replace("3.5", "much");
    let mut cut = ultra_hdr();
    cut.truncate(cut.len() - 300);
    cut.extend([0; 300]);
    for (original, reason) in [
        (original(&[], &map(100, 50), &[xmp(apple)]), "maker notes"),
        (
            original(&[], &map(100, 50), &[xmp(&broken)]),
            "description is damaged",
        ),
        (original(&[], &map(401, 200), &[xmp(DESCRIPTION)]), "pixels"),
        (cut, "damaged"),
    ] {
        let rendered = try_render(&original, &preset(KEEP)).unwrap();
        let warning = rendered.warnings.last().unwrap();
        assert_eq!(warning.code, "gain-map-not-kept");
        assert!(warning.message.contains(reason), "{warning}");
        let plain = rendition(&original, "format = \"jpeg\"");
        assert_eq!(rendered.renditions[0].bytes, plain.bytes);
    }
}

#[test]
fn the_map_counts_among_the_bytes_of_the_file() {
    let original = original(&[], &map(400, 200), &[xmp(DESCRIPTION)]);
    let free = rendition(&original, KEEP).bytes.len();
    let bounded = rendition(&original, &format!("{KEEP}\nmax_bytes = {}", free - 100));
    assert!(bounded.bytes.len() < free && bounded.quality.unwrap() < 80);
    split(&bounded.bytes);
}
