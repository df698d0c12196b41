//! Tests that every key of a preset is read, explained, and part of the version.

use std::collections::BTreeSet;

use super::{Presets, SHIPPED, pixel};

/// Each key with a value other than its default, and the format of a preset that can have it.
const KEYS: [(&str, &str, &str); 20] = [
    ("width", "99", "jpeg"),
    ("height", "99", "jpeg"),
    ("trim", "10", "jpeg"),
    ("rotate", "90", "jpeg"),
    ("flip", "\"horizontal\"", "jpeg"),
    ("fit", "\"cover\"", "jpeg"),
    ("resize", "\"linear\"", "jpeg"),
    ("focus", "\"attention\"", "jpeg"),
    ("format", "\"png\"", "jpeg"),
    ("quality", "79", "jpeg"),
    ("max_bytes", "10000", "jpeg"),
    ("effort", "1", "jpeg"),
    ("background", "\"#000000\"", "jpeg"),
    ("blur", "1.5", "jpeg"),
    ("sharpen", "0.5", "jpeg"),
    ("watermark", "{ file = \"a.png\" }", "jpeg"),
    ("frames", "\"all\"", "webp"),
    ("hdr", "\"keep\"", "jpeg"),
    ("metadata", "\"keep\"", "jpeg"),
    ("cache_control", "\"no-store\"", "jpeg"),
];

/// The version of a preset of `format` with an additional key, or with another value of a key that it has.
fn version(format: &str, key: &str, value: &str) -> String {
    let format = format!("\"{format}\"");
    let plain = [
        ("format", format.as_str()),
        ("width", "100"),
        ("height", "100"),
    ];
    let kept = plain.into_iter().filter(|&(name, _)| name != key);
    let lines: Vec<_> = kept
        .chain([(key, value)])
        .map(|(name, value)| format!("{name} = {value}"))
        .collect();
    let toml = format!("[presets.a]\n{}", lines.join("\n"));
    let presets = Presets::parse_with_files(&toml, |_| Ok(pixel()));
    presets
        .expect("valid presets")
        .get("a")
        .expect("the preset")
        .version()
}

#[test]
fn every_key_changes_the_version() {
    for (key, value, format) in KEYS {
        let plain = version(format, "width", "100");
        assert_ne!(version(format, key, value), plain, "{key}");
    }
}

/// Renditions that were made before an update of Darkroom would otherwise all be out of date after it.
#[test]
fn a_key_that_is_switched_off_is_no_part_of_the_version() {
    assert_eq!(version("png", "width", "10"), "d4261aee6480");
    assert_eq!(
        version("png", "frames", "\"first\""),
        version("png", "width", "100")
    );
}

#[test]
fn every_key_is_explained_in_the_presets_file() {
    // The parser names the keys that it knows.
    let mistake = Presets::parse("[presets.a]\nformat = \"png\"\nnonsense = 1");
    let message = mistake.expect_err("an unknown key").message;
    let known: BTreeSet<_> = message.split('`').skip(3).step_by(2).collect();
    let tested: BTreeSet<_> = KEYS.iter().map(|&(key, ..)| key).collect();
    assert_eq!(known, tested);
    // An explanation begins with its keys, and continues after a gap.
    let comment = SHIPPED.lines().take_while(|line| line.starts_with('#'));
    let explained: BTreeSet<_> = comment
        .filter_map(|line| line.strip_prefix("#   "))
        .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
        .filter_map(|line| line.split_once("  "))
        .flat_map(|(keys, _)| keys.split(", "))
        .collect();
    assert_eq!(known, explained);
}
