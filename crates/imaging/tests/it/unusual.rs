//! Valid files of rare kinds, and files with small defects.

use imaging::{Limits, RefusalCode, inspect};
use turbojpeg::Subsamp;

use crate::support::{
    BLUE, GREEN, Pixels, RED, WHITE, assert_close, avif, decode, encode_png, icc, preset, rendered,
    try_render, with_chunk,
};

const PNG: &str = "format = \"png\"";

/// A GIF whose frames have these places, sizes and indices, with these bytes before them.
fn gif(
    size: (u16, u16),
    palette: &[u8],
    frames: &[(u16, u16, u16, u16, Vec<u8>)],
    before: &[u8],
) -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, size.0, size.1, palette).unwrap();
    for (left, top, width, height, indices) in frames {
        let mut frame = gif::Frame::from_indexed_pixels(*width, *height, indices.clone(), None);
        (frame.left, frame.top) = (*left, *top);
        encoder.write_frame(&frame).unwrap();
    }
    drop(encoder);
    let header = 13 + palette.len();
    [&file[..header], before, &file[header..]].concat()
}

const COLOURS: [[u8; 3]; 4] = [RED, GREEN, BLUE, WHITE];

#[test]
fn gif_frames_are_clipped_to_the_canvas() {
    // Columns of the four colours in turn, wider and higher than the canvas, which shows their upper left part.
    let indices: Vec<u8> = (0..300 * 200).map(|at| (at % 300 % 4) as u8).collect();
    for interlaced in [false, true] {
        let mut file = gif(
            (10, 10),
            &COLOURS.concat(),
            &[(0, 0, 300, 200, indices.clone())],
            &[],
        );
        if interlaced {
            // Every row is the same, so that only the order of the rows differs.
            let descriptor = 13 + 12;
            let at = file[descriptor..]
                .windows(9)
                .position(|window| window[..5] == [0x2C, 0, 0, 0, 0])
                .unwrap();
            file[descriptor + at + 9] |= 0x40;
        }
        let pixels = rendered(&file, PNG);
        assert_eq!((pixels.width, pixels.height), (10, 10));
        // It covers the canvas, so that nothing shows through.
        assert!(!inspect(&file, &Limits::default()).unwrap().has_alpha);
        for (x, y) in [(0, 0), (9, 0), (0, 9), (9, 9)] {
            assert_eq!(pixels.at(x, y)[..3], COLOURS[x as usize % 4]);
        }
    }
    // A frame completely outside the canvas shows nothing.
    let file = gif(
        (10, 10),
        &COLOURS.concat(),
        &[(50, 60, 4, 4, vec![0; 16])],
        &[],
    );
    assert!(
        rendered(&file, PNG)
            .data
            .chunks_exact(4)
            .all(|pixel| pixel[3] == 0)
    );
}

#[test]
fn gif_with_more_metadata_than_pixels() {
    let blocks = |label: &[u8], data: &[u8]| {
        let mut block = [&[0x21], label].concat();
        for part in data.chunks(255) {
            block.push(part.len() as u8);
            block.extend(part);
        }
        block.push(0);
        block
    };
    let profile = icc::encode(&moxcms::ColorProfile::new_display_p3());
    let before = [
        blocks(b"\xFF\x0BICCRGBG1012", &profile),
        blocks(b"\xFE", &[b'x'; 9000]),
        blocks(b"\xFF\x0BXMP DataXMP", &[b'y'; 9000]),
    ]
    .concat();
    let file = gif(
        (8, 8),
        &COLOURS.concat(),
        &[(0, 0, 8, 8, vec![1; 64])],
        &before,
    );
    assert!(inspect(&file, &Limits::default()).unwrap().icc.is_some());
    // Green of Display P3, which is more than that of sRGB.
    let pixels = rendered(&file, PNG);
    assert!(pixels.at(4, 4)[0] < GREEN[0], "{:?}", pixels.at(4, 4));
}

#[test]
fn gif_without_any_palette_is_grey() {
    let with = gif((4, 1), &[7; 6], &[(0, 0, 4, 1, vec![0, 1, 0, 1])], &[]);
    let mut without = with.clone();
    without.drain(13..19);
    without[10] &= 0x7F;
    let pixels = rendered(&without, PNG);
    assert_eq!(pixels.at(0, 0)[..3], [0; 3]);
    assert_eq!(pixels.at(1, 0)[..3], [1; 3]);
}

#[test]
fn a_jpeg_that_lacks_its_end_marker_alone_is_processed() {
    for progressive in [false, true] {
        let whole = Pixels::photo(120, 80).to_jpeg_with(Subsamp::Sub2x2, |compressor| {
            compressor.set_progressive(progressive).unwrap();
        });
        let without_end = &whole[..whole.len() - 2];
        let result = try_render(without_end, &preset(PNG)).unwrap();
        assert_eq!(result.warnings.len(), 1);
        assert_eq!(result.warnings[0].code, "jpeg-without-end");
        let expected = rendered(&whole, PNG);
        let found = decode(&result.renditions[0]);
        for (found, expected) in found.data.iter().zip(&expected.data) {
            assert!(found.abs_diff(*expected) <= 2);
        }
        // If a block is also missing, the file is damaged.
        let refusal = try_render(&whole[..whole.len() * 2 / 3], &preset(PNG)).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::Corrupt);
    }
}

#[test]
fn a_progressive_jpeg_without_its_last_refinement_is_processed() {
    let whole = Pixels::photo(120, 80).to_jpeg_with(Subsamp::Sub2x2, |compressor| {
        compressor.set_progressive(true).unwrap();
    });
    let scans: Vec<usize> = whole
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| *pair == [0xFF, 0xDA])
        .map(|(at, _)| at)
        .collect();
    let last = *scans.last().unwrap();
    // In the middle of the last scan, which refines.
    let cut = &whole[..usize::midpoint(last, whole.len())];
    let result = try_render(cut, &preset(PNG)).unwrap();
    assert_eq!(result.warnings[0].code, "jpeg-scans-missing");
    let expected = rendered(&whole, PNG);
    let found = decode(&result.renditions[0]);
    for (found, expected) in found.data.iter().zip(&expected.data) {
        assert!(found.abs_diff(*expected) <= 24, "{found} and {expected}");
    }
    // In the middle of a scan that contains coefficients for the first time.
    let cut = &whole[..usize::midpoint(scans[2], scans[3])];
    let refusal = try_render(cut, &preset(PNG)).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Corrupt);
}

#[test]
fn an_animation_of_which_frames_are_missing_is_a_still_picture() {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 4, 4);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(2, 0).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&RED.repeat(16)).unwrap();
    writer.write_image_data(&GREEN.repeat(16)).unwrap();
    drop(writer);
    assert_eq!(inspect(&file, &Limits::default()).unwrap().frames, 2);
    let control = file.windows(4).position(|kind| kind == b"acTL").unwrap();
    file[control + 4..control + 8].copy_from_slice(&5000_u32.to_be_bytes());
    let mut checksum = flate2::Crc::new();
    checksum.update(&file[control..control + 12]);
    file[control + 12..control + 16].copy_from_slice(&checksum.sum().to_be_bytes());
    let inspection = inspect(&file, &Limits::default()).unwrap();
    assert_eq!(inspection.frames, 1);
    assert_eq!(inspection.warnings[0].code, "frames-missing");
    let all = rendered(&file, "format = \"webp\"\nframes = \"all\"\nquality = 95");
    assert_close(all.at(2, 2), &RED, 6);
}

/// A PNG of one colour with these chunks before its pixels.
fn png_with(colour: [u8; 3], set: impl FnOnce(&mut png::Info<'_>)) -> Vec<u8> {
    let pixels = Pixels::flat(8, 8, colour);
    encode_png(8, 8, 3, png::BitDepth::Eight, &pixels.data, set)
}

fn gamma(exponent: f32) -> png::ScaledFloat {
    png::ScaledFloat::new(exponent)
}

/// Chromaticities of Display P3.
fn display_p3() -> png::SourceChromaticities {
    png::SourceChromaticities::new((0.3127, 0.329), (0.68, 0.32), (0.265, 0.69), (0.15, 0.06))
}

/// The order of precedence of the chunks about colours (W3C PNG, third edition, 4.3).
#[test]
fn png_colours_are_those_of_the_first_thing_that_says_so() {
    let at = |file: &[u8]| rendered(file, PNG).at(4, 4).to_vec();
    // Linear light: half of it is 188 in sRGB.
    let linear = png_with([128; 3], |info| info.source_gamma = Some(gamma(1.0)));
    assert_close(&at(&linear), &[188; 3], 1);
    // A gamma of 2.2 means sRGB and changes nothing.
    let usual = png_with([9, 99, 199], |info| {
        info.source_gamma = Some(gamma(0.45455));
    });
    assert_eq!(at(&usual), [9, 99, 199]);
    let usual = encode_png(8, 8, 1, png::BitDepth::Eight, &[9; 64], |info| {
        info.source_gamma = Some(gamma(0.45455));
    });
    assert_eq!(at(&usual), [9]);
    // Primaries with sRGB's curve, as in the other tests of Display P3.
    let wide = png_with([200, 100, 50], |info| {
        info.source_chromaticities = Some(display_p3());
    });
    assert_close(&at(&wide), &[215, 93, 31], 2);
    let grey = encode_png(8, 8, 1, png::BitDepth::Eight, &[128; 64], |info| {
        info.source_gamma = Some(gamma(1.0));
    });
    assert_close(&at(&grey), &[188], 1);

    // sRGB comes before both.
    let srgb = png_with([128, 99, 50], |info| {
        info.source_gamma = Some(gamma(1.0));
        info.source_chromaticities = Some(display_p3());
        info.srgb = Some(png::SrgbRenderingIntent::Perceptual);
    });
    assert_eq!(at(&srgb), [128, 99, 50]);
    // A profile comes before gamma.
    let profile = icc::encode(&moxcms::ColorProfile::new_display_p3());
    let with_profile = png_with([200, 100, 50], |info| {
        info.source_gamma = Some(gamma(1.0));
        info.icc_profile = Some(profile.into());
    });
    assert_close(&at(&with_profile), &[215, 93, 31], 2);
    // Code points come before the profile.
    let with_points = with_chunk(&with_profile, *b"cICP", &[1, 13, 0, 1]);
    assert_eq!(at(&with_points), [200, 100, 50]);
    // Invalid values are ignored.
    let nonsense = png_with([128; 3], |info| info.source_gamma = Some(gamma(0.0)));
    assert_eq!(at(&nonsense), [128; 3]);
}

#[test]
fn the_last_layer_of_an_avif_is_the_picture() {
    let [coarse, fine] = [RED, GREEN].map(|colour| Pixels::flat(64, 48, colour));
    let file = avif::layered(&[&coarse, &fine], &[]);
    let pixels = rendered(&file, PNG);
    pixels
        .corners()
        .into_iter()
        .for_each(|corner| assert_close(corner, &GREEN, 8));
}

#[test]
fn a_matrix_that_is_not_read_is_refused_by_name() {
    for (matrix, name) in [(10, "constant luminance"), (14, "ICtCp"), (3, "reserved")] {
        let file = avif::with_properties(
            &Pixels::quarters(32, 32),
            &[(b"colr", avif::code_points([9, 16, matrix]))],
        );
        let refusal = try_render(&file, &preset(PNG)).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::UnsupportedFormat);
        assert!(refusal.message.contains(name), "{refusal}");
    }
    // YCgCo is read: luma without chroma is grey in it, too.
    let file = avif::with_properties(
        &Pixels::flat(32, 32, [77; 3]),
        &[(b"colr", avif::code_points([1, 13, 8]))],
    );
    assert_close(rendered(&file, PNG).at(9, 9), &[77; 3], 3);
}
