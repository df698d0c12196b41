//! Pixel data that is damaged or ends early is refused, unless the caller accepts it.

use imaging::{Notices, RefusalCode, RenderOptions};

use crate::support::{
    Pixels, RED, assert_close, decode, preset, rendition, tiff, try_render, try_render_with,
};

const ACCEPTING: RenderOptions<'_> = RenderOptions {
    threads: 1,
    accept_damaged: true,
    notices: Notices {
        creator: None,
        copyright: None,
        ai_source_type: None,
    },
    focus: None,
};

fn photo() -> Pixels {
    Pixels::photo(400, 300)
}

/// Originals whose end is missing.
fn truncated() -> Vec<(&'static str, Vec<u8>)> {
    let progressive = photo().to_jpeg_with(turbojpeg::Subsamp::Sub2x2, |compressor| {
        compressor.set_progressive(true).unwrap();
    });
    let originals = [
        ("JPEG", photo().to_jpeg()),
        ("progressive JPEG", progressive),
        ("PNG", photo().to_png()),
        (
            "lossy WebP",
            rendition(&photo().to_png(), "format = \"webp\"").bytes,
        ),
        (
            "lossless WebP",
            rendition(&Pixels::quarters(400, 300).to_png(), "format = \"auto\"").bytes,
        ),
        ("GIF", gif()),
        (
            "TIFF",
            tiff::file((40, 30), 2, &[8; 3], &Pixels::photo(40, 30).data, &[]),
        ),
        ("BMP", bmp()),
        ("AVIF", crate::support::avif::plain(&photo())),
    ];
    originals
        .into_iter()
        .map(|(name, file)| (name, cut(name, file)))
        .collect()
}

fn cut(name: &str, mut file: Vec<u8>) -> Vec<u8> {
    // The directory of this TIFF is behind its pixels, so the pixels are placed outside the file instead.
    if name == "TIFF" {
        let at = file
            .windows(2)
            .rposition(|window| window == 273_u16.to_be_bytes())
            .unwrap();
        file[at + 8..at + 12].copy_from_slice(&0xFFFF_FFFF_u32.to_be_bytes());
        return file;
    }
    // The last scans of a progressive file, which only refine it, may be missing.
    let kept = if name == "progressive JPEG" { 6 } else { 3 };
    file.truncate(file.len() * 2 / kept);
    file
}

fn gif() -> Vec<u8> {
    let mut file = Vec::new();
    let palette: Vec<u8> = (0..=255)
        .flat_map(|index| [index, 255 - index, index / 2])
        .collect();
    let mut encoder = gif::Encoder::new(&mut file, 400, 300, &palette).unwrap();
    let indices = photo()
        .data
        .chunks_exact(3)
        .map(|pixel| pixel[0])
        .collect::<Vec<_>>();
    encoder
        .write_frame(&gif::Frame::from_indexed_pixels(400, 300, indices, None))
        .unwrap();
    drop(encoder);
    file
}

fn bmp() -> Vec<u8> {
    let mut file = Vec::new();
    image::codecs::bmp::BmpEncoder::new(&mut file)
        .encode(&photo().data, 400, 300, image::ExtendedColorType::Rgb8)
        .unwrap();
    file
}

#[test]
fn what_ends_early_is_refused() {
    for (name, original) in truncated() {
        let refusal =
            try_render(&original, &preset("format = \"png\"\nwidth = 100")).expect_err(name);
        assert_eq!(refusal.code, RefusalCode::Corrupt, "{name}: {refusal}");
    }
}

#[test]
fn what_ends_early_is_rendered_as_far_as_it_goes_where_the_caller_wants_it() {
    for (name, original) in truncated()
        .into_iter()
        .filter(|(name, _)| !matches!(*name, "TIFF" | "AVIF"))
    {
        let rendered = try_render_with(
            &original,
            &preset("format = \"png\"\nwidth = 100"),
            &ACCEPTING,
        )
        .unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        assert!(
            rendered
                .warnings
                .iter()
                .any(|warning| warning.message.contains("damaged")),
            "{name}: {:?}",
            rendered.warnings
        );
        let pixels = decode(&rendered.renditions[0]);
        let expected = decode(&rendition(
            &photo().to_png(),
            "format = \"png\"\nwidth = 100",
        ));
        // Files begin at the top, except bitmaps, which begin at the bottom. A progressive file is coarse everywhere.
        let row = if name == "BMP" { 70 } else { 5 };
        if !matches!(name, "lossless WebP" | "GIF") {
            assert_close(&pixels.at(50, row)[..3], &expected.at(50, row)[..3], 40);
        }
    }
}

#[test]
fn damage_in_the_middle_of_a_jpeg_is_noticed() {
    let mut original = Pixels::photo(400, 300).to_jpeg();
    let middle = original.len() / 2;
    // A marker where none is allowed.
    original[middle..middle + 4].copy_from_slice(&[0xFF, 0xD9, 0xFF, 0xD9]);
    let refusal = try_render(&original, &preset("format = \"jpeg\"\nwidth = 100")).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Corrupt);
}

#[test]
fn bytes_after_the_picture_do_no_harm() {
    for mut original in [photo().to_jpeg(), photo().to_png(), bmp(), gif()] {
        original.extend([0xAB; 5000]);
        assert!(try_render(&original, &preset("format = \"png\"\nwidth = 100")).is_ok());
    }
}

#[test]
fn damage_in_metadata_is_no_damage() {
    let segments = [
        (0xE1, b"Exif\0\0this is no TIFF structure".to_vec()),
        (0xE2, b"ICC_PROFILE\0\x01\x05short".to_vec()),
        (0xED, b"Photoshop 3.0\x008BIM".to_vec()),
    ];
    let original = crate::support::with_segments(&Pixels::flat(30, 30, RED).to_jpeg(), &segments);
    let inspection = imaging::inspect(&original, &imaging::Limits::default()).unwrap();
    assert_eq!(inspection.warnings.len(), 2, "{:?}", inspection.warnings);
    assert!(try_render(&original, &preset("format = \"jpeg\"")).is_ok());
}
