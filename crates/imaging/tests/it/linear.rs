//! Resizing by light.

use imaging::Presets;

use crate::support::{Pixels, assert_close, decode, encode_png, rendered, try_render};

const LINEAR: &str = "format = \"png\"\nresize = \"linear\"";

/// Lines with one white pixel for every four black ones.
fn lines() -> Pixels {
    Pixels::new(400, 400, |x, _| if x % 4 == 0 { [255; 3] } else { [0; 3] })
}

#[test]
fn thin_lines_keep_their_light() {
    // A quarter of the light is level 137 of 255, and a quarter of the value is 64.
    for (original, tolerance) in [
        (lines().to_png(), 1),
        (lines().to_jpeg_with(turbojpeg::Subsamp::None, |_| {}), 3),
    ] {
        let light = rendered(&original, &format!("{LINEAR}\nwidth = 25"));
        let encoded = rendered(&original, "format = \"png\"\nwidth = 25");
        assert_close(light.at(12, 12), &[137; 3], tolerance);
        // It is a little more, because values below black, which the filter causes, are clipped.
        assert!(encoded.at(12, 12)[0] < 90, "{:?}", encoded.at(12, 12));
    }
}

#[test]
fn crops_trims_and_turns_go_by_light_as_well() {
    for keys in [
        "width = 20\nheight = 10\nfit = \"cover\"",
        "width = 20\nrotate = 90",
        "width = 20\ntrim = 0",
    ] {
        let light = rendered(&lines().to_png(), &format!("{LINEAR}\n{keys}"));
        assert_close(light.at(10, 5), &[137; 3], 2);
    }
}

#[test]
fn what_is_not_resized_stays_as_it_is() {
    let picture = Pixels::photo(60, 40);
    assert_eq!(rendered(&picture.to_png(), LINEAR), picture);
}

#[test]
fn grey_alpha_and_16_bits() {
    let transparent = Pixels::new(
        80,
        80,
        |x, _| {
            if x % 4 == 0 { [255, 255] } else { [255, 0] }
        },
    );
    let keys = format!("{LINEAR}\nwidth = 10");
    // Alpha is not light, so it is not converted.
    assert_close(
        rendered(&transparent.to_png(), &keys).at(5, 5),
        &[255, 64],
        1,
    );
    let samples: Vec<u8> = (0..80 * 80)
        .flat_map(|index| if index % 4 == 0 { [255; 2] } else { [0; 2] })
        .collect();
    let deep = encode_png(80, 80, 1, png::BitDepth::Sixteen, &samples, |_| {});
    assert_close(rendered(&deep, &keys).at(5, 5), &[137], 1);
}

#[test]
fn renditions_beside_it_are_resized_as_ever() {
    let original = lines().to_png();
    let plain = "[presets.b]\nformat = \"png\"\nwidth = 25";
    let both = Presets::parse(&format!("[presets.a]\n{LINEAR}\nwidth = 100\n{plain}")).unwrap();
    let renditions = try_render(&original, &both).unwrap().renditions;
    assert_close(decode(&renditions[0]).at(50, 50), &[137; 3], 2);
    assert_close(decode(&renditions[1]).at(12, 12), &[64; 3], 12);
}
