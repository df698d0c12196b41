//! What a preset does to a picture besides resizing: borders, turns, boxes, blur, watermarks.

mod borders;
mod boxes;
mod watermarks;

use std::io::Cursor;

use imaging::{Presets, Rendition};

use crate::support::{
    BLUE, GREEN, Pixels, RED, WHITE, assert_close, decode, exif, gif, preset, rendered, try_render,
    with_segments,
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
