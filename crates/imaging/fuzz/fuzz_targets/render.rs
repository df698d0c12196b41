//! Rendering must neither panic nor hang with any bytes, and what it renders must be readable.

#![no_main]

use std::sync::LazyLock;
use std::time::Duration;

use imaging::{Limits, Preset, Presets, RenderOptions, estimate_memory, inspect, render};
use libfuzzer_sys::fuzz_target;

static PRESETS: LazyLock<Presets> = LazyLock::new(|| {
    Presets::parse(
        r#"
        [presets.thumb]
        width = 25
        height = 20
        fit = "cover"
        focus = "attention"
        format = "webp"
        frames = "all"
        metadata = "keep"
        [presets.small]
        width = 64
        format = "png"
        sharpen = 0.5
        metadata = "copyright"
        [presets.large]
        width = 100
        height = 90
        format = "jpeg"
        metadata = "keep"
        "#,
    )
    .expect("the presets are valid")
});

/// Small enough that a run takes milliseconds.
const LIMITS: Limits = Limits {
    max_bytes: 1 << 20,
    max_pixels: 1 << 18,
    max_side: 2048,
    max_frames: 8,
    max_total_pixels: 1 << 20,
    max_cpu: Duration::from_secs(5),
    accept_heic: true,
};

fuzz_target!(|original: &[u8]| {
    let Ok(inspection) = inspect(original, &LIMITS) else { return };
    let presets: Vec<&Preset> = PRESETS.iter().collect();
    assert!(estimate_memory(&inspection, &presets) > 0);
    for accept_damaged in [false, true] {
        let options = RenderOptions { threads: 1, accept_damaged, ..RenderOptions::default() };
        let Ok(rendered) = render(original, &inspection, &presets, &options) else { continue };
        assert_eq!(rendered.renditions.len(), presets.len());
        for rendition in &rendered.renditions {
            let again = inspect(&rendition.bytes, &Limits::default()).expect("a rendition is readable");
            assert_eq!((again.width, again.height), (rendition.width, rendition.height));
        }
    }
    // Only JPEG, so that its planes are not converted.
    let planar = [presets[2]];
    let _ = render(original, &inspection, &planar, &RenderOptions::default());
});
