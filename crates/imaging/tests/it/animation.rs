//! Animations: the first frame by default, or all frames if the preset says so.

use std::io::Cursor;

use imaging::{Inspection, Limits, RefusalCode, Rendition, inspect};

use crate::support::{
    BLUE, GREEN, Pixels, RED, assert_close, preset, rendered, rendition, try_render,
};

const COLOURS: [[u8; 3]; 3] = [RED, GREEN, BLUE];
const SIZE: (u32, u32) = (60, 40);

/// A GIF of three frames: all red, then a green rectangle on the red, then a blue one after the green one was removed.
fn gif() -> Vec<u8> {
    let mut file = Vec::new();
    let palette = COLOURS.concat();
    let mut encoder = gif::Encoder::new(&mut file, 60, 40, &palette).unwrap();
    encoder.set_repeat(gif::Repeat::Finite(2)).unwrap();
    let frame = |index: u8, (left, width, height): (u16, u16, u16), delay, dispose| gif::Frame {
        left,
        delay,
        dispose,
        ..gif::Frame::from_indexed_pixels(
            width,
            height,
            vec![index; usize::from(width * height)],
            None,
        )
    };
    encoder
        .write_frame(&frame(0, (0, 60, 40), 10, gif::DisposalMethod::Keep))
        .unwrap();
    encoder
        .write_frame(&frame(1, (0, 30, 40), 20, gif::DisposalMethod::Previous))
        .unwrap();
    encoder
        .write_frame(&frame(2, (30, 30, 40), 30, gif::DisposalMethod::Keep))
        .unwrap();
    drop(encoder);
    file
}

/// An APNG of the same three frames.
fn apng() -> Vec<u8> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 60, 40);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_animated(3, 3).unwrap();
    let mut writer = encoder.write_header().unwrap();
    writer.set_frame_delay(1, 10).unwrap();
    writer
        .write_image_data(&Pixels::flat(60, 40, RED).data)
        .unwrap();
    writer.set_frame_delay(1, 5).unwrap();
    writer.set_frame_dimension(30, 40).unwrap();
    writer.set_dispose_op(png::DisposeOp::Previous).unwrap();
    writer
        .write_image_data(&Pixels::flat(30, 40, GREEN).data)
        .unwrap();
    writer.set_frame_delay(3, 10).unwrap();
    writer.set_dispose_op(png::DisposeOp::None).unwrap();
    writer.set_frame_position(30, 0).unwrap();
    writer
        .write_image_data(&Pixels::flat(30, 40, BLUE).data)
        .unwrap();
    writer.finish().unwrap();
    file
}

/// The same three frames as an animated WebP.
fn webp() -> Vec<u8> {
    rendition(&gif(), "format = \"webp\"\nframes = \"all\"\nquality = 95").bytes
}

fn facts(inspection: &Inspection<'_>) -> (u32, Option<u32>, Option<u64>) {
    (
        inspection.frames,
        inspection.loop_count,
        inspection.duration_ms,
    )
}

#[test]
fn frames_loops_and_duration_are_read() {
    for original in [gif(), apng(), webp()] {
        let inspection = inspect(&original, &Limits::default()).unwrap();
        assert_eq!((inspection.width, inspection.height), SIZE);
        assert_eq!(
            facts(&inspection),
            (3, Some(3), Some(600)),
            "{}",
            inspection.format
        );
    }
}

#[test]
fn the_first_frame_is_taken_by_default() {
    for original in [gif(), apng(), webp()] {
        for format in ["jpeg", "png", "webp"] {
            let pixels = rendered(&original, &format!("format = \"{format}\"\nwidth = 30"));
            assert_eq!((pixels.width, pixels.height), (30, 20));
            pixels
                .corners()
                .into_iter()
                .for_each(|corner| assert_close(&corner[..3], &RED, 12));
        }
    }
}

/// The frames of an animated WebP with their durations, read by an independent decoder.
fn frames(rendition: &Rendition) -> Vec<(Pixels, u32)> {
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(&rendition.bytes)).unwrap();
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    (0..decoder.num_frames())
        .map(|_| {
            let mut data = vec![0; decoder.output_buffer_size().unwrap()];
            let shown = decoder.read_frame(&mut data).unwrap();
            (
                Pixels {
                    width: rendition.width,
                    height: rendition.height,
                    channels,
                    data,
                },
                shown,
            )
        })
        .collect()
}

#[test]
fn all_frames_become_an_animated_webp() {
    for original in [gif(), apng(), webp()] {
        let rendition = rendition(
            &original,
            "format = \"webp\"\nframes = \"all\"\nquality = 95\nwidth = 30",
        );
        assert_eq!((rendition.width, rendition.height), (30, 20));
        assert_eq!(
            facts(&inspect(&rendition.bytes, &Limits::default()).unwrap()),
            (3, Some(3), Some(600))
        );
        let frames = frames(&rendition);
        assert_eq!(
            frames.iter().map(|(_, shown)| *shown).collect::<Vec<_>>(),
            [100, 200, 300]
        );
        let halves = [(RED, RED), (GREEN, RED), (RED, BLUE)];
        for ((pixels, _), (left, right)) in frames.iter().zip(halves) {
            assert_close(&pixels.at(7, 10)[..3], &left, 16);
            assert_close(&pixels.at(22, 10)[..3], &right, 16);
        }
    }
}

#[test]
fn a_still_picture_with_all_frames_is_a_still_picture() {
    let rendition = rendition(
        &Pixels::photo(50, 40).to_png(),
        "format = \"webp\"\nframes = \"all\"",
    );
    assert_eq!(
        inspect(&rendition.bytes, &Limits::default())
            .unwrap()
            .frames,
        1
    );
}

#[test]
fn a_frame_that_does_not_cover_the_canvas_leaves_it_transparent() {
    let mut file = Vec::new();
    let mut encoder = gif::Encoder::new(&mut file, 60, 40, &COLOURS.concat()).unwrap();
    encoder
        .write_frame(&gif::Frame::from_indexed_pixels(
            30,
            40,
            vec![1; 1200],
            None,
        ))
        .unwrap();
    drop(encoder);
    assert!(inspect(&file, &Limits::default()).unwrap().has_alpha);
    let pixels = rendered(&file, "format = \"png\"");
    assert_close(pixels.at(7, 10), &[GREEN[0], GREEN[1], GREEN[2], 255], 0);
    assert_eq!(pixels.at(45, 10)[3], 0);
}

#[test]
fn an_animation_that_ends_early_is_refused_where_all_of_it_is_wanted() {
    let mut original = webp();
    let last = original
        .windows(4)
        .rposition(|window| window == b"ANMF")
        .unwrap();
    original[last + 8 + 16 + 8 + 6..].fill(0xA5);
    let refusal =
        try_render(&original, &preset("format = \"webp\"\nframes = \"all\"")).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::Corrupt, "{refusal}");
}
