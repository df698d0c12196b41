//! JPEG of many kinds.

use imaging::{ChromaSubsampling, ColourSpace, Format};
use turbojpeg::Subsamp;

use super::{check_quarters, look};
use crate::support::{BLUE, GREEN, Pixels, RED, WHITE, assert_close, decode, rendered, rendition};

#[test]
fn jpeg_of_every_subsampling() {
    let cases = [
        (Subsamp::None, ChromaSubsampling::Cs444),
        (Subsamp::Sub2x1, ChromaSubsampling::Cs422),
        (Subsamp::Sub2x2, ChromaSubsampling::Cs420),
        (Subsamp::Sub1x2, ChromaSubsampling::Cs440),
        (Subsamp::Sub4x1, ChromaSubsampling::Cs411),
    ];
    for (subsamp, expected) in cases {
        let original = Pixels::quarters(130, 70).to_jpeg_with(subsamp, |_| {});
        let inspection = look(&original);
        assert_eq!(
            (inspection.format, inspection.chroma_subsampling),
            (Format::Jpeg, Some(expected))
        );
        assert_eq!(
            (
                inspection.colour_space,
                inspection.channels,
                inspection.bit_depth
            ),
            (ColourSpace::YCbCr, 3, 8)
        );
        check_quarters(&original, 8);
        for keys in [
            "format = \"jpeg\"\nwidth = 64\nquality = 95",
            "format = \"webp\"\nwidth = 31\nquality = 95",
        ] {
            for (corner, expected) in rendered(&original, keys)
                .corners()
                .into_iter()
                .zip([RED, GREEN, BLUE, WHITE])
            {
                assert_close(corner, &expected, 10);
            }
        }
    }
}

#[test]
fn jpeg_progressive_and_arithmetic() {
    let progressive = Pixels::quarters(130, 70).to_jpeg_with(Subsamp::Sub2x2, |compressor| {
        compressor.set_progressive(true).unwrap();
    });
    assert_eq!(look(&progressive).progressive, Some(true));
    check_quarters(&progressive, 8);
    let arithmetic = Pixels::quarters(130, 70).to_jpeg_with(Subsamp::Sub2x2, |compressor| {
        compressor.set_arithmetic(true).unwrap();
    });
    assert_eq!(look(&arithmetic).progressive, Some(false));
    check_quarters(&arithmetic, 8);
}

#[test]
fn jpeg_of_rgb() {
    let original = Pixels::quarters(130, 70).to_jpeg_with(Subsamp::None, |compressor| {
        compressor
            .set_colorspace(turbojpeg::Colorspace::RGB)
            .unwrap();
    });
    assert_eq!(look(&original).colour_space, ColourSpace::Rgb);
    check_quarters(&original, 8);
}

#[test]
fn the_default_jpeg_rendition_is_progressive_and_subsampled() {
    let rendition = rendition(&Pixels::photo(300, 200).to_png(), "format = \"jpeg\"");
    let inspection = look(&rendition.bytes);
    assert_eq!(
        (inspection.progressive, inspection.chroma_subsampling),
        (Some(true), Some(ChromaSubsampling::Cs420))
    );
}

#[test]
fn the_effort_of_a_jpeg_changes_its_size_and_hardly_a_pixel() {
    for (width, height) in [(1, 1), (15, 17), (16, 16), (333, 250), (427, 640)] {
        let photo = Pixels::photo(width, height);
        let grey = Pixels::new(width, height, |x, y| [photo.at(x, y)[1]]);
        // Planes from a JPEG and packed pixels from a PNG, in colour and grey.
        for original in [
            photo.to_jpeg(),
            photo.to_png(),
            grey.to_jpeg_with(Subsamp::Gray, |_| {}),
            grey.to_png(),
        ] {
            let [baseline, optimised, progressive] = [0, 1, 2].map(|effort| {
                rendered(&original, &format!("format = \"jpeg\"\neffort = {effort}"))
            });
            assert_eq!(baseline, optimised, "{width}×{height}");
            assert_eq!(baseline.channels, progressive.channels);
            // The transforms of the two encoders sometimes round differently. Neither is further from the original.
            let picture = if baseline.channels == 1 {
                &grey
            } else {
                &photo
            };
            let [ours, theirs] = [&progressive, &baseline].map(|rendition| {
                let pairs = rendition.data.iter().zip(&picture.data);
                pairs.map(|(a, b)| u64::from(a.abs_diff(*b))).sum::<u64>()
            });
            assert!(
                ours * 20 <= theirs * 21,
                "{width}×{height}: {ours} and {theirs}"
            );
        }
    }
}

#[test]
fn progressive_jpegs_are_read_by_another_decoder() {
    for quality in [1, 50, 80, 100] {
        for (width, height) in [(1, 1), (9, 31), (250, 167)] {
            let photo = Pixels::photo(width, height);
            let file = rendition(
                &photo.to_png(),
                &format!("format = \"jpeg\"\nquality = {quality}"),
            );
            let other = image::load_from_memory_with_format(&file.bytes, image::ImageFormat::Jpeg)
                .unwrap()
                .into_rgb8();
            let ours = decode(&file);
            assert_eq!(other.dimensions(), (width, height));
            for (x, y, pixel) in other.enumerate_pixels() {
                // Decoders differ in how they enlarge chroma.
                assert_close(ours.at(x, y), &pixel.0, 40);
            }
        }
    }
}
