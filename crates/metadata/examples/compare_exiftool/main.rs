//! Compares what this crate reads with what `ExifTool` reads, file by file.
//!
//! `cargo run -p metadata --example compare_exiftool -- DIR` prints every disagreement about camera,
//! dates, position, what people wrote, and the colour profile's name, and exits with 1 if there is one.

#![expect(
    clippy::print_stdout,
    reason = "it is a program whose output is its purpose"
)]

mod comparison;
mod exiftool;

use std::{env, fs, path::PathBuf, process::ExitCode};

use anyhow::Context;
use metadata::embedded::{self, Blocks, Embedded};

use self::{comparison::compare, exiftool::Tags};

fn main() -> anyhow::Result<ExitCode> {
    let directory = env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .context("Name a directory of images.")?;
    let (mut files, mut facts, mut disagreements) = (0, 0, 0);
    for tags in exiftool::read(&directory)? {
        let Some(ours) = read(&tags)? else {
            continue;
        };
        files += 1;
        for comparison in compare(&ours, &tags) {
            facts += usize::from(!comparison.is_of_nothing());
            if !comparison.agrees() {
                disagreements += 1;
                println!("{}: {comparison}", tags.file_name());
            }
        }
        for warning in &ours.warnings {
            println!("{}: {}", tags.file_name(), warning.message);
        }
    }
    println!("{files} files, {facts} facts, {disagreements} disagreements");
    Ok(ExitCode::from(u8::from(disagreements > 0)))
}

/// What this crate reads in a file; nothing where it is no image that can be processed.
fn read(tags: &Tags) -> anyhow::Result<Option<Embedded>> {
    let path = tags.path();
    let bytes = fs::read(path).with_context(|| format!("{path} cannot be read"))?;
    match imaging::inspect(&bytes, &imaging::Limits::default()) {
        Ok(inspection) => Ok(Some(embedded::describe(&Blocks {
            exif: inspection.exif.as_deref(),
            xmp: inspection.xmp.as_deref(),
            iptc: inspection.iptc.as_deref(),
            icc: inspection.icc.as_deref(),
        }))),
        Err(refusal) => {
            println!("{}: not compared: {}", tags.file_name(), refusal.message);
            Ok(None)
        }
    }
}
