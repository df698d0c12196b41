//! Boxes that are filled around a picture.

use super::PNG;
use crate::support::{BLUE, Pixels, RED, assert_close, rendered};

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
