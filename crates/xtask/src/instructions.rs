//! `./dev instructions`: counts the processor instructions of each step and compares them with
//! bench/instructions.tsv.
//!
//! Callgrind counts them, so the numbers do not depend on what else the machine does. They depend
//! on the compiler, which rust-toolchain.toml pins, so the steps run no C code.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, ExitCode},
};

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::{self, Profile};

/// The steps of `darkroom-instructions`.
const STEPS: [&str; 8] = [
    "header",
    "jpeg-to-jpeg",
    "jpeg-to-webp",
    "jpeg-to-thumbnail",
    "png-to-webp",
    "message-in",
    "outputs-out",
    "event",
];

/// By which fraction a step may exceed the stored count.
const TOLERANCE: f64 = 0.02;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Store the counts as the ones to compare with
    #[arg(long)]
    update: bool,
}

/// Counts every step. Fails if one takes over 2 % more than the stored count.
pub(crate) fn instructions(options: &Options) -> Result<ExitCode> {
    workspace::build(Profile::Release, &[("bench", "darkroom-instructions")])?;
    let path = workspace::root().join("bench/instructions.tsv");
    let kept = read(&path)?;
    println!("| step | instructions | stored | change |");
    println!("|---|---:|---:|---:|");
    let (mut counts, mut over) = (BTreeMap::new(), Vec::new());
    for step in STEPS {
        let count = collect(step, 2)?.saturating_sub(collect(step, 1)?);
        let before = kept.get(step).copied();
        let change = before.map(|before| count as f64 / before as f64 - 1.0);
        println!(
            "| {step} | {count} | {} | {} |",
            before.map_or_else(|| "-".to_owned(), |before| before.to_string()),
            change.map_or_else(
                || "new".to_owned(),
                |change| format!("{:+.2} %", 100.0 * change)
            ),
        );
        if change.is_none_or(|change| change > TOLERANCE) {
            over.push(step);
        }
        counts.insert(step.to_owned(), count);
    }
    if options.update {
        let lines: Vec<_> = counts
            .iter()
            .map(|(step, count)| format!("{step}\t{count}\n"))
            .collect();
        fs::write(path, lines.concat())?;
        return Ok(ExitCode::SUCCESS);
    }
    ensure!(
        over.is_empty(),
        "over the stored counts: {}. If that is worth it, store the new counts with --update",
        over.join(", ")
    );
    Ok(ExitCode::SUCCESS)
}

/// The instructions of a whole process that does a step `times` times.
fn collect(step: &str, times: u32) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(workspace::binary(Profile::Release, "darkroom-instructions"))
        .args([step, &times.to_string()])
        .output()
        .context("valgrind is missing: install the package of this name, then try again")?;
    let told = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{step} failed: {told}");
    }
    collected(&told).with_context(|| format!("callgrind does not print a count: {told}"))
}

/// Parses Callgrind's line `==1234== Collected : 5678`.
fn collected(told: &str) -> Option<u64> {
    let line = told.lines().find(|line| line.contains("Collected :"))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Reads a line for each step: its name and its count. There are none before the first run.
fn read(path: &Path) -> Result<BTreeMap<String, u64>> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let text = fs::read_to_string(path)?;
    let parse = |line: &str| {
        let (step, count) = line.split_once('\t')?;
        Some((step.to_owned(), count.parse().ok()?))
    };
    text.lines()
        .map(|line| parse(line).with_context(|| format!("{}: {line}", path.display())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callgrinds_count_is_read() {
        let told = "==7== Events    : Ir\n==7== Collected : 12345678\n==7==\n";
        assert_eq!(collected(told), Some(12_345_678));
        assert_eq!(collected("valgrind: no such file"), None);
    }

    #[test]
    fn every_step_has_its_number() {
        let kept = read(&workspace::root().join("bench/instructions.tsv")).unwrap();
        let steps: Vec<_> = kept.keys().map(String::as_str).collect();
        let mut expected = STEPS.to_vec();
        expected.sort_unstable();
        assert_eq!(steps, expected);
    }
}
