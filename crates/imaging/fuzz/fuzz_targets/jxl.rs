//! Decoding JPEG XL must neither panic nor hang, whole or cut off.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use imaging::{Limits, Preset, Presets, RenderOptions, inspect, render};
use libfuzzer_sys::fuzz_target;

static PRESETS: LazyLock<Presets> = LazyLock::new(|| {
    Presets::parse("[presets.a]\nwidth = 32\nformat = \"png\"").expect("the preset is valid")
});

const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_pixels: 1 << 18,
    max_side: 2048,
    max_frames: 8,
    max_total_pixels: 1 << 20,
    max_cpu: Duration::from_secs(5),
    accept_heic: false,
};

fuzz_target!(|original: &[u8]| {
    let Ok(inspection) = inspect(original, &LIMITS) else { return };
    let presets: Vec<&Preset> = PRESETS.iter().collect();
    for accept_damaged in [false, true] {
        let options = RenderOptions { accept_damaged, ..RenderOptions::default() };
        if let Ok(rendered) = render(original, &inspection, &presets, &options) {
            assert_eq!(rendered.renditions.len(), 1);
        }
    }
});
