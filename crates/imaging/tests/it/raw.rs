//! Camera raw photos: structures as cameras write them, made by the tests, with a JPEG picture of four quarters inside.

use imaging::{Format, Limits, Orientation, RawKind, RefusalCode, inspect};

use crate::support::{
    BLUE, GREEN, Pixels, RED, WHITE, assert_close, exif, rendered, rendition, with_segments,
};

const PNG: &str = "width = 400\nformat = \"png\"";

/// An entry of a directory: tag, type, number of values, and the only value or the offset of the values.
type Entry = (u16, u16, u32, [u8; 4]);

fn short(tag: u16, value: u16) -> Entry {
    let [low, high] = value.to_le_bytes();
    (tag, 3, 1, [low, high, 0, 0])
}

fn long(tag: u16, value: usize) -> Entry {
    (tag, 4, 1, offset(value))
}

/// This many values of a type, which are stored elsewhere.
fn elsewhere(tag: u16, kind: u16, count: usize, at: usize) -> Entry {
    (tag, kind, u32::try_from(count).unwrap(), offset(at))
}

fn offset(at: usize) -> [u8; 4] {
    u32::try_from(at).unwrap().to_le_bytes()
}

/// The picture that the camera stores.
fn jpeg(width: u32, height: u32) -> Vec<u8> {
    Pixels::quarters(width, height).to_jpeg()
}

/// A little-endian file that is built piece by piece.
struct File(Vec<u8>);

impl File {
    fn new(signature: [u8; 4]) -> Self {
        Self([signature, [0; 4]].concat())
    }

    /// Appends bytes and returns their offset.
    fn append(&mut self, bytes: &[u8]) -> usize {
        let at = self.0.len();
        self.0.extend(bytes);
        at
    }

    /// Appends a directory and returns its offset.
    fn directory(&mut self, entries: &[Entry]) -> usize {
        let mut entries = entries.to_vec();
        entries.sort_by_key(|entry| entry.0);
        let at = self.append(&u16::try_from(entries.len()).unwrap().to_le_bytes());
        for (tag, kind, count, value) in entries {
            self.append(&[tag, kind].map(u16::to_le_bytes).concat());
            self.append(&count.to_le_bytes());
            self.append(&value);
        }
        self.append(&[0; 4]);
        at
    }

    fn finish(mut self, first: usize) -> Vec<u8> {
        self.0[4..8].copy_from_slice(&offset(first));
        self.0
    }
}

/// The photometric interpretation of sensor data.
const SENSOR: Entry = (262, 3, 1, [0x23, 0x80, 0, 0]);

/// A photo in TIFF: a thumbnail in the first directory, the picture and the sensor's data in two below it.
fn in_tiff(maker: &str, picture: &[u8], extra: &[Entry]) -> Vec<u8> {
    let mut file = File::new(*b"II*\0");
    let picture_at = file.append(picture);
    let thumbnail_at = file.append(&[99; 16 * 12 * 3]);
    let full = file.directory(&[long(513, picture_at), long(514, picture.len())]);
    let sensor = file.directory(&[SENSOR, short(256, 6000), short(257, 4000)]);
    let below = file.append(&[full, sensor].map(offset).concat());
    // Text ends with a zero.
    let maker = [maker.as_bytes(), &[0]].concat();
    let name = file.append(&maker);
    let mut entries = vec![
        short(256, 16),
        short(257, 12),
        short(258, 8),
        short(259, 1),
        short(262, 2),
        elsewhere(271, 2, maker.len(), name),
        long(273, thumbnail_at),
        short(274, 6),
        short(277, 3),
        short(278, 12),
        long(279, 16 * 12 * 3),
        elsewhere(330, 4, 2, below),
    ];
    entries.extend(extra);
    let first = file.directory(&entries);
    file.finish(first)
}

#[track_caller]
fn assert_read(original: &[u8], kind: RawKind, orientation: Orientation) {
    let inspection = inspect(original, &Limits::default()).unwrap();
    assert_eq!(inspection.format, Format::Raw(kind));
    assert_eq!(inspection.orientation, orientation);
    assert_eq!(
        (inspection.coded_width, inspection.coded_height),
        (1616, 1080)
    );
    assert_eq!(inspection.warnings[0].code, "raw-preview");
    assert!(inspection.warnings[0].message.contains("1616×1080"));
    let corners = match orientation {
        Orientation::QuarterTurn => [BLUE, RED, WHITE, GREEN],
        _ => [RED, GREEN, BLUE, WHITE],
    };
    let pixels = rendered(original, PNG);
    for (corner, expected) in pixels.corners().into_iter().zip(corners) {
        assert_close(corner, &expected, 6);
    }
}

#[test]
fn photos_in_tiff_are_never_read_as_their_thumbnails() {
    let picture = jpeg(1616, 1080);
    let version = (50_706, 1, 4, [1, 4, 0, 0]);
    for (maker, extra, kind) in [
        ("NIKON CORPORATION", None, RawKind::Nef),
        ("SONY", None, RawKind::Arw),
        ("PENTAX", None, RawKind::Other),
        ("Google", Some(version), RawKind::Dng),
    ] {
        let extra: Vec<_> = extra.into_iter().collect();
        let original = in_tiff(maker, &picture, &extra);
        assert_read(&original, kind, Orientation::QuarterTurn);
        // The whole file is its EXIF block, which no rendition may contain.
        let kept = rendition(
            &original,
            "width = 64\nformat = \"jpeg\"\nmetadata = \"keep\"",
        );
        assert!(kept.bytes.len() < 10_000);
    }
}

#[test]
fn a_picture_that_is_too_small_is_refused_with_advice() {
    for (width, height) in [(160, 120), (1599, 1000)] {
        let original = in_tiff("NIKON CORPORATION", &jpeg(width, height), &[]);
        let refusal = inspect(&original, &Limits::default()).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::UnsupportedFormat);
        for part in ["Nikon NEF", &format!("{width}×{height}"), "Develop it"] {
            assert!(refusal.message.contains(part), "{refusal}");
        }
    }
    let without = in_tiff("SONY", b"nothing", &[]);
    let refusal = inspect(&without, &Limits::default()).unwrap_err();
    assert!(refusal.message.contains("no JPEG picture"), "{refusal}");
}

#[test]
fn canon_in_tiff_has_its_picture_as_a_strip() {
    let picture = jpeg(1616, 1080);
    let mut file = File::new(*b"II*\0");
    file.append(b"CR\x02\0\0\0\0\0");
    let at = file.append(&picture);
    let first = file.directory(&[
        short(259, 6),
        long(273, at),
        long(279, picture.len()),
        short(274, 6),
    ]);
    assert_read(&file.finish(first), RawKind::Cr2, Orientation::QuarterTurn);
}

#[test]
fn panasonic_has_its_picture_as_a_value() {
    let block = exif::block(&[(0x0112, exif::Value::Short(6))]);
    let picture = with_segments(&jpeg(1616, 1080), &[exif::segment(&block)]);
    let mut file = File::new(*b"IIU\0");
    let at = file.append(&picture);
    let first = file.directory(&[elsewhere(46, 7, picture.len(), at)]);
    assert_read(&file.finish(first), RawKind::Rw2, Orientation::QuarterTurn);
}

#[test]
fn olympus_tells_of_its_picture_in_the_notes_of_the_maker() {
    let picture = jpeg(1616, 1080);
    let mut file = File::new(*b"IIRO");
    // Maker notes: their header, the picture, a directory of settings, and one that refers to it, at a fixed offset.
    let notes = file.append(b"OLYMPUS\0II\x03\0");
    let directory = file.append(&[0; 18]) - notes;
    assert_eq!(directory, 12);
    let at = file.append(&picture) - notes;
    let settings = file.directory(&[long(0x101, at), long(0x102, picture.len())]) - notes;
    // The directory of the notes is made at the end, and then moved.
    let made = file.directory(&[long(0x2020, settings)]);
    file.0.copy_within(made..made + 18, notes + directory);
    let exif = file.directory(&[elsewhere(0x927C, 7, made - notes, notes)]);
    let first = file.directory(&[long(0x8769, exif), short(274, 6)]);
    assert_read(&file.finish(first), RawKind::Orf, Orientation::QuarterTurn);
}

#[test]
fn fujifilm_has_its_picture_behind_a_header() {
    let picture = with_segments(&jpeg(1616, 1080), &[exif::orientation_segment(6)]);
    let mut original = b"FUJIFILMCCD-RAW 0201".to_vec();
    original.resize(160, 0);
    original[84..88].copy_from_slice(&160_u32.to_be_bytes());
    original[88..92].copy_from_slice(&u32::try_from(picture.len()).unwrap().to_be_bytes());
    original.extend(picture);
    assert_read(&original, RawKind::Raf, Orientation::QuarterTurn);
}

fn boxed(kind: &[u8; 4], body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 8).unwrap();
    [&length.to_be_bytes(), &kind[..], body].concat()
}

/// A CR3 file, with its picture as the first track or as a preview at the top.
fn cr3(picture: &[u8], as_track: bool) -> Vec<u8> {
    const METADATA: &[u8] = b"\x85\xC0\xB6\x87\x82\x0F\x11\xE0\x81\x11\xF4\xCE\x46\x2B\x6A\x48";
    const PREVIEW: &[u8] = b"\xEA\xF4\x2B\x5E\x1C\x98\x4B\x88\xB9\xFB\xB7\xDC\x40\x6E\x4D\x16";
    let block = exif::block(&[(0x0112, exif::Value::Short(6))]);
    let metadata = boxed(b"uuid", &[METADATA, &boxed(b"CMT1", &block)].concat());
    let head = boxed(b"ftyp", b"crx \0\0\0\x01crx isom");
    let build = |at: u64| {
        let length = u32::try_from(picture.len()).unwrap().to_be_bytes();
        let sizes = boxed(b"stsz", &[&[0; 4], &length[..], &[0, 0, 0, 1]].concat());
        let places = boxed(
            b"co64",
            &[&[0, 0, 0, 0, 0, 0, 0, 1][..], &at.to_be_bytes()].concat(),
        );
        let table = boxed(b"stbl", &[sizes, places].concat());
        let track = boxed(b"trak", &boxed(b"mdia", &boxed(b"minf", &table)));
        let track = if as_track { track } else { Vec::new() };
        [
            head.clone(),
            boxed(b"moov", &[metadata.clone(), track].concat()),
        ]
        .concat()
    };
    let at = build(0).len() as u64 + 8;
    if as_track {
        [build(at), boxed(b"mdat", picture)].concat()
    } else {
        let inside = [
            PREVIEW,
            &[0; 8],
            &boxed(b"PRVW", &[&[0; 16], picture].concat()),
        ]
        .concat();
        [build(0), boxed(b"uuid", &inside)].concat()
    }
}

#[test]
fn canon_in_boxes_has_its_picture_as_a_track_or_a_preview() {
    let picture = jpeg(1616, 1080);
    for as_track in [true, false] {
        assert_read(
            &cr3(&picture, as_track),
            RawKind::Cr3,
            Orientation::QuarterTurn,
        );
    }
}

#[test]
fn what_is_cut_off_or_goes_round_ends_in_a_refusal() {
    let picture = jpeg(1616, 1080);
    for original in [
        in_tiff("NIKON CORPORATION", &picture, &[]),
        cr3(&picture, true),
    ] {
        for length in (0..original.len()).step_by(original.len() / 200) {
            let _ = inspect(&original[..length], &Limits::default());
        }
    }
    // A directory that refers to itself.
    let mut file = File::new(*b"II*\0");
    let name = file.append(b"SONY\0");
    let itself = file.0.len();
    let first = file.directory(&[elsewhere(271, 2, 5, name), long(330, itself), SENSOR]);
    assert_eq!(first, itself);
    assert!(inspect(&file.finish(first), &Limits::default()).is_err());
}
