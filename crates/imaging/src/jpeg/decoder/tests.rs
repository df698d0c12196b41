use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use turbojpeg::{Compressor, Image, PixelFormat, Subsamp};

use super::Decoder;
use crate::budget::unlimited;
use crate::ffi::turbojpeg as libjpeg;
use crate::raster::{Planar, Plane};

/// Soft waves with some noise, so that all kinds of coefficients occur.
fn picture(width: usize, height: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut pixels = Vec::new();
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        for channel in 1..=3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let wave = (x * channel) as f32 * 0.07 + (y * 2) as f32 * 0.03;
            let noise = f32::from(state.to_be_bytes()[0]) / 8.0;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "it is between 0 and 255"
            )]
            pixels.push((110.0 + 70.0 * wave.sin() + noise) as u8);
        }
    }
    pixels
}

fn jpeg(width: usize, height: usize, subsampling: Subsamp, is_optimised: bool) -> Vec<u8> {
    let mut compressor = Compressor::new().unwrap();
    compressor.set_quality(90).unwrap();
    compressor.set_subsamp(subsampling).unwrap();
    compressor.set_optimize(is_optimised).unwrap();
    let image = Image {
        pixels: picture(width, height),
        width,
        pitch: width * 3,
        height,
        format: PixelFormat::RGB,
    };
    compressor.compress_to_vec(image.as_deref()).unwrap()
}

fn libjpeg_planes(jpeg: &[u8], eighths: u32) -> Planar {
    let mut decoder = libjpeg::Decoder::open(jpeg).unwrap();
    decoder.scale(eighths).unwrap();
    let (planes, remark) = decoder.planes().unwrap();
    assert_eq!(remark, None);
    planes
}

/// Luma within the picture. The samples outside have no meaning.
fn without_edge(planes: &Planar) -> Plane {
    let Planar {
        width,
        height,
        luma,
        ..
    } = planes;
    let rows = luma.data.chunks_exact(luma.width as usize);
    let rows = rows.take(*height as usize);
    Plane {
        width: *width,
        height: *height,
        data: rows
            .flat_map(|row| &row[..*width as usize])
            .copied()
            .collect(),
    }
}

/// Asserts that planes are of the same kind and that their samples differ by little.
fn assert_alike(ours: &Planar, theirs: &Planar, most: u8) {
    let shape = |planes: &Planar| (planes.width, planes.height, planes.step);
    let plane_shape = |plane: &Plane| (plane.width, plane.height, plane.data.len());
    assert_eq!(shape(ours), shape(theirs));
    let pairs = [
        (Some(&without_edge(ours)), Some(&without_edge(theirs))),
        (ours.chroma.as_ref(), theirs.chroma.as_ref()),
    ];
    for (ours, theirs) in pairs {
        assert_eq!(ours.map(plane_shape), theirs.map(plane_shape));
        for (plane, other) in ours.iter().zip(&theirs) {
            let apart = plane.data.iter().zip(&other.data);
            let apart = apart.map(|(sample, other)| sample.abs_diff(*other));
            assert!(apart.max() <= Some(most));
        }
    }
}

#[test]
fn every_sampling_and_size_is_as_libjpeg_has_it() {
    let samplings = [
        Subsamp::None,
        Subsamp::Sub2x1,
        Subsamp::Sub1x2,
        Subsamp::Sub2x2,
        Subsamp::Gray,
    ];
    let sizes = [(1, 1), (7, 9), (16, 16), (131, 70), (255, 33), (300, 129)];
    for (width, height) in sizes {
        for sampling in samplings {
            let jpeg = jpeg(width, height, sampling, width % 2 == 0);
            let decoder = Decoder::open(&jpeg, &unlimited()).unwrap();
            assert_eq!(
                decoder.size(),
                libjpeg::Decoder::open(&jpeg).unwrap().size()
            );
            // At full size and for the means of blocks, there is one correct result, apart from rounding.
            for eighths in [8, 1] {
                let planes = decoder.planes(eighths, &unlimited()).unwrap();
                assert_alike(&planes, &libjpeg_planes(&jpeg, eighths), 1);
            }
            for eighths in 2..=7 {
                let planes = decoder.planes(eighths, &unlimited()).unwrap();
                let scaled = |side: usize| u32::try_from(side).unwrap() * eighths;
                let size = (scaled(width).div_ceil(8), scaled(height).div_ceil(8));
                assert_eq!((planes.width, planes.height), size);
            }
        }
    }
}

#[test]
fn smaller_sizes_show_the_same_picture() {
    let jpeg = jpeg(320, 240, Subsamp::Sub2x2, false);
    let decoder = Decoder::open(&jpeg, &unlimited()).unwrap();
    for eighths in [2, 4] {
        // libjpeg takes means of samples, which weaken fine detail.
        let (ours, theirs) = (
            decoder.planes(eighths, &unlimited()).unwrap(),
            libjpeg_planes(&jpeg, eighths),
        );
        assert_alike(&ours, &theirs, 40);
        let mean = |plane: &Plane| {
            let sum: u32 = plane.data.iter().copied().map(u32::from).sum();
            f64::from(sum) / plane.data.len() as f64
        };
        assert!((mean(&ours.luma) - mean(&theirs.luma)).abs() < 0.2);
    }
}

#[test]
fn restart_markers_are_passed_and_must_be_in_order() {
    let (width, height) = (150, 90);
    let mut jpeg = Vec::new();
    let mut encoder = Encoder::new(&mut jpeg, 90);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    encoder.set_restart_interval(7);
    encoder
        .encode(&picture(150, 90), width, height, ColorType::Rgb)
        .unwrap();
    let planes = Decoder::open(&jpeg, &unlimited())
        .unwrap()
        .planes(8, &unlimited())
        .unwrap();
    assert_alike(&planes, &libjpeg_planes(&jpeg, 8), 1);

    let second = jpeg
        .windows(2)
        .position(|pair| pair == [0xff, 0xd1])
        .unwrap();
    jpeg[second + 1] = 0xd3;
    assert!(
        Decoder::open(&jpeg, &unlimited())
            .unwrap()
            .planes(8, &unlimited())
            .is_none()
    );
}

#[test]
fn whatever_is_cut_off_is_missed() {
    let jpeg = jpeg(60, 40, Subsamp::Sub2x2, true);
    assert!(
        Decoder::open(&jpeg, &unlimited())
            .unwrap()
            .planes(4, &unlimited())
            .is_some()
    );
    for length in 0..jpeg.len() {
        let planes = Decoder::open(&jpeg[..length], &unlimited())
            .and_then(|decoder| decoder.planes(4, &unlimited()));
        assert!(planes.is_none(), "{length} of {}", jpeg.len());
    }
}

#[test]
fn damage_never_panics() {
    let jpeg = jpeg(60, 40, Subsamp::Sub2x1, true);
    for at in 0..jpeg.len() {
        for flip in [0x01, 0x80, 0xff] {
            let mut jpeg = jpeg.clone();
            jpeg[at] ^= flip;
            if let Some(decoder) = Decoder::open(&jpeg, &unlimited())
                && decoder.size() == (60, 40)
            {
                decoder.planes(5, &unlimited());
            }
        }
    }
}

#[test]
fn other_kinds_are_left_to_libjpeg() {
    let mut compressor = Compressor::new().unwrap();
    compressor.set_progressive(true).unwrap();
    let image = Image {
        pixels: picture(16, 16),
        width: 16,
        pitch: 48,
        height: 16,
        format: PixelFormat::RGB,
    };
    let progressive = compressor.compress_to_vec(image.as_deref()).unwrap();
    assert!(Decoder::open(&progressive, &unlimited()).is_none());
    let other = jpeg(32, 32, Subsamp::Sub4x1, false);
    assert!(Decoder::open(&other, &unlimited()).is_none());
    assert!(Decoder::open(b"", &unlimited()).is_none());
}
