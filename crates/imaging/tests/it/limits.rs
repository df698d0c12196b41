//! What is refused because of the header, and with which message.

use std::time::{Duration, Instant};

use imaging::{Limits, RefusalCode, inspect};

use crate::support::{Pixels, encode_png};

#[track_caller]
fn refused(original: &[u8], limits: &Limits, code: RefusalCode, named: &str) {
    let refusal = inspect(original, limits).unwrap_err();
    assert_eq!(refusal.code, code, "{refusal}");
    assert!(refusal.message.contains(named), "{refusal}");
}

/// The header of a PNG of this size, and a little pixel data.
fn claims(width: u32, height: u32) -> Vec<u8> {
    let mut file = encode_png(1, 1, 3, png::BitDepth::Eight, &[1, 2, 3], |_| {});
    file[16..20].copy_from_slice(&width.to_be_bytes());
    file[20..24].copy_from_slice(&height.to_be_bytes());
    file
}

#[test]
fn limits_are_told_with_their_numbers() {
    let defaults = Limits::default();
    refused(&[], &defaults, RefusalCode::Empty, "empty");
    refused(
        &claims(60_000, 60_000),
        &defaults,
        RefusalCode::TooWideOrTall,
        "60,000×60,000",
    );
    refused(
        &claims(16_385, 1),
        &defaults,
        RefusalCode::TooWideOrTall,
        "16,384",
    );
    refused(
        &claims(10_001, 10_000),
        &defaults,
        RefusalCode::TooManyPixels,
        "100,010,000",
    );
    refused(&claims(0, 5), &defaults, RefusalCode::Corrupt, "0×5");
    let small = Limits {
        max_bytes: 50,
        ..defaults
    };
    refused(
        &claims(1, 1),
        &small,
        RefusalCode::TooManyBytes,
        "at most 50",
    );
    assert!(inspect(&claims(10_000, 10_000), &defaults).is_ok());
    assert!(inspect(&claims(16_384, 6_000), &defaults).is_ok());
}

#[test]
fn frames_are_limited_each_and_together() {
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 100, 100, &[0, 0, 0, 255, 255, 255]).unwrap();
    for _ in 0..5 {
        encoder
            .write_frame(&gif::Frame::from_indexed_pixels(
                100,
                100,
                vec![0; 10_000],
                None,
            ))
            .unwrap();
    }
    drop(encoder);
    let defaults = Limits::default();
    refused(
        &file,
        &Limits {
            max_frames: 4,
            ..defaults
        },
        RefusalCode::TooManyFrames,
        "5 frames",
    );
    refused(
        &file,
        &Limits {
            max_total_pixels: 49_999,
            ..defaults
        },
        RefusalCode::TooManyTotalPixels,
        "50,000",
    );
    assert!(
        inspect(
            &file,
            &Limits {
                max_total_pixels: 50_000,
                max_frames: 5,
                ..defaults
            }
        )
        .is_ok()
    );
}

#[test]
fn the_size_that_counts_is_that_of_the_whole_canvas() {
    // A GIF whose canvas is huge although its only frame is tiny.
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 65_535, 65_535, &[0, 0, 0]).unwrap();
    encoder
        .write_frame(&gif::Frame::from_indexed_pixels(1, 1, vec![0], None))
        .unwrap();
    drop(encoder);
    refused(
        &file,
        &Limits::default(),
        RefusalCode::TooWideOrTall,
        "65,535×65,535",
    );
}

#[test]
fn a_bomb_is_refused_from_its_header() {
    let mut bomb = claims(60_000, 60_000);
    bomb.resize(100_000, 0);
    let start = Instant::now();
    assert!(inspect(&bomb, &Limits::default()).is_err());
    // A header is read in microseconds, but decompressing would take minutes.
    assert!(start.elapsed() < Duration::from_secs(1));
}

#[test]
fn a_profile_that_unpacks_to_megabytes_is_left_aside() {
    let zeros = vec![0; 64 << 20];
    let original = encode_png(1, 1, 3, png::BitDepth::Eight, &[1, 2, 3], |info| {
        info.icc_profile = Some(zeros.into());
    });
    assert!(original.len() < 200_000);
    let inspection = inspect(&original, &Limits::default()).unwrap();
    assert!(inspection.icc.is_none());
    assert!(
        inspection
            .warnings
            .iter()
            .any(|warning| warning.message.contains("ICC")),
        "{:?}",
        inspection.warnings
    );
}

#[test]
fn headers_cut_anywhere_are_refused_and_do_not_panic() {
    let originals = [
        Pixels::photo(20, 20).to_jpeg(),
        Pixels::photo(20, 20).to_png(),
        crate::support::rendition(&Pixels::photo(20, 20).to_png(), "format = \"webp\"").bytes,
        crate::support::avif::plain(&Pixels::photo(20, 20)),
        crate::support::tiff::file((2, 2), 2, &[8; 3], &[0; 12], &[]),
    ];
    for original in originals {
        for length in 0..original.len() {
            // Any result is accepted. It only must not panic.
            drop(inspect(&original[..length], &Limits::default()));
        }
    }
}
