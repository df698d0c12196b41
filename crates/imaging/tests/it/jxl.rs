//! JPEG XL: files that another encoder made (`files/README.md`).

use std::time::Duration;

use imaging::{
    ColourSpace, Format, HdrKind, Limits, Orientation, RefusalCode, RenderOptions, inspect,
};

use crate::support::{
    BLUE, GREEN, Pixels, RED, WHITE, assert_close, exif, limits, preset, rendered, try_render,
    try_render_with,
};

const PNG: &str = "format = \"png\"";

const LOSSY: &[u8] = include_bytes!("files/quarters-lossy.jxl");
const LOSSLESS: &[u8] = include_bytes!("files/quarters-lossless.jxl");
const DEEP: &[u8] = include_bytes!("files/quarters-16.jxl");
const ALPHA: &[u8] = include_bytes!("files/alpha.jxl");
const GREY: &[u8] = include_bytes!("files/grey.jxl");
const TURNED: &[u8] = include_bytes!("files/turned.jxl");
const ANIMATED: &[u8] = include_bytes!("files/animated.jxl");
const PQ: &[u8] = include_bytes!("files/pq.jxl");
const P3: &[u8] = include_bytes!("files/p3.jxl");

#[track_caller]
fn assert_quarters(pixels: &Pixels, expected: [[u8; 3]; 4], tolerance: u8) {
    for (corner, expected) in pixels.corners().into_iter().zip(expected) {
        assert_close(corner, &expected, tolerance);
    }
}

#[test]
fn lossy_lossless_and_deep_files_have_their_colours() {
    for (original, bits, tolerance) in [(LOSSY, 8, 6), (LOSSLESS, 8, 0), (DEEP, 16, 1)] {
        let inspection = inspect(original, &limits()).unwrap();
        assert_eq!(inspection.format, Format::Jxl);
        assert_eq!((inspection.width, inspection.height), (128, 64));
        assert_eq!(inspection.bit_depth, bits);
        let pixels = rendered(original, PNG);
        assert_quarters(&pixels, [RED, GREEN, BLUE, WHITE], tolerance);
    }
}

#[test]
fn grey_and_transparent_pictures() {
    let inspection = inspect(GREY, &limits()).unwrap();
    assert_eq!(inspection.colour_space, ColourSpace::Grey);
    assert_eq!(rendered(GREY, PNG).at(96, 32), [200]);
    let inspection = inspect(ALPHA, &limits()).unwrap();
    assert!(inspection.has_alpha);
    assert_eq!(inspection.channels, 4);
    let transparent = rendered(ALPHA, PNG);
    let [r, g, b] = RED;
    assert_eq!(transparent.at(32, 16), [r, g, b, 128]);
    let [r, g, b] = WHITE;
    assert_eq!(transparent.at(96, 48), [r, g, b, 255]);
}

/// A container of a codestream and of boxes behind it.
fn container(codestream: &[u8], boxes: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let boxed = |kind: &[u8; 4], body: &[u8]| {
        let length = u32::try_from(body.len() + 8).unwrap();
        [&length.to_be_bytes(), &kind[..], body].concat()
    };
    let mut file = boxed(b"JXL ", b"\r\n\x87\n");
    file.extend(boxed(b"ftyp", b"jxl \0\0\0\0jxl "));
    file.extend(boxed(b"jxlc", codestream));
    for (kind, body) in boxes {
        file.extend(boxed(kind, body));
    }
    file
}

/// Bytes as a Brotli stream that does not compress them: a window of 16 bits, one block, and an empty last one.
fn brotli(data: &[u8]) -> Vec<u8> {
    let header = ((data.len() - 1) << 4 | 1 << 20).to_le_bytes();
    [&header[..3], data, &[3]].concat()
}

#[test]
fn metadata_is_read_packed_or_not_and_does_not_turn_the_picture() {
    let exif = exif::block(&[(0x0112, exif::Value::Short(6))]);
    let exif = [&[0; 4], exif.as_slice()].concat();
    let xmp = b"<x:xmpmeta/>".to_vec();
    let packed = |kind: &[u8; 4], data: &[u8]| [&kind[..], &brotli(data)].concat();
    for boxes in [
        [(b"Exif", exif.clone()), (b"xml ", xmp.clone())],
        [
            (b"brob", packed(b"Exif", &exif)),
            (b"brob", packed(b"xml ", &xmp)),
        ],
    ] {
        let original = container(LOSSLESS, &boxes);
        let inspection = inspect(&original, &limits()).unwrap();
        assert_eq!(inspection.exif.as_deref(), Some(&exif[4..]));
        assert_eq!(inspection.xmp.as_deref(), Some(xmp.as_slice()));
        assert_eq!(inspection.orientation, Orientation::Upright);
        assert_eq!((inspection.width, inspection.height), (128, 64));
        assert!(inspection.warnings.is_empty());
    }
    let broken = container(LOSSLESS, &[(b"brob", packed(b"Exif", b"x")[..7].to_vec())]);
    let inspection = inspect(&broken, &limits()).unwrap();
    assert_eq!(inspection.warnings[0].code, "metadata-broken");
}

#[test]
fn the_codestream_turns_the_picture() {
    let inspection = inspect(TURNED, &limits()).unwrap();
    assert_eq!(inspection.orientation, Orientation::QuarterTurn);
    assert_eq!((inspection.width, inspection.height), (64, 128));
    assert_quarters(&rendered(TURNED, PNG), [BLUE, RED, WHITE, GREEN], 6);
}

#[test]
fn of_an_animation_the_first_frame_is_used_and_all_are_counted() {
    let inspection = inspect(ANIMATED, &limits()).unwrap();
    assert_eq!(inspection.frames, 3);
    assert_eq!(inspection.duration_ms, Some(300));
    assert_eq!(&rendered(ANIMATED, PNG).at(9, 9)[..3], &RED);
}

#[test]
fn wide_colours_and_a_high_dynamic_range_become_srgb() {
    let inspection = inspect(PQ, &limits()).unwrap();
    assert_eq!(inspection.hdr, Some(HdrKind::Pq));
    // A signal of 250 of 255 is much brighter than white, and a signal of 30 is nearly black.
    let pixels = rendered(PQ, PNG);
    assert_close(pixels.at(96, 48), &[255; 3], 2);

    let inspection = inspect(P3, &limits()).unwrap();
    assert_eq!(inspection.cicp.map(|points| points.primaries), Some(12));
    // The green of Display P3 has less red in sRGB, which is cut off.
    let green = rendered(P3, PNG);
    assert_eq!(green.at(96, 16)[0], 0);
}

#[test]
fn a_file_that_is_cut_off_is_damaged_and_used_as_far_as_it_goes() {
    let presets = preset("width = 16\nformat = \"png\"");
    let accepting = RenderOptions {
        accept_damaged: true,
        ..RenderOptions::default()
    };
    let cut = &LOSSY[..LOSSY.len() * 3 / 4];
    let refusal = try_render(cut, &presets).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Corrupt);
    for original in [LOSSY, LOSSLESS, DEEP, TURNED, ANIMATED] {
        for length in 0..original.len() {
            let cut = &original[..length];
            let _ = try_render_with(cut, &presets, &accepting);
            if let Err(refusal) = try_render(cut, &presets) {
                assert_ne!(refusal.code, RefusalCode::TooCostly, "{length}");
            }
        }
        for at in 0..original.len() {
            for change in [0x01, 0xFF] {
                let mut changed = original.to_vec();
                changed[at] ^= change;
                let small = Limits {
                    max_pixels: 1 << 20,
                    ..limits()
                };
                if inspect(&changed, &small).is_ok() {
                    let _ = try_render_with(&changed, &presets, &accepting);
                }
            }
        }
    }
}

#[test]
fn limits_hold_before_pixels_are_decoded() {
    for (limited, code) in [
        (
            Limits {
                max_pixels: 1000,
                ..limits()
            },
            RefusalCode::TooManyPixels,
        ),
        (
            Limits {
                max_frames: 2,
                ..limits()
            },
            RefusalCode::TooManyFrames,
        ),
        (
            Limits {
                max_cpu: Duration::ZERO,
                ..limits()
            },
            RefusalCode::TooCostly,
        ),
    ] {
        assert_eq!(inspect(ANIMATED, &limited).unwrap_err().code, code);
    }
}
