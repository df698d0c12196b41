//! Conversion of every colour to sRGB.

use moxcms::ColorProfile;
use turbojpeg::{Colorspace, Subsamp};

use crate::support::{
    Pixels, assert_close, decode, encode_png, icc, preset, rendered, rendition, tiff, try_render,
    with_segments,
};

const PNG: &str = "format = \"png\"";

fn png_with_profile(pixels: &Pixels, profile: &ColorProfile) -> Vec<u8> {
    let profile = icc::encode(profile);
    encode_png(
        pixels.width,
        pixels.height,
        pixels.channels,
        png::BitDepth::Eight,
        &pixels.data,
        |info| {
            info.icc_profile = Some(profile.into());
        },
    )
}

/// Values by the matrices of CSS Color 4.
#[test]
fn wide_gamut_photos_become_srgb() {
    let p3 = Pixels::flat(32, 32, [200, 100, 50]);
    assert_close(
        rendered(&png_with_profile(&p3, &ColorProfile::new_display_p3()), PNG).at(9, 9),
        &[215, 93, 31],
        2,
    );
    let adobe = Pixels::flat(32, 32, [100, 150, 100]);
    assert_close(
        rendered(
            &png_with_profile(&adobe, &ColorProfile::new_adobe_rgb()),
            PNG,
        )
        .at(9, 9),
        &[66, 151, 97],
        2,
    );
    let prophoto = Pixels::flat(32, 32, [128; 3]);
    assert_close(
        rendered(
            &png_with_profile(&prophoto, &ColorProfile::new_pro_photo_rgb()),
            PNG,
        )
        .at(9, 9),
        &[146; 3],
        2,
    );
}

#[test]
fn a_jpeg_with_a_wide_gamut_becomes_srgb_and_loses_its_profile() {
    let jpeg = Pixels::flat(64, 48, [200, 100, 50]).to_jpeg();
    let original = with_segments(
        &jpeg,
        &icc::segments(&icc::encode(&ColorProfile::new_display_p3())),
    );
    for format in ["jpeg", "webp"] {
        let rendition = rendition(
            &original,
            &format!("format = \"{format}\"\nquality = 95\nwidth = 32"),
        );
        assert_close(decode(&rendition).at(9, 9), &[215, 93, 31], 5);
        assert!(
            !rendition
                .bytes
                .windows(4)
                .any(|window| window == b"ICCP" || window == b"acsp")
        );
    }
}

#[test]
fn srgb_profiles_change_nothing() {
    let jpeg = Pixels::photo(200, 150).to_jpeg();
    let tagged = with_segments(
        &jpeg,
        &icc::segments(&icc::encode(&ColorProfile::new_srgb())),
    );
    let keys = "format = \"jpeg\"\nwidth = 90";
    assert_eq!(rendition(&jpeg, keys).bytes, rendition(&tagged, keys).bytes);
}

#[test]
fn inks_without_a_profile_look_as_printed() {
    // TurboJPEG takes inks as Adobe stores them, inverted.
    let colours = [
        ([255, 255, 255, 255], [255, 255, 255]),
        ([0, 255, 255, 255], [0, 159, 227]),
        ([255, 255, 255, 0], [28, 28, 28]),
    ];
    for (inks, expected) in colours {
        for colorspace in [Colorspace::CMYK, Colorspace::YCCK] {
            let original = Pixels::flat(40, 40, inks).to_jpeg_with(Subsamp::None, |compressor| {
                compressor.set_colorspace(colorspace).unwrap();
            });
            assert_close(rendered(&original, PNG).at(20, 20), &expected, 4);
        }
    }
}

#[test]
fn inks_with_a_profile_look_as_it_says() {
    // L* 50, a* 60, b* 30 in the encoding of the table.
    let profile = icc::printer([128, 188, 158]);
    let jpeg = Pixels::flat(40, 40, [255, 0, 0, 255]).to_jpeg_with(Subsamp::None, |compressor| {
        compressor.set_colorspace(Colorspace::YCCK).unwrap();
    });
    let original = with_segments(&jpeg, &icc::segments(&profile));
    assert_close(rendered(&original, PNG).at(20, 20), &[213, 61, 73], 6);

    let tiff = tiff::file(
        (2, 1),
        5,
        &[8; 4],
        &[0, 255, 255, 0, 0, 0, 0, 0],
        &[(34675, 7, u32::try_from(profile.len()).unwrap(), profile)],
    );
    let pixels = rendered(&tiff, PNG);
    assert_close(pixels.at(0, 0), &[213, 61, 73], 6);
    assert_close(pixels.at(1, 0), &[255; 3], 3);
}

/// The three encodings of L\*a\*b\* that TIFF has, 8 and 16 bits.
#[test]
fn lab_becomes_srgb() {
    let red = [213, 61, 73];
    let signed8 = tiff::file((1, 1), 8, &[8; 3], &[128, 60, 30], &[]);
    assert_close(rendered(&signed8, PNG).at(0, 0), &red, 3);
    let icc8 = tiff::file((1, 1), 9, &[8; 3], &[128, 188, 158], &[]);
    assert_close(rendered(&icc8, PNG).at(0, 0), &red, 3);
    let signed16 = tiff::file((1, 1), 8, &[16; 3], &[0x80, 0, 60, 0, 30, 0], &[]);
    assert_close(rendered(&signed16, PNG).at(0, 0), &red, 3);
    let blue = tiff::file(
        (1, 1),
        8,
        &[8; 3],
        &[128, 0_u8, 256_u16.wrapping_sub(60).to_be_bytes()[1]],
        &[],
    );
    assert_close(rendered(&blue, PNG).at(0, 0), &[0, 123, 223], 3);
}

#[test]
fn grey_stays_grey() {
    let grey = Pixels::new(120, 80, |x, _| [(x * 2) as u8]);
    for original in [grey.to_png(), grey.to_jpeg_with(Subsamp::Gray, |_| {})] {
        let result = try_render(&original, &preset("format = \"jpeg\"\nwidth = 60")).unwrap();
        assert!(result.greyscale);
        assert_eq!(decode(&result.renditions[0]).channels, 1);
        assert_eq!(
            rendered(&original, "format = \"png\"\nwidth = 60").channels,
            1
        );
        for pixel in rendered(&original, "format = \"webp\"\nwidth = 60")
            .data
            .chunks_exact(3)
        {
            assert_close(pixel, &[pixel[1]; 3], 1);
        }
    }
}

#[test]
fn a_grey_profile_is_applied_and_the_picture_stays_grey() {
    let linear = png_with_profile(
        &Pixels::flat(20, 20, [128]),
        &ColorProfile::new_gray_with_gamma(1.0),
    );
    let pixels = rendered(&linear, PNG);
    assert_eq!(pixels.channels, 1);
    // Half the light is 188 in sRGB.
    assert_close(pixels.at(5, 5), &[188], 2);
}

#[test]
fn colour_pictures_without_colour_are_told_to_be_grey() {
    let grey = Pixels::new(50, 50, |x, y| [(x + y) as u8; 3]);
    assert!(try_render(&grey.to_jpeg(), &preset(PNG)).unwrap().greyscale);
    assert!(
        !try_render(&Pixels::quarters(50, 50).to_jpeg(), &preset(PNG))
            .unwrap()
            .greyscale
    );
}

#[test]
fn a_profile_that_does_not_fit_is_left_aside_with_a_warning() {
    let grey_with_colour_profile = png_with_profile(
        &Pixels::flat(20, 20, [100]),
        &ColorProfile::new_display_p3(),
    );
    let result = try_render(&grey_with_colour_profile, &preset(PNG)).unwrap();
    assert_eq!(decode(&result.renditions[0]).at(3, 3), [100]);
    assert!(
        result
            .warnings
            .iter()
            .any(|warning| warning.message.contains("ICC")),
        "{:?}",
        result.warnings
    );

    let broken = with_segments(
        &Pixels::flat(20, 20, [9, 99, 199]).to_jpeg(),
        &icc::segments(&[7; 500]),
    );
    let result = try_render(&broken, &preset(PNG)).unwrap();
    assert!(
        result
            .warnings
            .iter()
            .any(|warning| warning.message.contains("ICC")),
        "{:?}",
        result.warnings
    );
}

#[test]
fn sixteen_bits_are_reduced_after_the_resize() {
    // Three quarters of the pixels are 150 of 65,535, which 8 bits would round up to 1; their mean of 112 rounds to 0.
    let sample = |x: u32, y: u32| if (x % 2, y % 2) == (0, 0) { 0_u16 } else { 150 };
    let data: Vec<u8> = (0..64)
        .flat_map(|y| (0..64).flat_map(move |x| sample(x, y).to_be_bytes()))
        .collect();
    let original = encode_png(64, 64, 1, png::BitDepth::Sixteen, &data, |_| {});
    for width in [8, 29] {
        let pixels = rendered(&original, &format!("{PNG}\nwidth = {width}"));
        assert!(
            pixels.data.iter().all(|sample| *sample == 0),
            "{:?}",
            pixels.data
        );
    }
}
