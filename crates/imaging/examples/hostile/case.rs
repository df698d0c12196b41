//! Makes, inspects, renders and measures one file.

use std::time::Duration;
use std::{fs, iter};

use imaging::{Limits, Preset, Presets, RenderOptions, Warning, estimate_memory, inspect, render};

use super::files::{KINDS, damaged};

/// The default presets, and one that keeps everything of an original.
const PRESETS: &str = r#"
[presets.thumb]
width = 250
height = 250
fit = "cover"
format = "webp"
[presets.medium]
width = 1280
height = 1280
format = "webp"
metadata = "keep"
[presets.large]
width = 1920
height = 1920
format = "jpeg"
"#;

/// How many damaged files are made of each small one.
const SEEDS: u64 = 4;

/// Formats of the small files that are damaged.
const SMALL: [&str; 4] = ["jpeg", "png", "webp", "avif"];

/// The largest cost that is allowed for a file.
pub(crate) struct Bounds {
    pub(crate) cpu: Duration,
    /// The additional cost for each pixel of a picture that is within the limits and has to be
    /// decoded.
    pub(crate) cpu_of_pixel: Duration,
    /// The number of characters of all warnings together.
    pub(crate) warnings: usize,
    /// How many KiB inspecting may use besides the file.
    pub(crate) inspecting: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self {
            cpu: Duration::from_secs(2),
            cpu_of_pixel: Duration::from_nanos(20),
            warnings: 2 * imaging::MAX_WARNINGS * 300,
            inspecting: 32 << 10,
        }
    }
}

/// The measured cost of a file.
pub(crate) struct Measured {
    outcome: String,
    cpu: Duration,
    pixels: u32,
    peak: u64,
    /// The same until the header was read, if it was read.
    inspecting: u64,
    /// In KiB. Nothing if the file was refused because of its header.
    estimate: Option<u64>,
    warnings: usize,
}

/// The names of all files.
pub(crate) fn names() -> impl Iterator<Item = String> {
    let kinds = KINDS.iter().map(|kind| kind.name.to_owned());
    kinds.chain(
        SMALL.iter().flat_map(|format| {
            (0..SEEDS).map(move |seed| format!("{format}: damaged, seed {seed}"))
        }),
    )
}

/// Makes the file with this name. `size` is roughly its number of bytes, if its kind uses that.
pub(crate) fn make(name: &str, size: usize) -> Vec<u8> {
    if let Some(kind) = KINDS.iter().find(|kind| kind.name == name) {
        return (kind.make)(size);
    }
    let (format, seed) = name.split_once(": damaged, seed ").unwrap_or(("png", "0"));
    damaged(small(format), seed.parse().unwrap_or_default())
}

/// A valid file of some kilobytes, written by the crate itself.
fn small(format: &str) -> Vec<u8> {
    let side = 64;
    let mut bitmap = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bitmap.extend(u32::to_le_bytes(side));
    bitmap.extend(u32::to_le_bytes(side));
    bitmap.extend([1, 0, 24, 0]);
    bitmap.extend([0; 24]);
    let pixels = side * side * 3;
    bitmap.extend((0..pixels).map(|index| (index * 7 % 251).to_le_bytes()[0]));
    let presets = Presets::parse(&format!(
        "[presets.small]\nformat = \"{format}\"\neffort = 0"
    ))
    .expect("a preset");
    let presets: Vec<&Preset> = presets.iter().collect();
    let inspection = inspect(&bitmap, &Limits::default()).expect("a bitmap");
    render(&bitmap, &inspection, &presets, &RenderOptions::default())
        .expect("a rendition")
        .renditions
        .remove(0)
        .bytes
}

/// Inspects and renders a file, and measures it.
pub(crate) fn measure(original: &[u8]) -> Measured {
    let presets = Presets::parse(PRESETS).expect("the presets are valid");
    let presets: Vec<&Preset> = presets.iter().collect();
    let memory = Peak::begin();
    let begun = processor_time();
    let mut measured = Measured {
        outcome: "rendered".to_owned(),
        cpu: Duration::ZERO,
        pixels: 0,
        peak: 0,
        inspecting: 0,
        estimate: None,
        warnings: 0,
    };
    match inspect(original, &Limits::default()) {
        Err(refusal) => measured.outcome = refusal.code.to_string(),
        Ok(inspection) => {
            measured.estimate = Some(estimate_memory(&inspection, &presets) >> 10);
            measured.pixels = inspection.width.saturating_mul(inspection.height);
            measured.inspecting = memory.kib();
            Peak::forget();
            measured.warnings += characters(&inspection.warnings);
            // Damaged pixels are accepted, because that takes longer.
            let options = RenderOptions {
                accept_damaged: true,
                ..RenderOptions::default()
            };
            match render(original, &inspection, &presets, &options) {
                Ok(rendered) => measured.warnings += characters(&rendered.warnings),
                Err(refusal) => measured.outcome = refusal.code.to_string(),
            }
        }
    }
    measured.cpu = processor_time().saturating_sub(begun);
    measured.peak = memory.kib();
    measured
}

fn characters(warnings: &[Warning]) -> usize {
    warnings
        .iter()
        .map(|warning| warning.message.chars().count())
        .sum()
}

impl Measured {
    /// Returns the costs that exceed their limits.
    pub(crate) fn complaints(&self, bounds: &Bounds) -> Vec<String> {
        let cpu = bounds.cpu + bounds.cpu_of_pixel * self.pixels;
        let slow = (self.cpu > cpu).then(|| format!("it took {:?}", self.cpu));
        let most = self.estimate.unwrap_or(bounds.inspecting);
        let large = (self.peak > most).then(|| format!("it used {} KiB", self.peak));
        let early = (self.inspecting > bounds.inspecting)
            .then(|| format!("reading the header used {} KiB", self.inspecting));
        let wordy =
            (self.warnings > bounds.warnings).then(|| format!("{} characters", self.warnings));
        [slow, large, early, wordy].into_iter().flatten().collect()
    }

    pub(crate) fn to_row(&self) -> String {
        let estimate = self
            .estimate
            .map_or_else(|| "-".to_owned(), |kib| kib.to_string());
        format!(
            "| {} | {} | {} | {estimate} | {} |",
            self.outcome,
            self.cpu.as_millis(),
            self.peak,
            self.warnings
        )
    }

    /// The form in which a process reports to the one that started it.
    pub(crate) fn to_line(&self) -> String {
        let estimate = self
            .estimate
            .map_or_else(|| "-".to_owned(), |kib| kib.to_string());
        format!(
            "{} {} {} {} {} {estimate} {}",
            self.outcome,
            self.cpu.as_micros(),
            self.pixels,
            self.peak,
            self.inspecting,
            self.warnings
        )
    }

    pub(crate) fn from_line(line: &str) -> Option<Self> {
        let mut words = line.split(' ');
        Some(Self {
            outcome: words.next()?.to_owned(),
            cpu: Duration::from_micros(words.next()?.parse().ok()?),
            pixels: words.next()?.parse().ok()?,
            peak: words.next()?.parse().ok()?,
            inspecting: words.next()?.parse().ok()?,
            estimate: words.next()?.parse().ok(),
            warnings: words.next()?.parse().ok()?,
        })
    }
}

/// The peak of resident memory from a moment on, beyond what was resident at that moment.
pub(crate) struct Peak {
    before: u64,
}

impl Peak {
    pub(crate) fn begin() -> Self {
        Self::forget();
        Self {
            before: status("VmRSS:"),
        }
    }

    /// Resets the kernel's record of the peak (proc(5), clear_refs).
    pub(crate) fn forget() {
        let _ = fs::write("/proc/self/clear_refs", "5");
    }

    pub(crate) fn kib(&self) -> u64 {
        status("VmHWM:").saturating_sub(self.before)
    }
}

fn status(key: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok())
        .unwrap_or_default()
}

/// Processor time of all threads of the process.
fn processor_time() -> Duration {
    let tasks = fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let times = tasks.filter_map(|task| {
        let stat = fs::read_to_string(task.path().join("schedstat")).ok()?;
        stat.split_whitespace().next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(times.chain(iter::once(0)).sum())
}
