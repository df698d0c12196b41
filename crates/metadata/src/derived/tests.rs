use base64::{Engine, prelude::BASE64_STANDARD};
use proptest::prelude::*;

use contract::Likeness;

use super::*;

/// A picture computed pixel by pixel.
fn picture(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Vec<u8> {
    (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .flat_map(|(x, y)| pixel(x, y))
        .collect()
}

fn measured(width: u32, height: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Derived {
    describe(&picture(width, height, pixel), width, height)
}

fn byte(value: u32) -> u8 {
    u8::try_from(value).expect("a byte")
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of one"
)]
fn grey(share: f64) -> u8 {
    (share * 255.0) as u8
}

#[test]
fn a_plain_colour() {
    let derived = measured(40, 30, |_, _| [200, 100, 50, 255]);
    assert_eq!(derived.average_colour.as_deref(), Some("#c86432"));
    assert_eq!(derived.dominant_colour.as_deref(), Some("#c86432"));
    assert_eq!(derived.palette.len(), 1);
    assert!((derived.palette[0].share - 1.0).abs() < f64::EPSILON);
    assert_eq!(derived.perceptual_hash.as_deref(), Some("0000000000000000"));
    assert_eq!((derived.entropy, derived.sharpness), (Some(0.0), Some(0.0)));
}

#[test]
fn averages_in_linear_light_and_by_opacity() {
    let halves = measured(2, 2, |x, _| {
        if x == 0 {
            [0, 0, 0, 255]
        } else {
            [255, 255, 255, 255]
        }
    });
    // Half of the light is sRGB level 188, not 128.
    assert_eq!(halves.average_colour.as_deref(), Some("#bcbcbc"));
    let hidden = measured(2, 2, |x, _| {
        if x == 0 {
            [0, 0, 255, 255]
        } else {
            [255, 0, 0, 0]
        }
    });
    assert_eq!(hidden.average_colour.as_deref(), Some("#0000ff"));
    assert_eq!(hidden.palette.len(), 1);
}

#[test]
fn palette_has_the_colours_and_their_shares() {
    let stripes = [
        ([255, 0, 0], 0..50),
        ([0, 160, 0], 50..80),
        ([0, 0, 255], 80..100),
    ];
    let derived = measured(100, 10, |x, _| {
        let [red, green, blue] = stripes
            .iter()
            .find(|(_, range)| range.contains(&x))
            .expect("a stripe")
            .0;
        [red, green, blue, 255]
    });
    let palette: Vec<_> = derived
        .palette
        .iter()
        .map(|swatch| (swatch.colour.as_str(), swatch.share))
        .collect();
    assert_eq!(
        palette,
        [("#ff0000", 0.5), ("#00a000", 0.3), ("#0000ff", 0.2)]
    );
    assert_eq!(derived.dominant_colour.as_deref(), Some("#ff0000"));
}

#[test]
fn palette_joins_colours_that_look_the_same() {
    let derived = measured(64, 8, |x, _| [100 + byte(x % 3), 100, 100, 255]);
    assert_eq!(derived.palette.len(), 1);
}

#[test]
fn entropy_counts_bits() {
    let levels = measured(256, 4, |x, _| [byte(x), byte(x), byte(x), 255]);
    assert_eq!(levels.entropy, Some(8.0));
    let two = measured(4, 4, |x, _| {
        if x < 2 {
            [0, 0, 0, 255]
        } else {
            [255, 255, 255, 255]
        }
    });
    assert_eq!(two.entropy, Some(1.0));
}

#[test]
fn sharpness_is_the_variance_of_the_laplacian() {
    // A bright point on black: -400 at the point, 100 at each of its four neighbours, 25 inner pixels.
    let point = measured(7, 7, |x, y| {
        if (x, y) == (3, 3) {
            [100, 100, 100, 255]
        } else {
            [0, 0, 0, 255]
        }
    });
    assert_eq!(point.sharpness, Some((160_000.0 + 4.0 * 10_000.0) / 25.0));
    assert_eq!(measured(2, 2, |_, _| [0; 4]).sharpness, None);
}

#[test]
fn perceptual_hash_survives_scaling_and_tells_pictures_apart() {
    let scene = |size: u32, turned: bool| {
        let derived = measured(size, size, |x, y| {
            let (x, y) = if turned { (y, x) } else { (x, y) };
            let waves = f64::from(3 * x + y) / f64::from(2 * size);
            let level = grey(0.5 + 0.5 * (waves * std::f64::consts::TAU).cos());
            [level, level, level, 255]
        });
        u64::from_str_radix(&derived.perceptual_hash.expect("a hash"), 16).expect("16 digits")
    };
    assert!((scene(256, false) ^ scene(90, false)).count_ones() <= 4);
    assert!((scene(256, false) ^ scene(256, true)).count_ones() > 16);
    let rising = measured(9, 8, |x, _| [byte(x * 20), byte(x * 20), byte(x * 20), 255]);
    assert_eq!(rising.perceptual_hash.as_deref(), Some("ffffffffffffffff"));
}

/// A scene of a few waves, of which only the part between two points is visible.
fn scene(size: u32, (left, top): (f64, f64), (right, bottom): (f64, f64)) -> Derived {
    measured(size, size, |x, y| {
        let at = |pixel: u32, from: f64, to: f64| {
            from + (to - from) * f64::from(pixel) / f64::from(size)
        };
        let (x, y) = (at(x, left, right), at(y, top, bottom));
        let waves = [(3.0, 1.0), (1.0, 4.5), (6.2, -3.1), (9.7, 5.3), (-2.0, 8.1)];
        let sum: f64 = waves
            .map(|(a, b)| (a * x + b * y).mul_add(std::f64::consts::TAU, a).sin())
            .iter()
            .sum();
        let level = grey(0.5 + 0.1 * sum);
        [level, level, level, 255]
    })
}

fn is_found(one: &Derived, other: &Derived) -> bool {
    let core: Likeness = other
        .likeness
        .as_deref()
        .expect("a likeness")
        .parse()
        .expect("32 digits");
    let own: Likeness = one
        .likeness
        .as_deref()
        .expect("a likeness")
        .parse()
        .expect("32 digits");
    let mut sought = Likeness::several(one.likeness_crops.as_deref().expect("crops"));
    sought.push(own);
    sought.iter().any(|sought| sought.distance(core) <= 16)
}

#[test]
fn a_crop_and_its_original_find_each_other() {
    let original = scene(256, (0.0, 0.0), (1.0, 1.0));
    for (from, to) in [
        ((0.0, 0.0), (1.0, 1.0)),
        ((0.05, 0.0), (1.0, 1.0)),
        ((0.0, 0.0), (0.95, 0.95)),
        ((0.025, 0.025), (0.975, 0.975)),
    ] {
        let copy = scene(190, from, to);
        assert!(is_found(&original, &copy), "{from:?} {to:?}");
        assert!(is_found(&copy, &original), "{from:?} {to:?}");
    }
    let other = scene(256, (0.3, 0.0), (1.3, 1.0));
    assert!(!is_found(&original, &other) && !is_found(&other, &original));
}

#[test]
fn the_bands_are_the_beginning_of_the_likeness() {
    let derived = scene(256, (0.0, 0.0), (1.0, 1.0));
    let bands = [
        derived.likeness_band1,
        derived.likeness_band2,
        derived.likeness_band3,
        derived.likeness_band4,
    ];
    let bands: String = bands.map(Option::unwrap).concat();
    assert!(derived.likeness.unwrap().starts_with(&bands));
}

#[test]
fn what_is_plain_has_no_likeness() {
    let plain = measured(256, 256, |x, _| [byte(100 + x / 64), 100, 100, 255]);
    assert_eq!(
        (plain.likeness, plain.likeness_band1, plain.likeness_crops),
        (None, None, None)
    );
}

#[test]
fn histogram_has_64_bins_of_each_colour() {
    let derived = measured(4, 1, |x, _| [255, 0, if x == 0 { 128 } else { 4 }, 255]);
    let bins = BASE64_STANDARD
        .decode(derived.histogram.expect("a histogram"))
        .expect("base64");
    assert_eq!(bins.len(), 192);
    let filled: Vec<_> = bins
        .iter()
        .enumerate()
        .filter(|(_, bin)| **bin > 0)
        .map(|(at, bin)| (at, *bin))
        .collect();
    assert_eq!(
        filled,
        [(63, 255), (64, 255), (128 + 1, 192), (128 + 32, 64)]
    );
}

#[test]
fn thumbhash_is_that_of_the_reference() {
    let derived = measured(60, 30, |x, y| [byte(x * 2), byte(y * 4), 128, 255]);
    let pixels = picture(60, 30, |x, y| [byte(x * 2), byte(y * 4), 128, 255]);
    let reference = thumbhash::rgba_to_thumb_hash(60, 30, &pixels);
    assert_eq!(derived.thumbhash, Some(BASE64_STANDARD.encode(reference)));
    let large = measured(200, 100, |x, y| [byte(x), byte(y * 2), 128, 255])
        .thumbhash
        .expect("a hash");
    let decoded = BASE64_STANDARD.decode(large).expect("base64");
    let [red, green, blue, alpha] = {
        let (red, green, blue, alpha) =
            thumbhash::thumb_hash_to_average_rgba(&decoded).expect("a hash");
        [red, green, blue, alpha]
    };
    for (measured, expected) in [(red, 0.39), (green, 0.39), (blue, 0.5), (alpha, 1.0)] {
        assert!(
            (measured - expected).abs() < 0.05,
            "{measured} is not about {expected}"
        );
    }
}

#[test]
fn nothing_visible_has_no_colours() {
    let derived = measured(10, 10, |_, _| [255, 0, 0, 0]);
    assert_eq!(
        (
            derived.average_colour,
            derived.dominant_colour,
            derived.histogram
        ),
        (None, None, None)
    );
    assert!(derived.palette.is_empty());
    assert_eq!(derived.entropy, Some(0.0));
    assert!(derived.thumbhash.is_some());
}

#[test]
fn pixels_that_are_missing_are_not_described() {
    assert_eq!(describe(&[0; 15], 2, 2), Derived::default());
    assert_eq!(describe(&[], 0, 0), Derived::default());
    assert_eq!(describe(&[0; 4], u32::MAX, u32::MAX), Derived::default());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_picture_has_a_description_within_its_limits(
        (width, height, rgba) in (1_u32..40, 1_u32..40).prop_flat_map(|(width, height)| {
            let length = usize::try_from(width * height * 4).expect("a small picture");
            (Just(width), Just(height), proptest::collection::vec(any::<u8>(), length))
        })
    ) {
        let derived = describe(&rgba, width, height);
        prop_assert_eq!(&derived, &describe(&rgba, width, height));
        prop_assert!(derived.palette.len() <= 6);
        let shares: f64 = derived.palette.iter().map(|swatch| swatch.share).sum();
        prop_assert!(derived.palette.is_empty() || (shares - 1.0).abs() < 0.001);
        prop_assert!(derived.palette.is_sorted_by(|a, b| a.share >= b.share));
        prop_assert!(derived.entropy.is_some_and(|bits| (0.0..=8.0).contains(&bits)));
        prop_assert!(derived.sharpness.is_none_or(|variance| variance >= 0.0));
    }
}
