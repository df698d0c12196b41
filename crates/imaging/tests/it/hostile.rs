//! Files made to be slow or to cause many warnings, smaller than those of the example `hostile`.

#[path = "../../examples/hostile/case.rs"]
#[expect(dead_code, reason = "the example uses more of it")]
mod case;
#[path = "../../examples/hostile/files.rs"]
mod files;

use std::time::Duration;

use imaging::{Limits, MAX_WARNINGS, Preset, RefusalCode, RenderOptions, inspect, render};

use crate::support::{Pixels, preset, try_render_with};
use case::{Bounds, measure, names};
use files::KINDS;

/// Bytes of each file.
const SIZE: usize = 100_000;

#[test]
fn hostile_files_are_answered_soon_and_in_few_words() {
    let bounds = Bounds::default();
    for kind in &KINDS {
        let measured = measure(&(kind.make)(SIZE));
        let complaints = measured.complaints(&bounds);
        // Memory is measured for the whole process, which also does other work, so its limits are tested elsewhere.
        let complaints: Vec<_> = complaints
            .iter()
            .filter(|text| !text.contains("KiB"))
            .collect();
        assert!(complaints.is_empty(), "{}: {complaints:?}", kind.name);
    }
    assert!(names().count() > KINDS.len());
}

#[test]
fn what_is_odd_a_thousand_times_is_told_once() {
    let kind = KINDS
        .iter()
        .find(|kind| kind.name.contains("empty profiles"));
    let file = (kind.unwrap().make)(SIZE);
    let inspection = inspect(&file, &Limits::default()).unwrap();
    assert!(inspection.warnings.len() < MAX_WARNINGS);
    let messages: Vec<_> = inspection
        .warnings
        .iter()
        .map(|warning| &warning.message)
        .collect();
    let mut distinct = messages.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), messages.len());
}

#[test]
fn an_original_that_takes_too_long_is_refused() {
    let limits = Limits {
        max_cpu: Duration::from_millis(2),
        ..Limits::default()
    };
    let presets = preset("format = \"webp\"\neffort = 6");
    let presets: Vec<&Preset> = presets.iter().collect();
    for original in [
        Pixels::photo(700, 500).to_png(),
        Pixels::photo(700, 500).to_jpeg(),
    ] {
        let inspection = inspect(&original, &limits).unwrap();
        for threads in [1, 3] {
            let options = RenderOptions {
                threads,
                ..RenderOptions::default()
            };
            let refusal = render(&original, &inspection, &presets, &options).unwrap_err();
            assert_eq!(refusal.code, RefusalCode::TooCostly, "{refusal}");
        }
    }
}

#[test]
fn an_animation_is_stopped_between_frames() {
    let kind = KINDS.iter().find(|kind| kind.name.starts_with("apng"));
    let file = (kind.unwrap().make)(SIZE);
    let limits = Limits {
        max_cpu: Duration::from_millis(50),
        ..Limits::default()
    };
    let presets = preset("format = \"webp\"\nframes = \"all\"\neffort = 6");
    let presets: Vec<&Preset> = presets.iter().collect();
    let inspection = inspect(&file, &limits).unwrap();
    let refusal = render(&file, &inspection, &presets, &RenderOptions::default()).unwrap_err();
    assert_eq!(refusal.code, RefusalCode::TooCostly, "{refusal}");
}

#[test]
fn the_default_budget_is_ample() {
    let rendered = try_render_with(
        &Pixels::photo(300, 200).to_jpeg(),
        &preset("format = \"webp\"\neffort = 6"),
        &RenderOptions::default(),
    );
    assert!(rendered.is_ok());
}
