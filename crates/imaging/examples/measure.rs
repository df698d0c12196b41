//! Measures the core with real photos: the cost of rendering compared with only a full decode by libjpeg-turbo.
//!
//! `cargo run --release -p imaging --example measure -- PHOTO.jpg...`
//!
//! One line of a Markdown table for each photo, in milliseconds of CPU time of one thread, the best of several runs:
//! the bare decode, rendering to four JPEGs, rendering by the default presets, and the steps of the latter, and the
//! peak memory of rendering with the default presets in a separate process, without the file.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::{env, fs, process::Command};

use imaging::{Inspection, Limits, Preset, Presets, RenderOptions, Timings, inspect, render};

/// The four renditions with which libraries are compared: 1920, 1280 and 640 with `contain`, 200 with `cover`.
const JPEG_ONLY: &str = r#"
[presets.large]
width = 1920
height = 1920
format = "jpeg"
[presets.medium]
width = 1280
height = 1280
format = "jpeg"
[presets.small]
width = 640
height = 640
format = "jpeg"
[presets.thumb]
width = 200
height = 200
fit = "cover"
format = "jpeg"
"#;

const RUNS: usize = 9;

/// The argument of the processes that are started to measure memory.
const PEAK: &str = "--peak";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let defaults = Presets::parse(include_str!("../../../presets.toml"))?;
    if let [flag, path] = env::args().skip(1).collect::<Vec<_>>().as_slice()
        && flag == PEAK
    {
        return print_peak(path, &defaults);
    }
    let jpeg_only = Presets::parse(JPEG_ONLY)?;
    let baseline =
        Presets::parse(&JPEG_ONLY.replace("format = \"jpeg\"", "format = \"jpeg\"\neffort = 1"))?;
    println!(
        "| photo | bare decode | JPEG only | ratio | baseline JPEG | ratio | default presets | decode, colour, resize, encode | peak MiB |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    for path in env::args().skip(1) {
        let original = fs::read(&path)?;
        let inspection = inspect(&original, &Limits::default())?;
        let bare = cpu_ms(|| bare_decode(&original));
        let jpegs = cpu_ms(|| _ = run(&original, &inspection, &jpeg_only));
        let baselines = cpu_ms(|| _ = run(&original, &inspection, &baseline));
        let mut timings = Timings::default();
        let all = cpu_ms(|| timings = run(&original, &inspection, &defaults));
        println!(
            "| {path} {}×{} | {bare:.0} | {jpegs:.0} | {:.2} | {baselines:.0} | {:.2} | {all:.0} | {:.0}, {:.0}, {:.0}, {:.0} | {} |",
            inspection.width,
            inspection.height,
            jpegs / bare,
            baselines / bare,
            ms(timings.decode),
            ms(timings.colour),
            ms(timings.resize),
            ms(timings.encode),
            peak_mib(&path)?,
        );
    }
    Ok(())
}

fn run(original: &[u8], inspection: &Inspection<'_>, presets: &Presets) -> Timings {
    let presets: Vec<&Preset> = presets.iter().collect();
    match render(original, inspection, &presets, &RenderOptions::default()) {
        Ok(rendered) => rendered.timings,
        Err(refusal) => {
            println!("refused: {refusal}");
            Timings::default()
        }
    }
}

fn bare_decode(original: &[u8]) {
    let decoded = turbojpeg::decompress(original, turbojpeg::PixelFormat::RGB);
    assert!(decoded.is_ok(), "libjpeg-turbo decodes the photo");
}

fn ms(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The least CPU time of several runs. The kernel counts it, so other work on the machine hardly matters.
fn cpu_ms(mut work: impl FnMut()) -> f64 {
    let runs = (0..RUNS).map(|_| {
        let start = cpu_ns();
        work();
        cpu_ns() - start
    });
    runs.min().map_or(0.0, |ns| ns as f64 / 1e6)
}

fn cpu_ns() -> u64 {
    let stat = fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split_whitespace()
        .next()
        .and_then(|ns| ns.parse().ok())
        .unwrap_or_default()
}

/// The peak memory of rendering, in MiB, in a process that has done nothing else. An allocator keeps what earlier work
/// has freed, which would hide what later work needs.
fn peak_mib(path: &str) -> Result<u64, Box<dyn std::error::Error>> {
    let output = Command::new(env::current_exe()?)
        .args([PEAK, path])
        .output()?;
    let kib: u64 = String::from_utf8(output.stdout)?.trim().parse()?;
    Ok(kib >> 10)
}

fn print_peak(path: &str, presets: &Presets) -> Result<(), Box<dyn std::error::Error>> {
    let original = fs::read(path)?;
    let inspection = inspect(&original, &Limits::default())?;
    let before = resident_kib("VmRSS:");
    run(&original, &inspection, presets);
    println!("{}", resident_kib("VmHWM:").saturating_sub(before));
    Ok(())
}

fn resident_kib(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}
