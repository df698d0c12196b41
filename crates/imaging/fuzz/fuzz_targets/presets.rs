//! Any text gives either presets or an error with its line.

#![no_main]

use imaging::Presets;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match Presets::parse(text) {
        Ok(presets) => assert!(presets.iter().len() > 0),
        Err(error) => assert!(error.line >= 1 && error.line <= text.lines().count() + 1),
    }
});
