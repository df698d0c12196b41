//! What a preset does to a picture besides resizing: borders, turns, boxes, blur, watermarks.

use std::io::Cursor;

use imaging::{Presets, Rendition};

use crate::support::{
    BLUE, GREEN, Pixels, RED, WHITE, assert_close, decode, exif, gif, preset, rendered, rendition,
    try_render, with_segments,
};

const PNG: &str = "format = \"png\"";

/// A plain frame around a picture.
fn framed(inner: &Pixels, colour: [u8; 3], left: u32, top: u32, size: (u32, u32)) -> Pixels {
    Pixels::new(size.0, size.1, |x, y| {
        let inside =
            (left..left + inner.width).contains(&x) && (top..top + inner.height).contains(&y);
        if inside {
            let pixel = inner.at(x - left, y - top);
            [pixel[0], pixel[1], pixel[2]]
        } else {
            colour
        }
    })
}

#[test]
fn pictures_are_turned_and_then_mirrored() {
    let cases = [
        ("rotate = 90", [BLUE, RED, WHITE, GREEN], (20, 40)),
        ("rotate = 180", [WHITE, BLUE, GREEN, RED], (40, 20)),
        ("rotate = 270", [GREEN, WHITE, RED, BLUE], (20, 40)),
        ("flip = \"horizontal\"", [GREEN, RED, WHITE, BLUE], (40, 20)),
        ("flip = \"vertical\"", [BLUE, WHITE, RED, GREEN], (40, 20)),
        (
            "rotate = 90\nflip = \"horizontal\"",
            [RED, BLUE, GREEN, WHITE],
            (20, 40),
        ),
        (
            "rotate = 90\nflip = \"vertical\"",
            [WHITE, GREEN, BLUE, RED],
            (20, 40),
        ),
    ];
    let picture = Pixels::quarters(120, 60);
    for (original, format) in [
        (picture.to_png(), "png"),
        (picture.to_jpeg(), "jpeg"),
        (picture.to_jpeg(), "webp"),
    ] {
        for (keys, colours, size) in cases {
            // The box is that of the turned picture.
            let (width, height) = size;
            let keys = format!("format = \"{format}\"\nwidth = {width}\nheight = {height}\n{keys}");
            let turned = rendered(&original, &keys);
            assert_eq!((turned.width, turned.height), size, "{keys}");
            for (corner, colour) in turned.corners().into_iter().zip(colours) {
                assert_close(corner, &colour, 20);
            }
        }
    }
}

#[test]
fn turning_comes_after_the_orientation_of_the_file() {
    // Orientation 6 is displayed by turning it clockwise once, and the preset turns it back.
    let original = with_segments(
        &Pixels::quarters(60, 40).to_jpeg(),
        &[exif::orientation_segment(6)],
    );
    let turned = rendered(&original, "format = \"png\"\nrotate = 270");
    assert_eq!((turned.width, turned.height), (60, 40));
    for (corner, colour) in turned.corners().into_iter().zip([RED, GREEN, BLUE, WHITE]) {
        assert_close(corner, &colour, 8);
    }
}

#[test]
fn planes_with_an_odd_side_are_turned_without_moving_their_colours() {
    let picture = Pixels::new(41, 31, |x, _| if x < 20 { RED } else { BLUE });
    let keys = "format = \"jpeg\"\nquality = 100";
    let plain = rendered(&picture.to_jpeg(), keys);
    let turned = rendered(
        &picture.to_jpeg(),
        &format!("{keys}\nflip = \"horizontal\""),
    );
    for x in [3, 15, 25, 37] {
        assert_close(turned.at(40 - x, 9), plain.at(x, 9), 12);
    }
}

#[test]
fn borders_are_taken_off_to_the_pixel() {
    let inner = Pixels::photo(90, 50);
    for (colour, left, top, size) in [
        ([255; 3], 10, 20, (200, 100)),
        ([0, 40, 200], 0, 7, (90, 57)),
        ([0, 40, 200], 3, 0, (100, 50)),
    ] {
        let original = framed(&inner, colour, left, top, size).to_png();
        let trimmed = rendered(&original, "format = \"png\"\ntrim = 0");
        assert_eq!(trimmed, inner, "{left} {top} {size:?}");
        // The box is filled by what is left, which is never enlarged.
        let small = rendered(&original, "format = \"png\"\ntrim = 0\nwidth = 45");
        assert_eq!((small.width, small.height), (45, 25));
        let resized = rendered(&inner.to_png(), "format = \"png\"\nwidth = 45");
        for (x, y) in [(0, 0), (22, 12), (44, 24)] {
            assert_close(small.at(x, y), resized.at(x, y), 1);
        }
        let large = rendition(&original, "format = \"png\"\ntrim = 0\nwidth = 150");
        assert_eq!((large.width, large.height), (90, 50));
    }
}

#[test]
fn borders_of_a_jpeg_need_a_tolerance() {
    let inner = Pixels::flat(80, 48, RED);
    let original = framed(&inner, WHITE, 32, 16, (160, 96)).to_jpeg();
    let trimmed = rendered(&original, "format = \"jpeg\"\ntrim = 30\nquality = 100");
    assert!(
        trimmed.width.abs_diff(80) <= 2 && trimmed.height.abs_diff(48) <= 2,
        "{}×{}",
        trimmed.width,
        trimmed.height
    );
    assert_close(trimmed.at(40, 24), &RED, 6);
}

#[test]
fn a_picture_that_is_all_border_or_has_none_stays_as_it_is() {
    for picture in [Pixels::flat(30, 20, WHITE), Pixels::quarters(30, 20)] {
        assert_eq!(
            rendered(&picture.to_png(), "format = \"png\"\ntrim = 0"),
            picture
        );
    }
}

#[test]
fn what_borders_leave_is_cropped_to_its_own_middle_and_interest() {
    // A red area at the right end of a grey picture, where a border keeps it away from the middle.
    let inner = Pixels::new(300, 100, |x, y| match x {
        200.. if (x / 4 + y / 4).is_multiple_of(2) => [230, 40, 40],
        200.. => [60, 200, 60],
        _ => [128; 3],
    });
    let original = framed(&inner, WHITE, 500, 300, (900, 420)).to_png();
    let keys = "format = \"png\"\ntrim = 0\nwidth = 100\nheight = 100\nfit = \"cover\"";
    let centre = rendered(&original, keys);
    assert_eq!((centre.width, centre.height), (100, 100));
    assert!(centre.data.iter().all(|sample| sample.abs_diff(128) <= 1));
    let attention = rendered(&original, &format!("{keys}\nfocus = \"attention\""));
    let grey = attention.data.chunks_exact(3);
    let grey = grey.filter(|pixel| pixel.iter().all(|sample| sample.abs_diff(128) <= 2));
    assert!(grey.count() < 1500);
}

#[test]
fn a_box_is_filled_with_the_background_around_the_picture() {
    let keys = "width = 100\nheight = 100\nfit = \"pad\"\nbackground = \"#1e28d2\"";
    for (original, format, tolerance) in [
        (Pixels::flat(200, 100, RED).to_png(), "png", 0),
        (Pixels::flat(200, 100, RED).to_jpeg(), "png", 3),
        (Pixels::flat(200, 100, RED).to_jpeg(), "jpeg", 8),
        (Pixels::flat(200, 100, RED).to_jpeg(), "webp", 10),
    ] {
        let padded = rendered(&original, &format!("format = \"{format}\"\n{keys}"));
        assert_eq!((padded.width, padded.height), (100, 100));
        for (y, colour) in [
            (0, BLUE),
            (20, BLUE),
            (30, RED),
            (70, RED),
            (80, BLUE),
            (99, BLUE),
        ] {
            assert_close(&padded.at(50, y)[..3], &colour, tolerance);
        }
    }
}

#[test]
fn what_is_smaller_than_the_box_lies_in_it_as_it_is() {
    let picture = Pixels::photo(20, 10);
    let padded = rendered(
        &picture.to_png(),
        "format = \"png\"\nwidth = 40\nheight = 31\nfit = \"pad\"\nbackground = \"#000000\"",
    );
    assert_eq!(padded.at(9, 15), [0; 3]);
    assert_eq!(padded.at(10, 9), [0; 3]);
    assert_eq!(padded.at(10, 10), picture.at(0, 0));
    assert_eq!(padded.at(29, 19), picture.at(19, 9));
    assert_eq!(padded.at(30, 19), [0; 3]);
}

#[test]
fn a_box_may_be_transparent_and_transparency_is_kept() {
    let half = [RED[0], RED[1], RED[2], 128];
    let keys = "width = 40\nheight = 40\nfit = \"pad\"";
    let clear = rendered(
        &Pixels::flat(40, 20, RED).to_png(),
        &format!("{PNG}\n{keys}\nbackground = \"#00000000\""),
    );
    assert_eq!(
        (clear.at(20, 2), clear.at(20, 20)),
        (&[0; 4][..], &[220, 30, 30, 255][..])
    );
    let kept = rendered(
        &Pixels::flat(40, 20, half).to_png(),
        &format!("{PNG}\n{keys}"),
    );
    assert_eq!(
        (kept.at(20, 2), kept.at(20, 20)),
        (&[255; 4][..], &half[..])
    );
    // A format without transparency shows the background through the picture as well.
    let flat = rendered(
        &Pixels::flat(40, 20, half).to_png(),
        &format!("format = \"jpeg\"\nquality = 100\n{keys}\nbackground = \"#0000ff\""),
    );
    assert_close(flat.at(20, 20), &[110, 15, 142], 4);
}

#[test]
fn blurring_softens_edges_alike_on_both_sides() {
    let edge = Pixels::new(100, 20, |x, _| if x < 50 { [0; 3] } else { [200; 3] });
    for (original, format, tolerance) in [
        (edge.to_png(), "png", 1),
        (edge.to_jpeg(), "jpeg", 3),
        (edge.to_jpeg(), "webp", 4),
    ] {
        let keys = format!("format = \"{format}\"\nquality = 100\nblur = 4.0");
        let blurred = rendered(&original, &keys);
        // The normal distribution at half a deviation, one and two deviations from the edge.
        for (from_edge, share) in [(2, 0.6915), (4, 0.8413), (8, 0.9772)] {
            // The edge is between two pixels, whose middles are half a pixel away from it.
            let mean = |x: u32| f64::from(blurred.at(x - 1, 9)[0].midpoint(blurred.at(x, 9)[0]));
            let (right, left) = (mean(50 + from_edge), mean(50 - from_edge));
            assert!(
                (right - 200.0 * share).abs() <= 1.0 + f64::from(tolerance),
                "{right} {share}"
            );
            assert!(
                (left + right - 200.0).abs() <= 2.0 * f64::from(tolerance),
                "{left} {right}"
            );
        }
    }
}

/// Presets of one preset `a` whose watermark is this picture.
fn marked(mark: &Pixels, keys: &str) -> Presets {
    let toml = format!("[presets.a]\n{keys}");
    Presets::parse_with_files(&toml, |file| {
        assert_eq!(file, "marks/logo.png");
        Ok(mark.to_png())
    })
    .unwrap()
}

fn watermark(keys: &str) -> String {
    format!("watermark = {{ file = \"marks/logo.png\", {keys} }}")
}

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

#[test]
fn what_is_done_to_one_rendition_is_not_handed_on() {
    let original = framed(&Pixels::photo(700, 500), WHITE, 50, 50, (800, 600)).to_png();
    let plain = "[presets.small]\nformat = \"png\"\nwidth = 200\n\
                 [presets.middle]\nformat = \"png\"\nwidth = 400";
    let edited = format!(
        "{plain}\n[presets.large]\nformat = \"png\"\nwidth = 600\nblur = 3.0\nflip = \"vertical\"\n{}\n\
         [presets.box]\nformat = \"png\"\nwidth = 500\nheight = 500\nfit = \"pad\"\nbackground = \"#00ff00\"\n\
         [presets.inside]\nformat = \"png\"\ntrim = 3\nrotate = 90\nsharpen = 2.0",
        watermark("opacity = 1.0, scale = 0.5")
    );
    let mark = Pixels::flat(100, 100, RED).to_png();
    let edited = Presets::parse_with_files(&edited, |_| Ok(mark.clone())).unwrap();
    let alone = try_render(&original, &Presets::parse(plain).unwrap()).unwrap();
    let beside = try_render(&original, &edited).unwrap();
    for (alone, beside) in alone.renditions.iter().zip(&beside.renditions) {
        let (alone, beside) = (decode(alone), decode(beside));
        let pairs = alone.data.iter().zip(&beside.data);
        let furthest = pairs.map(|(a, b)| a.abs_diff(*b)).max().unwrap();
        // They are made from larger pictures than alone, with the same filter.
        assert!(furthest <= 24, "{furthest}");
    }
}

/// The frames of an animated WebP, read by an independent decoder.
fn frames(rendition: &Rendition) -> Vec<Pixels> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(&rendition.bytes)).unwrap();
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    (0..decoder.num_frames())
        .map(|_| {
            let mut data = vec![0; decoder.output_buffer_size().unwrap()];
            decoder.read_frame(&mut data).unwrap();
            Pixels {
                width: rendition.width,
                height: rendition.height,
                channels,
                data,
            }
        })
        .collect()
}

#[test]
fn every_frame_of_an_animation_is_edited() {
    let original = gif(&[RED, GREEN]);
    let keys = format!(
        "format = \"webp\"\nquality = 100\nframes = \"all\"\nrotate = 90\nfit = \"pad\"\nwidth = 40\nheight = 20\n\
         background = \"#1e28d2\"\n{}",
        watermark("position = \"left\", opacity = 1.0, scale = 0.1")
    );
    let presets = marked(&Pixels::flat(4, 4, [250; 3]), &keys);
    let rendition = try_render(&original, &presets)
        .unwrap()
        .renditions
        .remove(0);
    assert_eq!((rendition.width, rendition.height), (40, 20));
    let frames = frames(&rendition);
    assert_eq!(frames.len(), 2);
    for (frame, colour) in frames.iter().zip([RED, GREEN]) {
        assert_close(&frame.at(20, 10)[..3], &colour, 25);
        assert_close(&frame.at(7, 2)[..3], &BLUE, 25);
        assert_close(&frame.at(1, 9)[..3], &[250; 3], 25);
    }
}

#[test]
fn all_edits_work_together_and_in_their_order() {
    let original = framed(&Pixels::quarters(100, 60), [0; 3], 20, 20, (140, 100)).to_png();
    let keys = "format = \"png\"\ntrim = 0\nrotate = 90\nfit = \"pad\"\nwidth = 100\nheight = 100\nbackground = \"#ffffff\"";
    let edited = rendered(&original, keys);
    assert_eq!((edited.width, edited.height), (100, 100));
    // What remains is 100 by 60, or 60 by 100 when turned, with white at both sides.
    assert_eq!(
        (edited.at(19, 50), edited.at(80, 50)),
        (&[255; 3][..], &[255; 3][..])
    );
    assert_eq!(
        (edited.at(25, 20), edited.at(75, 20)),
        (&BLUE[..], &RED[..])
    );
    assert_eq!(
        (edited.at(25, 80), edited.at(75, 80)),
        (&WHITE[..], &GREEN[..])
    );
}

#[test]
fn presets_without_these_keys_need_no_file() {
    let without = preset(PNG);
    let with = Presets::parse_with_files("[presets.a]\nformat = \"png\"", |_| {
        panic!("no file is named")
    });
    assert_eq!(without, with.unwrap());
}
