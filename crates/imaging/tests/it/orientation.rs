//! All eight EXIF orientations, and AVIF's two properties, applied to pixels and to dimensions.

use imaging::{Limits, inspect};

use crate::support::exif::{Value, block, orientation_segment};
use crate::support::{
    BLUE, GREEN, Pixels, RED, WHITE, assert_close, avif, encode_png, rendered, tiff, with_segments,
};

/// How each orientation displays quarters that are stored as red, green, blue, white (EXIF 2.32, 0x0112).
const DISPLAYED: [[[u8; 3]; 4]; 8] = [
    [RED, GREEN, BLUE, WHITE],
    [GREEN, RED, WHITE, BLUE],
    [WHITE, BLUE, GREEN, RED],
    [BLUE, WHITE, RED, GREEN],
    [RED, BLUE, GREEN, WHITE],
    [BLUE, RED, WHITE, GREEN],
    [WHITE, GREEN, BLUE, RED],
    [GREEN, WHITE, RED, BLUE],
];

const FORMATS: [&str; 3] = [
    "format = \"jpeg\"\nquality = 95",
    "format = \"webp\"\nquality = 95",
    "format = \"png\"",
];

#[track_caller]
fn check(original: &[u8], exif: u8, stored: (u32, u32), keys: &str) {
    let inspection = inspect(original, &Limits::default()).unwrap();
    let displayed = if exif >= 5 {
        (stored.1, stored.0)
    } else {
        stored
    };
    assert_eq!((inspection.width, inspection.height), displayed);
    assert_eq!((inspection.coded_width, inspection.coded_height), stored);
    assert_eq!(inspection.orientation.exif(), exif);
    let pixels = rendered(original, keys);
    for (corner, expected) in pixels
        .corners()
        .into_iter()
        .zip(DISPLAYED[usize::from(exif) - 1])
    {
        assert_close(&corner[..3], &expected, 8);
    }
}

#[test]
fn jpeg_is_turned_as_exif_says_into_every_format_and_at_odd_sizes() {
    for exif in 1..=8 {
        let original = with_segments(
            &Pixels::quarters(121, 65).to_jpeg(),
            &[orientation_segment(exif)],
        );
        let exif = u8::try_from(exif).unwrap();
        for keys in FORMATS {
            check(&original, exif, (121, 65), keys);
            check(
                &original,
                exif,
                (121, 65),
                &format!("{keys}\nwidth = 33\nheight = 33"),
            );
        }
    }
}

#[test]
fn jpeg_is_turned_when_it_is_decoded_at_a_reduced_scale() {
    for exif in 1..=8 {
        let original = with_segments(
            &Pixels::quarters(800, 600).to_jpeg(),
            &[orientation_segment(exif)],
        );
        check(
            &original,
            u8::try_from(exif).unwrap(),
            (800, 600),
            "format = \"jpeg\"\nwidth = 90\nheight = 90",
        );
    }
}

#[test]
fn png_and_tiff_are_turned_as_exif_says() {
    for exif in 1..=8_u16 {
        let quarters = Pixels::quarters(60, 40);
        let png = encode_png(60, 40, 3, png::BitDepth::Eight, &quarters.data, |info| {
            info.exif_metadata = Some(block(&[(0x0112, Value::Short(exif))]).into());
        });
        check(
            &png,
            u8::try_from(exif).unwrap(),
            (60, 40),
            "format = \"png\"",
        );
        let entry = (274, 3, 1, exif.to_be_bytes().to_vec());
        let tiff = tiff::file((60, 40), 2, &[8, 8, 8], &quarters.data, &[entry]);
        check(
            &tiff,
            u8::try_from(exif).unwrap(),
            (60, 40),
            "format = \"png\"",
        );
    }
}

#[test]
fn avif_is_turned_by_its_properties() {
    let quarters = Pixels::quarters(64, 32);
    for (quarter_turns, axis, exif) in [
        (None, None, 1),
        (Some(1), None, 8),
        (Some(2), None, 3),
        (Some(3), None, 6),
        (None, Some(0), 4),
        (None, Some(1), 2),
        (Some(1), Some(0), 5),
        (Some(1), Some(1), 7),
    ] {
        check(
            &avif::turned(&quarters, quarter_turns, axis),
            exif,
            (64, 32),
            "format = \"png\"",
        );
    }
}

#[test]
fn cover_crops_what_is_displayed_and_not_what_is_stored() {
    // The displayed picture is 100 wide and 300 high. A square shows its middle third.
    let stored = Pixels::new(
        300,
        100,
        |x, _| if (100..200).contains(&x) { GREEN } else { RED },
    );
    let original = with_segments(&stored.to_jpeg(), &[orientation_segment(6)]);
    let pixels = rendered(
        &original,
        "format = \"png\"\nfit = \"cover\"\nwidth = 50\nheight = 50",
    );
    assert_eq!((pixels.width, pixels.height), (50, 50));
    for corner in pixels.corners() {
        assert_close(corner, &GREEN, 8);
    }
}

/// The crop comes first, then the turn, then the mirror (MIAF, 7.3.6.7).
#[test]
fn an_avif_is_cropped_then_turned_then_mirrored() {
    // The upper left 40×30 of 64×48, in which the quarters no longer have the same size.
    let pixels = Pixels::quarters(64, 48);
    let crop = |size, halves| avif::clean_aperture(size, halves);
    let original = avif::with_properties(
        &pixels,
        &[
            (b"clap", crop((40, 30), (-24, -18))),
            (b"irot", vec![1]),
            (b"imir", vec![1]),
        ],
    );
    let inspection = inspect(&original, &Limits::default()).unwrap();
    assert_eq!((inspection.width, inspection.height), (30, 40));
    assert_eq!((inspection.coded_width, inspection.coded_height), (64, 48));
    assert!(inspection.warnings.is_empty());
    let png = rendered(&original, "format = \"png\"");
    // Cropped: red to (32, 24), green beside it, blue below. Turned anticlockwise, green is above, and blue at the right.
    // Mirrored, blue is at the left.
    assert_close(png.at(25, 35), &RED, 8);
    assert_close(png.at(25, 3), &GREEN, 8);
    assert_close(png.at(2, 35), &BLUE, 8);
    assert_close(png.at(2, 3), &WHITE, 8);

    // A crop that is not within the picture is ignored with a warning.
    for impossible in [
        crop((65, 30), (0, 0)),
        crop((40, 30), (-26, 0)),
        vec![0; 32],
    ] {
        let original = avif::with_properties(&pixels, &[(b"clap", impossible)]);
        let inspection = inspect(&original, &Limits::default()).unwrap();
        assert_eq!((inspection.width, inspection.height), (64, 48));
        assert_eq!(inspection.warnings[0].code, "crop-impossible");
    }
}
