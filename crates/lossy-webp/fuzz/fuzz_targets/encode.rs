//! Decoders must decode any picture exactly as the encoder states, bit for bit.

#![no_main]

#[path = "../../tests/peer/mod.rs"]
mod peer;

use libfuzzer_sys::fuzz_target;
use lossy_webp::{Encoder, Plane, Planes};

fuzz_target!(|bytes: &[u8]| {
    let [quality, filter, width, height, samples @ ..] = bytes else { return };
    let (width, height) = (usize::from(*width) + 1, usize::from(*height) + 1);
    let half = (width.div_ceil(2), height.div_ceil(2));
    if samples.is_empty() {
        return;
    }
    // If there are too few samples, they are repeated.
    let mut samples = samples.iter().copied().cycle();
    let mut plane = |length: usize| samples.by_ref().take(length).collect::<Vec<u8>>();
    let planes = [plane(width * height), plane(half.0 * half.1), plane(half.0 * half.1)];
    let view = |which: usize, stride| Plane { samples: &planes[which], stride };
    let picture = Planes {
        width: width as u32,
        height: height as u32,
        luma: view(0, width),
        chroma: [view(1, half.0), view(2, half.0)],
    };
    let mut encoder = Encoder { quality: f32::from(*quality) / 2.0, filter_strength: 0 };
    let (file, shown) = encoder.encode_and_show(&picture).expect("the picture is encoded");
    let [blue, red] = shown.chroma;
    let shown = [shown.luma, blue, red];
    assert!(peer::decode(&file) == shown);
    assert!(peer::decode_by_image_webp(&file) == peer::to_rgb(&shown, width));

    encoder.filter_strength = *filter;
    let file = encoder.encode(&picture).expect("the picture is encoded");
    assert!(peer::decode_by_image_webp(&file) == peer::to_rgb(&peer::decode(&file), width));
});
