//! Each block of metadata: whatever it holds, what goes into the record is bounded.

#![no_main]

use libfuzzer_sys::fuzz_target;
use metadata::embedded::{Blocks, MAX_RECORDED_BYTES, describe};

fuzz_target!(|input: (u8, &[u8])| {
    let (kind, block) = input;
    let mut blocks = Blocks::default();
    match kind % 4 {
        0 => blocks.exif = Some(block),
        1 => blocks.xmp = Some(block),
        2 => blocks.iptc = Some(block),
        _ => blocks.icc = Some(block),
    }
    let embedded = describe(&blocks);
    let recorded = [
        serde_json::to_vec(&embedded.exif),
        serde_json::to_vec(&embedded.gps),
        serde_json::to_vec(&embedded.descriptive),
        serde_json::to_vec(&embedded.icc_profile),
        serde_json::to_vec(&embedded.warnings),
    ];
    let bytes: usize = recorded.into_iter().map(|json| json.expect("it can be written").len()).sum();
    assert!(bytes <= MAX_RECORDED_BYTES);
});
