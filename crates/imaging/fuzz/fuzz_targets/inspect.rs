//! Reading a header must neither panic nor hang, and must keep the limits.

#![no_main]

use imaging::{Limits, inspect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|original: &[u8]| {
    let limits = Limits { accept_heic: true, ..Limits::default() };
    if let Ok(inspection) = inspect(original, &limits) {
        assert!(inspection.width > 0 && inspection.height > 0);
        assert!(inspection.width.max(inspection.height) <= limits.max_side);
        let pixels = u64::from(inspection.width) * u64::from(inspection.height);
        assert!(pixels <= limits.max_pixels);
        assert!(pixels * u64::from(inspection.frames) <= limits.max_total_pixels);
    }
});
