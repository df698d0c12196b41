//! Borders that a preset takes off.

use super::framed;
use crate::support::{Pixels, RED, WHITE, assert_close, rendered, rendition};

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
