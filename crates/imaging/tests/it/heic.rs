//! HEIC: pictures that another encoder made (`files/README.md`), in containers as phones write them.

use std::time::Duration;

use imaging::{
    ChromaSubsampling, ColourSpace, Format, HdrKind, Limits, Orientation, RefusalCode, inspect,
};

use crate::support::{
    BLUE, GREEN, Pixels, RED, WHITE, assert_close, avif, limits, preset, rendered, try_render,
};

const PNG: &str = "format = \"png\"";

const QUARTERS: &[u8] = include_bytes!("files/quarters-420.heic");
const QUARTERS_422: &[u8] = include_bytes!("files/quarters-422.heic");
const QUARTERS_444_10: &[u8] = include_bytes!("files/quarters-444-10.heic");
const ALPHA: &[u8] = include_bytes!("files/alpha.heic");
const GREY: &[u8] = include_bytes!("files/grey.heic");

/// The picture of a file in a container with these additional properties.
fn with_properties(properties: &[(&[u8; 4], Vec<u8>)]) -> Vec<u8> {
    let extra = properties.iter();
    let extra = extra.map(|(kind, body)| avif::boxed(kind, body)).collect();
    avif::container(&config(), (128, 64), extra, &[(b"hvc1", picture())], &[])
}

fn config() -> Vec<u8> {
    avif::find(QUARTERS, b"hvcC")
}

fn picture() -> Vec<u8> {
    avif::find(QUARTERS, b"mdat")[8..].to_vec()
}

#[track_caller]
fn assert_quarters(pixels: &Pixels, expected: [[u8; 3]; 4]) {
    for (corner, expected) in pixels.corners().into_iter().zip(expected) {
        assert_close(corner, &expected, 6);
    }
}

#[test]
fn every_sampling_and_depth_has_its_colours() {
    for (original, chroma, bits) in [
        (QUARTERS, ChromaSubsampling::Cs420, 8),
        (QUARTERS_422, ChromaSubsampling::Cs422, 8),
        (QUARTERS_444_10, ChromaSubsampling::Cs444, 10),
    ] {
        let inspection = inspect(original, &limits()).unwrap();
        assert_eq!(inspection.format, Format::Heic);
        assert_eq!((inspection.width, inspection.height), (128, 64));
        assert_eq!(inspection.chroma_subsampling, Some(chroma));
        assert_eq!((inspection.bit_depth, inspection.has_alpha), (bits, false));
        assert_quarters(&rendered(original, PNG), [RED, GREEN, BLUE, WHITE]);
    }
}

#[test]
fn grey_and_transparent_pictures() {
    let inspection = inspect(GREY, &limits()).unwrap();
    assert_eq!(inspection.colour_space, ColourSpace::Grey);
    let grey = rendered(GREY, PNG);
    assert_close(grey.at(32, 32), &[60], 3);
    assert_close(grey.at(96, 32), &[200], 3);

    assert!(inspect(ALPHA, &limits()).unwrap().has_alpha);
    let transparent = rendered(ALPHA, PNG);
    let [r, g, b] = RED;
    assert_close(transparent.at(32, 16), &[r, g, b, 128], 6);
    let [r, g, b] = WHITE;
    assert_close(transparent.at(96, 48), &[r, g, b, 255], 6);
}

#[test]
fn a_grid_is_put_together_and_cut_to_its_size() {
    let mut layout = vec![0, 0, 1, 1];
    layout.extend([250_u16, 100].map(u16::to_be_bytes).concat());
    let mut items: Vec<(&[u8; 4], _)> = vec![(b"grid", layout)];
    items.extend((0..4).map(|_| (b"hvc1", picture())));
    let original = avif::container(&config(), (250, 100), Vec::new(), &items, &[2, 3, 4, 5]);
    let pixels = rendered(&original, PNG);
    assert_eq!((pixels.width, pixels.height), (250, 100));
    for (x, y) in [(32, 16), (160, 16), (32, 80), (160, 80)] {
        assert_close(pixels.at(x, y), &RED, 6);
    }
    assert_close(pixels.at(240, 16), &GREEN, 6);
    // If a tile could be used twice, a small file could be decoded without end.
    let original = avif::container(&config(), (250, 100), Vec::new(), &items, &[2, 3, 4, 4]);
    let refusal = try_render(&original, &preset(PNG)).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Corrupt);
}

#[test]
fn colours_of_a_grid_may_be_stated_at_its_tiles_only() {
    let layout = [0, 0, 0, 0, 0, 128, 0, 64].to_vec();
    let items: [(&[u8; 4], _); 2] = [(b"grid", layout), (b"hvc1", picture())];
    let colours = avif::boxed(b"colr", &avif::code_points([9, 16, 6]));
    let mut original = avif::container(&config(), (128, 64), vec![colours], &items, &[2]);
    // The grid has the properties 1, 2 and 3, and the tile 2. The third is moved from the grid to the tile.
    let (of_grid, of_tile) = (
        [0, 1, 3, 1, 2, 3, 0, 2, 1, 2],
        [0, 1, 2, 1, 2, 0, 2, 2, 2, 3],
    );
    let mut places = original.windows(10).enumerate();
    let (at, _) = places.find(|(_, bytes)| *bytes == of_grid).unwrap();
    original[at..at + 10].copy_from_slice(&of_tile);
    let inspection = inspect(&original, &limits()).unwrap();
    assert_eq!(inspection.hdr, Some(HdrKind::Pq));
}

#[test]
fn the_container_turns_and_crops() {
    let turned = with_properties(&[(b"irot", vec![3])]);
    let inspection = inspect(&turned, &limits()).unwrap();
    assert_eq!(inspection.orientation, Orientation::QuarterTurn);
    assert_eq!((inspection.width, inspection.height), (64, 128));
    assert_quarters(&rendered(&turned, PNG), [BLUE, RED, WHITE, GREEN]);

    let mirrored = with_properties(&[(b"imir", vec![1])]);
    assert_quarters(&rendered(&mirrored, PNG), [GREEN, RED, WHITE, BLUE]);

    let cropped = with_properties(&[(b"clap", avif::clean_aperture((64, 32), (-64, -32)))]);
    let pixels = rendered(&cropped, PNG);
    assert_eq!((pixels.width, pixels.height), (64, 32));
    assert_close(pixels.at(30, 15), &RED, 6);
}

#[test]
fn a_high_dynamic_range_is_brought_down() {
    let points = avif::code_points([9, 16, 6]);
    let original = with_properties(&[(b"colr", points)]);
    let inspection = inspect(&original, &limits()).unwrap();
    assert_eq!(inspection.hdr, Some(HdrKind::Pq));
    // A signal of 128 is reference white, so what was white is brighter than that.
    assert_close(rendered(&original, PNG).at(96, 48), &[255; 3], 1);
}

#[test]
fn what_is_off_is_refused_by_name_and_with_advice() {
    for original in [QUARTERS.to_vec(), QUARTERS.to_vec().replace_brands()] {
        let refusal = inspect(&original, &Limits::default()).unwrap_err();
        assert_eq!(refusal.code, RefusalCode::UnsupportedFormat);
        assert!(refusal.message.contains("HEIC"), "{refusal}");
        assert!(refusal.message.contains("Convert it to JPEG"), "{refusal}");
    }
}

trait ReplaceBrands {
    fn replace_brands(self) -> Self;
}

impl ReplaceBrands for Vec<u8> {
    /// The same file without a brand that states the codec.
    fn replace_brands(mut self) -> Self {
        let end = u32::from_be_bytes(self[..4].try_into().unwrap()) as usize;
        for at in (8..end - 3).step_by(4) {
            if &self[at..at + 4] == b"heic" {
                self[at..at + 4].copy_from_slice(b"mif1");
            }
        }
        self
    }
}

#[test]
fn a_file_that_is_cut_off_or_changed_ends_in_a_refusal_or_a_picture() {
    let presets = preset("width = 16\nformat = \"png\"");
    for original in [QUARTERS, ALPHA, QUARTERS_444_10] {
        for length in 0..original.len() {
            if let Ok(rendered) = try_render(&original[..length], &presets) {
                // Only bytes behind the picture were cut off.
                assert_eq!(rendered.renditions.len(), 1, "{length}");
            }
        }
        for at in 0..original.len() {
            for change in [0x01, 0xFF] {
                let mut changed = original.to_vec();
                changed[at] ^= change;
                if let Err(refusal) = try_render(&changed, &presets) {
                    assert_ne!(refusal.code, RefusalCode::TooCostly, "{at} {change}");
                }
            }
        }
    }
}

#[test]
fn a_picture_that_is_larger_than_the_file_says_is_refused() {
    // The container states a quarter of the coded size.
    let original = avif::container(&config(), (8, 8), Vec::new(), &[(b"hvc1", picture())], &[]);
    let refusal = try_render(&original, &preset(PNG)).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Corrupt);
    let limited = Limits {
        max_pixels: 1000,
        ..limits()
    };
    let refusal = inspect(QUARTERS, &limited).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::TooManyPixels);
}

#[test]
fn a_second_picture_behind_the_first_one_is_left_aside() {
    let original = picture();
    let again = [original.clone(), original].concat();
    let twice = avif::container(&config(), (128, 64), Vec::new(), &[(b"hvc1", again)], &[]);
    assert_quarters(&rendered(&twice, PNG), [RED, GREEN, BLUE, WHITE]);
}

#[test]
fn the_processor_time_is_bounded() {
    let limited = Limits {
        max_cpu: Duration::ZERO,
        ..limits()
    };
    let refusal = inspect(QUARTERS, &limited).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::TooCostly);
}
