//! Whatever a block of metadata contains, the size of what goes into the record is bounded.

#![no_main]

use libfuzzer_sys::fuzz_target;
use metadata::embedded::{Blocks, MAX_RECORDED_BYTES, describe};

fuzz_target!(|input: (u8, &[u8])| {
    let (kind, block) = input;
    let mut blocks = Blocks::default();
    match kind % 6 {
        0 => blocks.exif = Some(block),
        1 => blocks.xmp = Some(block),
        2 => blocks.iptc = Some(block),
        3 => blocks.icc = Some(block),
        4 => blocks.c2pa = Some(block),
        _ => {
            blocks.xmp = Some(b"<a/>");
            blocks.extended_xmp = Some(block);
        }
    }
    let embedded = describe(&blocks);
    let recorded = [
        serde_json::to_vec(&embedded.exif),
        serde_json::to_vec(&embedded.gps),
        serde_json::to_vec(&embedded.descriptive),
        serde_json::to_vec(&embedded.provenance),
        serde_json::to_vec(&embedded.icc_profile),
        serde_json::to_vec(&embedded.warnings),
    ];
    if let Some(gps) = &embedded.gps {
        assert_eq!(gps.latitude.is_some(), gps.longitude.is_some());
        assert_eq!(gps.latitude.is_some(), gps.point.is_some());
    }
    let bytes: usize = recorded.into_iter().map(|json| json.expect("it can be written").len()).sum();
    assert!(bytes <= MAX_RECORDED_BYTES);
});
