//! Transparency: weighted when resizing, kept if the format supports it, otherwise replaced by the background.

use crate::support::{Pixels, assert_close, preset, rendered, rendition, try_render};

/// Opaque red next to fully transparent green.
fn red_beside_hidden_green() -> Pixels {
    Pixels::new(400, 200, |x, _| {
        if x % 20 < 10 {
            [220, 20, 20, 255]
        } else {
            [0, 255, 0, 0]
        }
    })
}

#[test]
fn hidden_colours_do_not_bleed() {
    for format in ["png", "webp"] {
        let pixels = rendered(
            &red_beside_hidden_green().to_png(),
            &format!("format = \"{format}\"\nquality = 95\nwidth = 50"),
        );
        for pixel in pixels.data.chunks_exact(4).filter(|pixel| pixel[3] > 40) {
            assert!(pixel[1] < 90, "{pixel:?} in {format}");
        }
    }
}

#[test]
fn hidden_colours_do_not_bleed_when_a_large_picture_is_reduced_while_it_is_read() {
    let large = Pixels::new(2000, 1000, |x, _| {
        if x % 2 == 0 {
            [220, 20, 20, 255]
        } else {
            [0, 255, 0, 0]
        }
    });
    let pixels = rendered(&large.to_png(), "format = \"png\"\nwidth = 100");
    for pixel in pixels.data.chunks_exact(4) {
        assert_close(pixel, &[220, 20, 20, 128], 4);
    }
}

#[test]
fn only_jpeg_lays_the_picture_on_the_background() {
    let original = Pixels::flat(40, 40, [10, 20, 30, 0]).to_png();
    let jpeg = rendered(&original, "format = \"jpeg\"\nbackground = \"#20c040\"");
    assert_close(jpeg.at(20, 20), &[0x20, 0xC0, 0x40], 4);
    let white = rendered(&original, "format = \"jpeg\"");
    assert_close(white.at(20, 20), &[255; 3], 2);
    for format in ["png", "webp", "auto"] {
        let pixels = rendered(
            &original,
            &format!("format = \"{format}\"\nbackground = \"#20c040\""),
        );
        assert_eq!((pixels.channels, pixels.at(20, 20)[3]), (4, 0), "{format}");
    }
}

#[test]
fn a_half_transparent_pixel_is_mixed_with_the_background() {
    let original = Pixels::flat(40, 40, [200, 100, 0, 128]).to_png();
    let pixels = rendered(
        &original,
        "format = \"jpeg\"\nquality = 95\nbackground = \"#000000\"",
    );
    assert_close(pixels.at(20, 20), &[100, 50, 0], 4);
}

#[test]
fn opacity_is_told_from_the_pixels() {
    let tell = |alpha: u8| {
        try_render(
            &Pixels::flat(9, 9, [1, 2, 3, alpha]).to_png(),
            &preset("format = \"png\""),
        )
        .unwrap()
    };
    assert!(tell(255).is_opaque);
    assert!(!tell(254).is_opaque);
    // An alpha channel that hides nothing is not written.
    assert_eq!(crate::support::decode(&tell(255).renditions[0]).channels, 3);
}

#[test]
fn a_picture_that_is_not_resized_keeps_every_pixel_in_lossless_formats() {
    let original = Pixels::new(64, 64, |x, y| {
        [(x * 4) as u8, (y * 4) as u8, 77, (x + y) as u8]
    });
    assert_eq!(rendered(&original.to_png(), "format = \"png\""), original);
}

#[test]
fn auto_keeps_drawings_exactly_and_makes_photos_lossy() {
    let drawing = Pixels::new(300, 200, |x, y| {
        if (x / 50 + y / 50) % 2 == 0 {
            [255, 200, 0, 255]
        } else {
            [0, 0, 0, 0]
        }
    });
    let kept = rendition(&drawing.to_png(), "format = \"auto\"");
    assert_eq!(&kept.bytes[12..16], b"VP8L");
    assert_close(
        crate::support::decode(&kept).at(10, 10),
        &[255, 200, 0, 255],
        0,
    );
    let photo = rendition(&Pixels::photo(300, 200).to_png(), "format = \"auto\"");
    assert_eq!(&photo.bytes[12..16], b"VP8 ");
}
