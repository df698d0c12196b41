//! Compares the estimate of memory with what a process really uses, in both directions.
//!
//! Each original is rendered in a separate process, which is this binary started again. The kernel measures its
//! resident memory, because much is allocated by C libraries, which Rust's allocator does not see. Pages that an
//! allocation never touches are not counted, because they need no space on the machine.
#![cfg(target_os = "linux")]
#![expect(
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests fail if a result is not as expected, and report to the process that started \
              them"
)]

#[path = "../examples/hostile/case.rs"]
#[expect(dead_code, reason = "the example uses more of it")]
mod case;
#[path = "../examples/hostile/files.rs"]
mod files;
#[path = "memory/jpegs.rs"]
mod jpegs;
#[path = "memory/originals.rs"]
mod originals;
#[path = "memory/pngs.rs"]
mod pngs;
#[path = "memory/tiffs.rs"]
mod tiffs;

use std::env;
use std::io::{self, Read as _, Write as _};
use std::process::{Command, Stdio};

use imaging::{Limits, Preset, Presets, RenderOptions, estimate_memory, inspect, render};

use case::Peak;
use originals::make;

/// The estimate may be this factor of the memory used, plus this amount.
const GENEROUS: u64 = 6;
const SPARE_KIB: u64 = 6 << 10;

const SMALL: &str = "width = 640\nformat = \"webp\"";

/// Originals, and the renditions that are made of them.
const CASES: [(&str, &str); 46] = [
    ("jpeg 4:2:0", SMALL),
    ("jpeg 4:2:0", "format = \"jpeg\""),
    ("jpeg 4:2:0", "format = \"jpeg\"\neffort = 0"),
    ("jpeg 4:2:0", "format = \"png\""),
    ("jpeg 4:2:0", "format = \"webp\""),
    ("jpeg 4:2:0", "width = 500\nformat = \"avif\"\neffort = 0"),
    ("jpeg 4:4:4", "format = \"jpeg\""),
    ("jpeg 4:4:4", "format = \"png\""),
    ("jpeg 4:4:4 progressive", SMALL),
    ("jpeg 4:2:0 progressive", SMALL),
    ("jpeg of one scan for each component", SMALL),
    ("jpeg of four inks", SMALL),
    ("png 8", SMALL),
    ("drawing", "format = \"auto\""),
    ("png 16 with alpha", "format = \"png\"\neffort = 0"),
    ("gif", SMALL),
    (
        "animated gif",
        "width = 600\nformat = \"webp\"\nframes = \"all\"",
    ),
    ("webp", "format = \"jpeg\""),
    ("lossless webp", SMALL),
    ("png interlaced", SMALL),
    ("tiff 8", SMALL),
    ("tiff 16", SMALL),
    ("tiff of a plane for each component", SMALL),
    ("tiff of tiles", SMALL),
    ("tiff of tiles in planes", SMALL),
    ("tiff of fax codes", SMALL),
    ("tiff of one JPEG", SMALL),
    ("tiff of one WebP", SMALL),
    ("tiff of one strip in Zstandard", SMALL),
    ("tiff of one strip in LZMA", SMALL),
    ("gif with a large profile", SMALL),
    ("jpeg without its end", SMALL),
    ("bmp", SMALL),
    ("bmp of OS/2", SMALL),
    ("avif", SMALL),
    ("png 8", "trim = 5\nwidth = 640\nformat = \"webp\""),
    ("jpeg 4:2:0", "trim = 5\nwidth = 640\nformat = \"webp\""),
    (
        "jpeg 4:2:0",
        "resize = \"linear\"\nwidth = 640\nformat = \"webp\"",
    ),
    (
        "png 16 with alpha",
        "resize = \"linear\"\nwidth = 1000\nformat = \"png\"\neffort = 0",
    ),
    ("jpeg 4:2:0", "rotate = 90\nformat = \"jpeg\""),
    ("jpeg 4:2:0", "blur = 2.0\nformat = \"jpeg\""),
    (
        "png 16 with alpha",
        "blur = 2.0\nformat = \"png\"\neffort = 0",
    ),
    (
        "jpeg 4:2:0",
        "width = 1800\nheight = 1800\nfit = \"pad\"\nformat = \"webp\"",
    ),
    (
        "jpeg 4:2:0",
        "format = \"jpeg\"\nwatermark = { file = \"drawing\", scale = 1.0 }",
    ),
    (
        "jpeg 4:2:0",
        "format = \"webp\"\nquality = 100\nmax_bytes = 1",
    ),
    (
        "jpeg with a gain map",
        "format = \"jpeg\"\nhdr = \"keep\"\nquality = 100",
    ),
];

/// Files that others made, of the formats that this build reads.
#[cfg(feature = "heic")]
const HEIC: &[(&str, &str)] = &[("heic", SMALL), ("heic with alpha", SMALL)];
#[cfg(not(feature = "heic"))]
const HEIC: &[(&str, &str)] = &[];
#[cfg(feature = "jxl")]
const JXL: &[(&str, &str)] = &[
    ("jxl", SMALL),
    ("jxl", "format = \"png\""),
    ("lossless jxl", SMALL),
];
#[cfg(not(feature = "jxl"))]
const JXL: &[(&str, &str)] = &[];

#[test]
fn what_is_held_is_at_most_the_estimate_and_not_a_small_part_of_it() {
    let mut complaints = Vec::new();
    for (original, keys) in CASES.iter().chain(HEIC).chain(JXL).copied() {
        let command = Command::new(env::current_exe().unwrap())
            .args(["--exact", "one_of_them", "--ignored", "--nocapture"])
            .env("MEMORY_KEYS", keys)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = command.unwrap();
        // It is made here, so that the memory for making it does not count for the other process.
        child
            .stdin
            .take()
            .unwrap()
            .write_all(&make(original))
            .unwrap();
        let output = child.wait_with_output().unwrap();
        let output = String::from_utf8_lossy(&output.stdout).into_owned();
        let numbers: Vec<u64> = output
            .lines()
            .find_map(|line| line.split_once("measured "))
            .map_or_else(
                || panic!("{original}: {output}"),
                |(_, numbers)| {
                    numbers
                        .split(' ')
                        .map(|number| number.parse().unwrap())
                        .collect()
                },
            );
        let (peak, estimate) = (numbers[0], numbers[1]);
        println!("{original}, {keys:?}: {peak} of {estimate} KiB");
        if peak > estimate || estimate > GENEROUS * peak + SPARE_KIB {
            complaints.push(format!("{original}, {keys:?}: {peak} of {estimate} KiB"));
        }
    }
    assert!(complaints.is_empty(), "{complaints:#?}");
}

/// What the processes do that this test starts.
#[test]
#[ignore = "it is one original of the other test"]
fn one_of_them() {
    let mut original = Vec::new();
    io::stdin().read_to_end(&mut original).unwrap();
    let toml = format!("[presets.a]\n{}", env::var("MEMORY_KEYS").unwrap());
    let presets = Presets::parse_with_files(&toml, |file| Ok(make(file)));
    let presets = presets.unwrap();
    let presets: Vec<&Preset> = presets.iter().collect();
    let peak = Peak::begin();
    let limits = Limits {
        accept_heic: true,
        ..Limits::default()
    };
    let inspection = inspect(&original, &limits).unwrap();
    let estimate = estimate_memory(&inspection, &presets) >> 10;
    let options = RenderOptions {
        accept_damaged: true,
        ..RenderOptions::default()
    };
    render(&original, &inspection, &presets, &options).unwrap();
    println!("measured {} {estimate}", peak.kib());
}
