//! Fuzzes the structure of each format behind its first bytes, so that no time is lost with finding
//! these.

#![no_main]

use imaging::{Limits, MAX_WARNINGS, inspect};
use libfuzzer_sys::fuzz_target;

/// The beginnings of files, with the part of the header that readers need first.
const STARTS: [&[u8]; 17] = [
    b"II*\0\x08\0\0\0",
    b"MM\0*\0\0\0\x08",
    b"MM\0+\0\x08\0\0\0\0\0\0\0\0\0\x10",
    b"\0\0\0\x14ftypavif\0\0\0\0avif",
    b"\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\0\x08\0\0\0\x08\x08\x02\0\0\0\0\0\0\0",
    b"\xFF\xD8\xFF",
    b"GIF89a\x08\0\x08\0\0\0\0",
    b"RIFF\0\x10\0\0WEBPVP8X\x0A\0\0\0\x2C\0\0\0\x07\0\0\x07\0\0",
    b"\0\0\x01\0",
    b"\0\0\0\x14ftypheic\0\0\0\0heic",
    b"\xFF\x0A",
    b"\0\0\0\x0CJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl ",
    b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom",
    b"FUJIFILMCCD-RAW 0201",
    b"IIRO\x08\0\0\0",
    b"IIU\0\x08\0\0\0",
    b"II*\0\x10\0\0\0CR\x02\0\0\0\0\0",
];

fuzz_target!(|input: (u8, &[u8])| {
    let (start, rest) = input;
    let start = STARTS[usize::from(start) % STARTS.len()];
    let original = [start, rest].concat();
    let limits = Limits { accept_heic: true, ..Limits::default() };
    if let Ok(inspection) = inspect(&original, &limits) {
        assert!(inspection.warnings.len() <= MAX_WARNINGS);
        assert!(inspection.width > 0 && inspection.height > 0);
    }
});
