//! Kinds of files in which metadata is stored in an unusual way.

use contract::{FoundIn, Point};
use metadata::digest;

use crate::{
    Sample,
    containers::{
        Value, ascii, bytes, dataset, exif_segment, jpeg, long, one_pixel, packet,
        photoshop_segment, png, rationals, raw_profile, resource, short, tiff, xmp_segment, zlib,
    },
    read,
};

const GPS_DIRECTORY: u16 = 0x8825;
const EXIF_DIRECTORY: u16 = 0x8769;

fn lisbon() -> [(u16, Value); 4] {
    [
        (1, ascii("N")),
        (2, rationals(&[(38, 1), (42, 1), (5004, 100)])),
        (3, ascii("W")),
        (4, rationals(&[(9, 1), (8, 1), (2184, 100)])),
    ]
}

/// A block whose GPS directory is pointed to by a SHORT.
fn short_pointer() -> Vec<u8> {
    let pointer = |at: u32| short(u16::try_from(at).expect("a short block"));
    tiff(
        &[(0x0110, ascii("Camera"))],
        Some((GPS_DIRECTORY, pointer, &lisbon())),
    )
}

fn exif_title() -> Vec<u8> {
    tiff(&[(0x010E, ascii("By EXIF")), (0x013B, ascii("Ana"))], None)
}

fn utf_16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(order).collect()
}

/// A TIFF file with a packet.
fn tiff_with_packet(packet: &[u8]) -> Vec<u8> {
    let mut entries = one_pixel();
    entries.push((700, bytes(packet)));
    tiff(&entries, None)
}

/// A JPEG whose extended packet is in two parts, with the second part first.
fn extended() -> Vec<u8> {
    let extended = packet("dc:rights=\"© Ana\"");
    let digest = digest::md5(extended.as_bytes()).to_uppercase();
    let main = packet(&format!(
        "dc:title=\"Main\" xmpNote:HasExtendedXMP=\"{digest}\""
    ));
    let length = u32::try_from(extended.len()).expect("a short packet");
    let part = |from: usize, to: usize| {
        let offset = u32::try_from(from).expect("a short packet");
        let segment = [
            b"http://ns.adobe.com/xmp/extension/\0",
            digest.as_bytes(),
            &length.to_be_bytes(),
            &offset.to_be_bytes(),
            &extended.as_bytes()[from..to],
        ];
        (0xE1, segment.concat())
    };
    jpeg(&[xmp_segment(&main), part(100, extended.len()), part(0, 100)])
}

fn ztxt(keyword: &str, text: &[u8]) -> Vec<u8> {
    [keyword.as_bytes(), b"\0\0", &zlib(text)].concat()
}

fn text(keyword: &str, text: &[u8]) -> Vec<u8> {
    [keyword.as_bytes(), b"\0", text].concat()
}

fn raw_profiles() -> Vec<u8> {
    let exif = [b"Exif\0\0", exif_title().as_slice()].concat();
    let iptc = resource(0x0404, &dataset(120, "By IPTC"));
    png(&[
        (
            b"zTXt",
            ztxt("Raw profile type exif", &raw_profile("exif", &exif)),
        ),
        (
            b"tEXt",
            text("Raw profile type iptc", &raw_profile("iptc", &iptc)),
        ),
        (
            b"zTXt",
            ztxt(
                "Raw profile type xmp",
                &raw_profile("xmp", packet("dc:title=\"By XMP\"").as_bytes()),
            ),
        ),
    ])
}

fn raw_app1() -> Vec<u8> {
    let name = b"http://ns.adobe.com/xap/1.0/\0".as_slice();
    let block = [name, packet("dc:title=\"By XMP\"").as_bytes()].concat();
    png(&[(
        b"zTXt",
        ztxt("Raw profile type APP1", &raw_profile("generic", &block)),
    )])
}

fn split_iptc() -> Vec<u8> {
    let first = [
        dataset(120, "At noon."),
        dataset(25, "sea"),
        dataset(25, "sky"),
    ];
    let second = [dataset(25, "sand"), dataset(80, "Ana")];
    let resources = [&first[..], &second].map(|sets| resource(0x0404, &sets.concat()));
    jpeg(&[photoshop_segment(&resources.concat())])
}

fn every_block(description: &str) -> Vec<u8> {
    let main = [
        (0x010E, ascii(description)),
        (0x013B, ascii("EXIF's Ana")),
        (0x8298, ascii("EXIF's notice")),
    ];
    let iptc = [
        dataset(80, "IPTC's Ana"),
        dataset(116, "IPTC's notice"),
        dataset(120, "By IPTC"),
    ]
    .concat();
    jpeg(&[
        exif_segment(&tiff(&main, None)),
        xmp_segment(&packet(
            "dc:title=\"T\" dc:description=\"By XMP\" dc:rights=\"XMP's notice\"",
        )),
        photoshop_segment(&resource(0x0404, &iptc)),
    ])
}

fn dates_of_iptc() -> Vec<u8> {
    let iptc = [dataset(55, "20240501"), dataset(60, "101112+0200")].concat();
    jpeg(&[photoshop_segment(&resource(0x0404, &iptc))])
}

fn usual() -> Vec<u8> {
    let photo = [
        (0x829A, rationals(&[(1, 125)])),
        (0x829D, rationals(&[(28, 10)])),
        (0x8827, short(400)),
        (0x9003, ascii("2024:05:01 10:11:12")),
    ];
    let main = [
        (0x010F, ascii("NIKON CORPORATION")),
        (0x0110, ascii("NIKON Z 6")),
    ];
    jpeg(&[exif_segment(&tiff(
        &main,
        Some((EXIF_DIRECTORY, long, &photo)),
    ))])
}

/// All kinds, for every judge.
pub(crate) fn samples() -> Vec<Sample> {
    let utf_16_text = packet("dc:title=\"Été\" xmp:Rating=\"4\"");
    vec![
        ("usual.jpg", usual()),
        ("short-pointer.jpg", jpeg(&[exif_segment(&short_pointer())])),
        (
            "utf-16-be.tif",
            tiff_with_packet(&utf_16(&utf_16_text, u16::to_be_bytes)),
        ),
        (
            "utf-16-le.tif",
            tiff_with_packet(&utf_16(&utf_16_text, u16::to_le_bytes)),
        ),
        ("extended.jpg", extended()),
        (
            "ztxt.png",
            png(&[(
                b"zTXt",
                ztxt("XML:com.adobe.xmp", packet("dc:title=\"T\"").as_bytes()),
            )]),
        ),
        ("raw-profiles.png", raw_profiles()),
        ("raw-app1.png", raw_app1()),
        ("split-iptc.jpg", split_iptc()),
        ("every-block.jpg", every_block("By EXIF")),
        (
            "every-block-of-a-camera.jpg",
            every_block("OLYMPUS DIGITAL CAMERA"),
        ),
        ("date-of-iptc.jpg", dates_of_iptc()),
        (
            "date-of-xmp.jpg",
            jpeg(&[xmp_segment(&packet(
                "exif:DateTimeOriginal=\"2024-05-01T10:11:12.25+02:00\"",
            ))]),
        ),
        (
            "date-of-photoshop.jpg",
            jpeg(&[xmp_segment(&packet("photoshop:DateCreated=\"2024-05-01\""))]),
        ),
        (
            "place-of-xmp.jpg",
            jpeg(&[xmp_segment(&packet(
                "exif:GPSLatitude=\"38,42.834N\" exif:GPSLongitude=\"9,8.364W\"",
            ))]),
        ),
    ]
}

/// A file of the list.
fn sample(name: &str) -> Vec<u8> {
    let mut samples = samples().into_iter();
    samples
        .find(|(known, _)| *known == name)
        .expect("it is in the list")
        .1
}

#[test]
fn a_gps_directory_is_found_by_a_short_pointer() {
    let gps = read(&sample("short-pointer.jpg")).gps.expect("a position");
    assert_eq!(gps.point, Some(Point::new(38.7139, -9.1394)));
    assert_eq!(gps.position_from, Some(FoundIn::Exif));
}

#[test]
fn xmp_in_utf_16_is_read() {
    for name in ["utf-16-be.tif", "utf-16-le.tif"] {
        let facts = read(&sample(name)).descriptive.expect("facts");
        assert_eq!(
            (facts.title.as_deref(), facts.rating),
            (Some("Été"), Some(4.0))
        );
    }
}

#[test]
fn extended_xmp_is_joined_and_read() {
    let facts = read(&sample("extended.jpg")).descriptive.expect("facts");
    assert_eq!(facts.title.as_deref(), Some("Main"));
    assert_eq!(facts.copyright.as_deref(), Some("© Ana"));
}

#[test]
fn pngs_old_texts_are_read() {
    let facts = read(&sample("ztxt.png")).descriptive.expect("facts");
    assert_eq!(facts.title.as_deref(), Some("T"));
    let facts = read(&sample("raw-profiles.png"))
        .descriptive
        .expect("facts");
    assert_eq!(facts.title.as_deref(), Some("By XMP"));
    assert_eq!(facts.description.as_deref(), Some("By EXIF"));
    assert_eq!(facts.creator.as_deref(), Some("Ana"));
    let facts = read(&sample("raw-app1.png")).descriptive.expect("facts");
    assert_eq!(facts.title.as_deref(), Some("By XMP"));
}

#[test]
fn iptc_in_several_resources_is_joined() {
    let facts = read(&sample("split-iptc.jpg")).descriptive.expect("facts");
    assert_eq!(facts.keywords, ["sea", "sky", "sand"]);
    assert_eq!(facts.description.as_deref(), Some("At noon."));
    assert_eq!(
        (facts.creator.as_deref(), facts.creator_from),
        (Some("Ana"), Some(FoundIn::Iptc))
    );
}

#[test]
fn exif_counts_unless_a_camera_wrote_it() {
    let facts = read(&sample("every-block.jpg")).descriptive.expect("facts");
    assert_eq!(facts.description.as_deref(), Some("By EXIF"));
    assert_eq!(facts.creator.as_deref(), Some("EXIF's Ana"));
    assert_eq!(facts.copyright.as_deref(), Some("EXIF's notice"));
    let facts = read(&sample("every-block-of-a-camera.jpg"))
        .descriptive
        .expect("facts");
    assert_eq!(
        (facts.description.as_deref(), facts.description_from),
        (Some("By XMP"), Some(FoundIn::Xmp))
    );
}

#[test]
fn a_date_is_found_in_every_block() {
    for (name, expected, from) in [
        ("usual.jpg", "2024-05-01T10:11:12", FoundIn::Exif),
        (
            "date-of-iptc.jpg",
            "2024-05-01T10:11:12.000000000+02:00",
            FoundIn::Iptc,
        ),
        (
            "date-of-xmp.jpg",
            "2024-05-01T10:11:12.250000000+02:00",
            FoundIn::Xmp,
        ),
        ("date-of-photoshop.jpg", "2024-05-01", FoundIn::Xmp),
    ] {
        let exif = read(&sample(name)).exif.expect("a date");
        assert_eq!(exif.taken_at.as_deref(), Some(expected), "{name}");
        assert_eq!(exif.taken_at_from, Some(from), "{name}");
    }
}

#[test]
fn a_place_is_found_in_xmp() {
    let gps = read(&sample("place-of-xmp.jpg")).gps.expect("a position");
    assert_eq!(gps.point, Some(Point::new(38.7139, -9.1394)));
    assert_eq!(gps.position_from, Some(FoundIn::Xmp));
}

#[test]
fn the_bytes_of_texts_that_are_unpacked_are_bounded() {
    // Several texts for one keyword count once.
    let text = (b"zTXt", ztxt("XML:com.adobe.xmp", &vec![b' '; 60_000]));
    let file = png(&vec![text; 500]);
    let inspection = imaging::inspect(&file, &imaging::Limits::default()).expect("an image");
    assert_eq!(inspection.xmp.map(|packet| packet.len()), Some(60_000));
}
