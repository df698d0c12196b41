//! Dimensions, crops, and results that must not depend on how the work is done.

use imaging::{
    CropFocus, FocusPoint, FocusSource, Preset, Presets, RenderOptions, estimate_memory, inspect,
};

use crate::support::{
    Pixels, RED, assert_close, preset, rendered, rendition, try_render, try_render_with,
};

fn default_presets() -> Presets {
    Presets::parse(include_str!("../../../../presets.toml")).unwrap()
}

#[test]
fn the_default_presets_give_four_renditions_in_their_order() {
    let rendered = try_render(&Pixels::photo(2100, 1400).to_jpeg(), &default_presets()).unwrap();
    let sizes: Vec<_> = rendered
        .renditions
        .iter()
        .map(|rendition| (rendition.preset.as_str(), rendition.width, rendition.height))
        .collect();
    assert_eq!(
        sizes,
        [
            ("thumb", 250, 250),
            ("small", 640, 427),
            ("medium", 1280, 853),
            ("large", 1920, 1280)
        ]
    );
    rendered
        .renditions
        .iter()
        .for_each(|rendition| drop(crate::support::decode(rendition)));
}

#[test]
fn nothing_is_ever_enlarged() {
    let original = Pixels::photo(90, 60).to_png();
    for (keys, size) in [
        ("width = 640\nheight = 640", (90, 60)),
        ("width = 640", (90, 60)),
        ("width = 250\nheight = 250\nfit = \"cover\"", (60, 60)),
        ("width = 80\nheight = 40\nfit = \"cover\"", (80, 40)),
        ("width = 300\nheight = 100\nfit = \"cover\"", (90, 30)),
    ] {
        let rendition = rendition(&original, &format!("format = \"png\"\n{keys}"));
        assert_eq!((rendition.width, rendition.height), size, "{keys}");
    }
}

#[test]
fn one_pixel_is_a_picture() {
    for original in [
        Pixels::flat(1, 1, RED).to_png(),
        Pixels::flat(1, 1, RED).to_jpeg(),
    ] {
        for format in ["jpeg", "png", "webp", "auto"] {
            let pixels = rendered(
                &original,
                &format!("format = \"{format}\"\nwidth = 10\nheight = 10\nfit = \"cover\""),
            );
            assert_eq!((pixels.width, pixels.height), (1, 1));
            assert_close(&pixels.at(0, 0)[..3], &RED, 8);
        }
    }
}

#[test]
fn very_long_pictures_keep_at_least_one_pixel_each_way() {
    for original in [
        Pixels::flat(4000, 3, RED).to_jpeg(),
        Pixels::flat(4000, 3, RED).to_png(),
    ] {
        let rendition = rendition(&original, "format = \"webp\"\nwidth = 100\nheight = 100");
        assert_eq!((rendition.width, rendition.height), (100, 1));
    }
}

#[test]
fn a_centred_crop_shows_the_very_middle() {
    // A picture that is its own mirror image, with an odd number of pixels to crop.
    let (width, height) = (2_003, 1_000);
    let mirrored = Pixels::new(width, height, |x, _| {
        let from_edge = x.min(width - 1 - x);
        [u8::try_from(from_edge / 4).unwrap_or(u8::MAX); 3]
    });
    let crop = rendered(
        &mirrored.to_png(),
        "format = \"png\"\nwidth = 100\nheight = 100\nfit = \"cover\"",
    );
    for x in 0..50 {
        assert_close(crop.at(x, 50), crop.at(99 - x, 50), 1);
    }
}

#[test]
fn a_crop_that_is_not_resized_keeps_its_pixels() {
    let picture = Pixels::photo(301, 100);
    let crop = rendered(
        &picture.to_png(),
        "format = \"png\"\nwidth = 100\nheight = 100\nfit = \"cover\"",
    );
    for (x, y) in [(0, 0), (37, 50), (99, 99)] {
        assert_eq!(crop.at(x, y), picture.at(x + 100, y));
    }
}

#[test]
fn attention_crops_to_where_something_is() {
    let interesting = |x: u32, y: u32| {
        if (x / 4 + y / 4).is_multiple_of(2) {
            [230, 40, 40]
        } else {
            [60, 200, 60]
        }
    };
    let picture = Pixels::new(900, 300, |x, y| {
        if x >= 600 {
            interesting(x, y)
        } else {
            [128; 3]
        }
    });
    let keys = "format = \"png\"\nwidth = 100\nheight = 100\nfit = \"cover\"";
    let centre = rendered(&picture.to_png(), keys);
    assert_close(centre.at(50, 50), &[128; 3], 2);
    let attention = rendered(&picture.to_png(), &format!("{keys}\nfocus = \"attention\""));
    let grey = attention
        .data
        .chunks_exact(3)
        .filter(|pixel| pixel.iter().all(|sample| sample.abs_diff(128) <= 2))
        .count();
    assert!(
        grey < 500,
        "{grey} of 10,000 pixels belong to the empty part"
    );
}

/// Renders with one preset and a point that the uploader gives.
fn focused(original: &[u8], keys: &str, x: f64, y: f64) -> (Pixels, Option<CropFocus>) {
    let options = RenderOptions {
        focus: Some(FocusPoint { x, y }),
        ..RenderOptions::default()
    };
    let rendered = try_render_with(original, &preset(keys), &options).unwrap();
    let rendition = &rendered.renditions[0];
    (crate::support::decode(rendition), rendition.focus)
}

#[test]
fn a_crop_keeps_the_point_that_the_uploader_gives() {
    // Each column shows its position.
    let wide = Pixels::new(250, 50, |x, _| [u8::try_from(x).unwrap(); 3]);
    let tall = Pixels::new(50, 250, |_, y| [u8::try_from(y).unwrap(); 3]);
    for keys in ["", "\nfocus = \"attention\""] {
        let keys = format!("format = \"png\"\nwidth = 50\nheight = 50\nfit = \"cover\"{keys}");
        // In the middle of the visible part if there is room, otherwise at the edge.
        for (point, first) in [
            (0.5, 100),
            (0.3, 50),
            (0.0, 0),
            (0.05, 0),
            (0.97, 200),
            (1.0, 200),
        ] {
            let (pixels, focus) = focused(&wide.to_png(), &keys, point, 0.9);
            assert_eq!(
                (pixels.at(0, 0)[0], pixels.at(49, 49)[0]),
                (first, first + 49)
            );
            let given = FocusPoint { x: point, y: 0.9 };
            let from = FocusSource::Uploader;
            assert_eq!(focus, Some(CropFocus { point: given, from }));
            let (pixels, _) = focused(&tall.to_png(), &keys, 0.9, point);
            assert_eq!(pixels.at(0, 0)[0], first);
        }
    }
}

#[test]
fn the_uploaders_point_is_one_of_the_displayed_picture_and_turned_with_it() {
    let quarters = Pixels::quarters(400, 200);
    let original = crate::support::with_segments(
        &quarters.to_jpeg(),
        &[crate::support::exif::orientation_segment(3)],
    );
    let keys = "format = \"png\"\nwidth = 100\nheight = 100\nfit = \"cover\"";
    // Green and white, which are stored at the right, are displayed at the left, because the
    // picture is upside down.
    let (pixels, _) = focused(&original, keys, 0.0, 0.5);
    assert_close(pixels.at(50, 20), &crate::support::WHITE, 8);
    let (pixels, _) = focused(&original, &format!("{keys}\nrotate = 180"), 0.0, 0.5);
    assert_close(pixels.at(50, 80), &crate::support::WHITE, 8);
}

#[test]
fn what_a_crop_was_made_around_is_told_and_only_of_crops() {
    let original = Pixels::new(400, 100, |x, y| {
        let is_checked = x >= 300 && (x / 4 + y / 4).is_multiple_of(2);
        if is_checked { [230, 40, 40] } else { [128; 3] }
    });
    let keys = "format = \"png\"\nwidth = 100\nheight = 100";
    let focus = |keys: &str| rendition(&original.to_png(), keys).focus;
    assert_eq!(focus(keys), None);
    let centre = focus(&format!("{keys}\nfit = \"cover\"")).unwrap();
    let point = FocusPoint { x: 0.5, y: 0.5 };
    let from = FocusSource::Centre;
    assert_eq!(centre, CropFocus { point, from });
    let attention = focus(&format!("{keys}\nfit = \"cover\"\nfocus = \"attention\"")).unwrap();
    assert_eq!(attention.from, FocusSource::Attention);
    assert!((attention.point.x - 0.875).abs() < 0.02, "{attention:?}");
    assert_eq!(focused(&original.to_png(), keys, 0.1, 0.1).1, None);
}

#[test]
fn sharpening_steepens_edges() {
    let edge = Pixels::new(200, 20, |x, _| if x < 100 { [80; 3] } else { [170; 3] });
    for (original, keys) in [
        (edge.to_png(), "format = \"png\""),
        (edge.to_jpeg(), "format = \"jpeg\"\nquality = 100"),
    ] {
        let plain = rendered(&original, &format!("{keys}\nwidth = 100"));
        let sharp = rendered(&original, &format!("{keys}\nwidth = 100\nsharpen = 1.0"));
        let contrast = |pixels: &Pixels| pixels.at(50, 5)[1] - pixels.at(49, 5)[1];
        assert!(
            contrast(&sharp) > contrast(&plain) + 10,
            "{} and {}",
            contrast(&sharp),
            contrast(&plain)
        );
    }
}

#[test]
fn the_same_original_gives_the_same_bytes_however_many_threads_there_are() {
    let original = Pixels::photo(1500, 1000).to_jpeg();
    let presets = default_presets();
    let once = try_render(&original, &presets).unwrap();
    for threads in [1, 2, 8] {
        let options = RenderOptions {
            threads,
            ..RenderOptions::default()
        };
        let again = try_render_with(&original, &presets, &options).unwrap();
        assert_eq!(once.renditions, again.renditions, "{threads} threads");
        assert_eq!(once.preview, again.preview);
    }
}

#[test]
fn the_order_of_presets_does_not_change_a_rendition() {
    let original = Pixels::photo(1000, 700).to_jpeg();
    let presets = default_presets();
    let inspection = inspect(&original, presets.limits()).unwrap();
    let forwards: Vec<&Preset> = presets.iter().collect();
    let backwards: Vec<&Preset> = forwards.iter().rev().copied().collect();
    let render = |presets: &[&Preset]| {
        imaging::render(&original, &inspection, presets, &RenderOptions::default()).unwrap()
    };
    let mut turned = render(&backwards).renditions;
    turned.reverse();
    assert_eq!(render(&forwards).renditions, turned);
}

#[test]
fn no_preset_gives_no_rendition_and_still_a_preview() {
    let original = Pixels::photo(800, 600).to_jpeg();
    let inspection = inspect(&original, &imaging::Limits::default()).unwrap();
    let rendered = imaging::render(&original, &inspection, &[], &RenderOptions::default()).unwrap();
    assert!(rendered.renditions.is_empty());
    assert_eq!(
        (rendered.preview.width, rendered.preview.height),
        (256, 192)
    );
}

#[test]
fn the_preview_is_the_picture() {
    let rendered = try_render(&Pixels::quarters(1024, 512).to_jpeg(), &default_presets()).unwrap();
    let preview = Pixels {
        width: rendered.preview.width,
        height: rendered.preview.height,
        channels: 4,
        data: rendered.preview.rgba,
    };
    assert_eq!((preview.width, preview.height), (256, 128));
    assert_close(preview.corners()[0], &[RED[0], RED[1], RED[2], 255], 6);
    assert!(rendered.is_opaque);
    assert!(!rendered.greyscale);
}

#[test]
fn estimated_memory_grows_with_the_picture_and_is_more_than_its_renditions() {
    let presets = preset("format = \"jpeg\"\nwidth = 400");
    let chosen: Vec<&Preset> = presets.iter().collect();
    let estimate =
        |original: &[u8]| estimate_memory(&inspect(original, presets.limits()).unwrap(), &chosen);
    let (small, large) = (
        estimate(&Pixels::photo(500, 400).to_png()),
        estimate(&Pixels::photo(2000, 1600).to_png()),
    );
    assert!(
        small > 400 * 320 * 3 && small < large && large < 1 << 30,
        "{small} and {large}"
    );
}
