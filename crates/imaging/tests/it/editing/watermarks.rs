//! Watermarks: where they are, how large, and on what.

use imaging::Presets;

use super::{PNG, marked, watermark};
use crate::support::{Pixels, RED, WHITE, assert_close, decode, try_render};

#[track_caller]
fn rendered_by(original: &[u8], presets: &Presets) -> Pixels {
    decode(&try_render(original, presets).unwrap().renditions[0])
}

#[test]
fn a_watermark_has_its_place_size_and_opacity() {
    let mark = Pixels::flat(80, 40, [0, 0, 255, 255]);
    for (original, format, tolerance) in [
        (Pixels::flat(200, 100, [200, 100, 0]).to_png(), "png", 0),
        (Pixels::flat(200, 100, [200, 100, 0]).to_jpeg(), "png", 3),
        (Pixels::flat(200, 100, [200, 100, 0]).to_jpeg(), "jpeg", 8),
    ] {
        let keys = watermark("position = \"bottom-right\", opacity = 0.5, scale = 0.25");
        let presets = marked(
            &mark,
            &format!("format = \"{format}\"\nquality = 100\n{keys}"),
        );
        let pixels = rendered_by(&original, &presets);
        // A quarter of the width is 50, and a fiftieth of the height 2.
        for (x, y) in [(152, 77), (194, 94), (170, 85)] {
            assert_close(pixels.at(x, y), &[100, 50, 128], tolerance);
        }
        for (x, y) in [(140, 85), (199, 85), (170, 65)] {
            assert_close(pixels.at(x, y), &[200, 100, 0], tolerance);
        }
        if format == "png" {
            for (x, y) in [(148, 73), (197, 97)] {
                assert_close(pixels.at(x, y), &[100, 50, 128], tolerance);
            }
            for (x, y) in [(147, 73), (148, 72), (198, 97), (197, 98)] {
                assert_close(pixels.at(x, y), &[200, 100, 0], tolerance);
            }
        }
    }
}

#[test]
fn every_position_is_where_it_says() {
    let mark = Pixels::flat(10, 10, RED);
    let original = Pixels::flat(100, 100, WHITE).to_png();
    for (position, place) in [
        ("top-left", (2, 2)),
        ("top", (45, 2)),
        ("top-right", (88, 2)),
        ("left", (2, 45)),
        ("centre", (45, 45)),
        ("right", (88, 45)),
        ("bottom-left", (2, 88)),
        ("bottom", (45, 88)),
        ("bottom-right", (88, 88)),
    ] {
        let keys = watermark(&format!(
            "position = \"{position}\", opacity = 1.0, scale = 0.1"
        ));
        let pixels = rendered_by(&original, &marked(&mark, &format!("{PNG}\n{keys}")));
        let first = pixels.data.chunks_exact(3).position(|pixel| pixel == RED);
        let first = u32::try_from(first.unwrap()).unwrap();
        assert_eq!((first % 100, first / 100), place, "{position}");
        let red = pixels.data.chunks_exact(3).filter(|pixel| *pixel == RED);
        assert_eq!(red.count(), 100);
    }
}

#[test]
fn a_watermark_on_what_is_grey_or_transparent() {
    let mark = Pixels::flat(10, 10, [255, 0, 0, 255]);
    let keys = watermark("position = \"centre\", opacity = 1.0, scale = 1.0");
    let presets = marked(&mark, &format!("{PNG}\n{keys}"));
    let grey = rendered_by(&Pixels::flat(20, 20, [77]).to_png(), &presets);
    assert_eq!(
        (grey.at(10, 10), grey.at(2, 2)),
        (&[255, 0, 0][..], &[77; 3][..])
    );
    let clear = rendered_by(&Pixels::flat(20, 20, [9, 9, 9, 0]).to_png(), &presets);
    assert_eq!(
        (clear.at(10, 10), clear.at(2, 2)[3]),
        (&[255, 0, 0, 255][..], 0)
    );
}
