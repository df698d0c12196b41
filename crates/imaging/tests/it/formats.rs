//! Every format and variant that is read, and what its header says.

mod jpegs;
mod pngs;

use imaging::{ColourSpace, Format, Inspection, Limits, inspect};

use crate::support::{
    BLUE, GREEN, Pixels, RED, WHITE, assert_close, avif, decode, encode_png, rendered, rendition,
    tiff, with_segments,
};

fn look(original: &[u8]) -> Inspection<'_> {
    inspect(original, &Limits::default()).unwrap()
}

/// Renders the quarters and checks their colours.
#[track_caller]
fn check_quarters(original: &[u8], tolerance: u8) {
    let pixels = rendered(original, "format = \"png\"");
    for (corner, expected) in pixels.corners().into_iter().zip([RED, GREEN, BLUE, WHITE]) {
        assert_close(&corner[..3], &expected, tolerance);
    }
}

#[test]
fn webp_lossy_lossless_and_with_alpha() {
    let lossy = rendition(
        &Pixels::quarters(130, 70).to_png(),
        "format = \"webp\"\nquality = 95",
    )
    .bytes;
    let inspection = look(&lossy);
    assert_eq!(
        (
            inspection.format,
            inspection.colour_space,
            inspection.has_alpha
        ),
        (Format::WebP, ColourSpace::YCbCr, false)
    );
    check_quarters(&lossy, 10);
    let lossless = rendition(&Pixels::quarters(130, 70).to_png(), "format = \"auto\"").bytes;
    assert_eq!(look(&lossless).colour_space, ColourSpace::Rgb);
    check_quarters(&lossless, 0);
    let transparent = rendition(
        &Pixels::flat(30, 30, [9, 99, 199, 128]).to_png(),
        "format = \"webp\"\nquality = 95",
    )
    .bytes;
    assert!(look(&transparent).has_alpha);
    assert_close(
        rendered(&transparent, "format = \"png\"").at(15, 15),
        &[9, 99, 199, 128],
        6,
    );
}

#[test]
fn webp_is_reduced_while_it_is_decoded() {
    let large = rendition(&Pixels::quarters(1200, 800).to_png(), "format = \"webp\"").bytes;
    let pixels = rendered(&large, "format = \"png\"\nwidth = 100");
    for (corner, expected) in pixels.corners().into_iter().zip([RED, GREEN, BLUE, WHITE]) {
        assert_close(corner, &expected, 10);
    }
}

#[test]
fn bmp_and_ico() {
    let quarters = Pixels::quarters(64, 48);
    let mut bmp = Vec::new();
    image::codecs::bmp::BmpEncoder::new(&mut bmp)
        .encode(&quarters.data, 64, 48, image::ExtendedColorType::Rgb8)
        .unwrap();
    assert_eq!(look(&bmp).format, Format::Bmp);
    check_quarters(&bmp, 0);

    // The larger of two pictures is used. It is a PNG.
    let small = Pixels::flat(16, 16, [1, 2, 3, 255]).to_png();
    let large = Pixels::quarters(64, 64).to_png();
    let mut ico = vec![0, 0, 1, 0, 2, 0];
    for (side, picture, at) in [(16, &small, 38), (64, &large, 38 + small.len())] {
        ico.extend([side, side, 0, 0, 1, 0, 32, 0]);
        ico.extend(u32::try_from(picture.len()).unwrap().to_le_bytes());
        ico.extend(u32::try_from(at).unwrap().to_le_bytes());
    }
    ico.extend([small, large].concat());
    let inspection = look(&ico);
    assert_eq!(
        (inspection.format, inspection.width, inspection.height),
        (Format::Ico, 64, 64)
    );
    check_quarters(&ico, 0);
}

#[test]
fn ico_with_a_bitmap_and_its_mask() {
    // 2×2 pixels of 32 bits, bottom row first, then the mask that hides the lower left one.
    let mut bitmap = [
        40_u32.to_le_bytes(),
        2_u32.to_le_bytes(),
        4_u32.to_le_bytes(),
    ]
    .concat();
    bitmap.extend([1, 0, 32, 0]);
    bitmap.extend([0; 24]);
    for [red, green, blue] in [BLUE, WHITE, RED, GREEN] {
        bitmap.extend([blue, green, red, 255]);
    }
    bitmap.extend([0x80, 0, 0, 0, 0, 0, 0, 0]);
    let mut ico = vec![0, 0, 1, 0, 1, 0, 2, 2, 0, 0, 1, 0, 32, 0];
    ico.extend(u32::try_from(bitmap.len()).unwrap().to_le_bytes());
    ico.extend(22_u32.to_le_bytes());
    ico.extend(bitmap);
    assert_eq!((look(&ico).width, look(&ico).height), (2, 2));
    let pixels = rendered(&ico, "format = \"png\"");
    assert_eq!(
        (pixels.at(0, 0), pixels.at(0, 1)[3]),
        ([RED[0], RED[1], RED[2], 255].as_slice(), 0)
    );
}

#[test]
fn tiff_of_many_kinds() {
    let quarters = Pixels::quarters(40, 20);
    check_quarters(&tiff::file((40, 20), 2, &[8; 3], &quarters.data, &[]), 0);
    let wide: Vec<u8> = quarters
        .data
        .iter()
        .flat_map(|sample| [*sample, *sample])
        .collect();
    check_quarters(&tiff::file((40, 20), 2, &[16; 3], &wide, &[]), 0);

    // One bit per pixel, where zero is white: the left half is black.
    let bilevel = tiff::file((16, 2), 0, &[1], &[0xFF, 0, 0xFF, 0], &[]);
    let pixels = rendered(&bilevel, "format = \"png\"");
    assert_eq!(
        (pixels.at(2, 1), pixels.at(12, 1)),
        ([0].as_slice(), [255].as_slice())
    );

    let map: Vec<u8> = [0, 1, 2]
        .iter()
        .flat_map(|channel| [RED, GREEN].map(|colour| colour[*channel]))
        .flat_map(|sample| [sample, sample])
        .chain([0; 2 * 3 * 254])
        .collect();
    // A map for 1 bit has two colours. The rest is padded for 8 bits.
    let palette = tiff::file(
        (2, 1),
        3,
        &[8],
        &[0, 1],
        &[(320, 3, 768, spread_palette(&map))],
    );
    let pixels = rendered(&palette, "format = \"png\"");
    assert_eq!(
        (pixels.at(0, 0), pixels.at(1, 0)),
        (RED.as_slice(), GREEN.as_slice())
    );

    let transparent = tiff::file(
        (1, 1),
        2,
        &[8; 4],
        &[10, 20, 30, 128],
        &[(338, 3, 1, vec![0, 2])],
    );
    assert!(look(&transparent).has_alpha);
    assert_eq!(
        rendered(&transparent, "format = \"png\"").at(0, 0),
        [10, 20, 30, 128]
    );
    let grey_alpha = tiff::file((1, 1), 1, &[8; 2], &[99, 128], &[(338, 3, 1, vec![0, 2])]);
    assert_eq!(
        rendered(&grey_alpha, "format = \"png\"").at(0, 0),
        [99, 128]
    );
    // Colours that are already multiplied by their alpha.
    let associated = tiff::file(
        (1, 1),
        2,
        &[8; 4],
        &[50, 100, 25, 128],
        &[(338, 3, 1, vec![0, 1])],
    );
    assert_close(
        rendered(&associated, "format = \"png\"").at(0, 0),
        &[100, 199, 50, 128],
        1,
    );
}

/// Two colours of a map for 1 bit, laid out as one for 8 bits.
fn spread_palette(two: &[u8]) -> Vec<u8> {
    (0..3)
        .flat_map(|channel| [&two[channel * 4..channel * 4 + 4], &[0; 508]].concat())
        .collect()
}

#[test]
fn tiff_tells_how_many_pages_it_leaves_out() {
    let mut file = tiff::file((2, 1), 1, &[8], &[1, 2], &[]);
    // A second directory that is a copy of the first.
    let second = u32::try_from(file.len()).unwrap();
    let first = u32::from_be_bytes(file[4..8].try_into().unwrap()) as usize;
    let directory = file[first..].to_vec();
    let next_at = first + 2 + usize::from(u16::from_be_bytes([file[first], file[first + 1]])) * 12;
    file[next_at..next_at + 4].copy_from_slice(&second.to_be_bytes());
    file.extend(directory);
    let inspection = look(&file);
    assert!(
        inspection.warnings[0].message.contains("2 pages"),
        "{:?}",
        inspection.warnings
    );
    assert_eq!(inspection.frames, 1);
}

#[test]
fn avif_plain_with_alpha_and_in_tiles() {
    let plain = avif::plain(&Pixels::quarters(64, 48));
    let inspection = look(&plain);
    assert_eq!(
        (
            inspection.format,
            inspection.width,
            inspection.height,
            inspection.has_alpha
        ),
        (Format::Avif, 64, 48, false)
    );
    check_quarters(&plain, 10);
    let transparent = avif::plain(&Pixels::flat(32, 32, [200, 100, 50, 128]));
    assert!(look(&transparent).has_alpha);
    assert_close(
        rendered(&transparent, "format = \"png\"").at(16, 16),
        &[200, 100, 50, 128],
        8,
    );
    let grid = avif::grid(&Pixels::flat(64, 64, GREEN), (128, 100));
    assert_eq!((look(&grid).width, look(&grid).height), (128, 100));
    let pixels = rendered(&grid, "format = \"png\"");
    pixels
        .corners()
        .into_iter()
        .for_each(|corner| assert_close(corner, &GREEN, 10));
}

#[test]
fn density_is_read_where_it_is_physical() {
    let jfif = with_segments(
        &Pixels::flat(8, 8, RED).to_jpeg(),
        &[(0xE0, b"JFIF\0\x01\x02\x02\0\x64\0\xC8\0\0".to_vec())],
    );
    let density = look(&jfif).density.unwrap();
    assert!(
        (density.horizontal - 254.0).abs() < 0.01 && (density.vertical - 508.0).abs() < 0.01,
        "{density:?}"
    );
    let png = encode_png(1, 1, 3, png::BitDepth::Eight, &[1, 2, 3], |info| {
        info.pixel_dims = Some(png::PixelDimensions {
            xppu: 11_811,
            yppu: 11_811,
            unit: png::Unit::Meter,
        });
    });
    assert!((look(&png).density.unwrap().horizontal - 300.0).abs() < 0.01);
    assert_eq!(look(&Pixels::flat(8, 8, RED).to_jpeg()).density, None);
}

#[test]
fn renditions_are_what_their_format_says() {
    let original = Pixels::photo(200, 100).to_jpeg();
    for (name, format) in [
        ("jpeg", Format::Jpeg),
        ("png", Format::Png),
        ("webp", Format::WebP),
        ("auto", Format::WebP),
        ("avif", Format::Avif),
    ] {
        let rendition = rendition(&original, &format!("format = \"{name}\"\nwidth = 100"));
        assert_eq!(rendition.format, format);
        let inspection = look(&rendition.bytes);
        assert_eq!(
            (inspection.format, inspection.width, inspection.height),
            (format, 100, 50)
        );
    }
}

#[test]
fn effort_and_quality_change_the_size() {
    let original = Pixels::photo(400, 300).to_png();
    let size = |keys: &str| rendition(&original, keys).bytes.len();
    for format in ["jpeg", "webp", "avif"] {
        assert!(
            size(&format!("format = \"{format}\"\nquality = 30"))
                < size(&format!("format = \"{format}\"\nquality = 90")),
            "{format}"
        );
    }
    let jpeg = [0, 1, 2].map(|effort| size(&format!("format = \"jpeg\"\neffort = {effort}")));
    assert!(jpeg[1] < jpeg[0] && jpeg[2] < jpeg[0], "{jpeg:?}");
    assert!(size("format = \"png\"\neffort = 9") < size("format = \"png\"\neffort = 0"));
    decode(&rendition(&original, "format = \"png\"\neffort = 0"));
}
