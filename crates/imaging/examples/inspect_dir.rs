//! Prints the facts of every file of a directory, and whether its renditions can be made.
//!
//! `cargo run -p imaging --example inspect_dir -- DIRECTORY [RENDITIONS]`
//!
//! One line for each file, tab-separated: name, bytes, format, width and height as displayed, orientation, colour space,
//! bits a sample, alpha, ICC profile, frames, EXIF, then `ok`, or the code and the message of the refusal. With a second
//! directory, the renditions are written there.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use imaging::{Inspection, Presets, RenderOptions, estimate_memory, inspect, render};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let directory = arguments.next().ok_or("name a directory")?;
    let output = arguments.next();
    let presets = Presets::parse(include_str!("../../../presets.toml"))?;
    let mut files: Vec<_> = fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    for file in files.iter().filter(|file| file.is_file()) {
        let original = fs::read(file)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let inspection = match inspect(&original, presets.limits()) {
            Ok(inspection) => inspection,
            Err(refusal) => {
                println!("{name}\t{}\t-\t{}: {refusal}", original.len(), refusal.code);
                continue;
            }
        };
        println!(
            "{name}\t{}\t{}\t{}",
            original.len(),
            facts(&inspection),
            outcome(&original, &inspection, &presets, output.as_deref(), &name)?
        );
    }
    Ok(())
}

fn facts(inspection: &Inspection<'_>) -> String {
    let flag = |present: bool, name: &'static str| if present { name } else { "-" };
    [
        inspection.format.to_string(),
        inspection.width.to_string(),
        inspection.height.to_string(),
        inspection.orientation.exif().to_string(),
        inspection.colour_space.as_str().to_owned(),
        inspection.bit_depth.to_string(),
        flag(inspection.has_alpha, "alpha").to_owned(),
        flag(inspection.icc.is_some(), "icc").to_owned(),
        inspection.frames.to_string(),
        flag(inspection.exif.is_some(), "exif").to_owned(),
    ]
    .join("\t")
}

fn outcome(
    original: &[u8],
    inspection: &Inspection<'_>,
    presets: &Presets,
    output: Option<&Path>,
    name: &str,
) -> io::Result<String> {
    let chosen = presets.for_path(name);
    let rendered = match render(original, inspection, &chosen, &RenderOptions::default()) {
        Ok(rendered) => rendered,
        Err(refusal) => return Ok(format!("{}: {refusal}", refusal.code)),
    };
    if let Some(output) = output {
        for rendition in &rendered.renditions {
            let directory = output.join(name);
            fs::create_dir_all(&directory)?;
            fs::write(
                directory.join(format!(
                    "{}.{}",
                    rendition.preset,
                    rendition.format.extension()
                )),
                &rendition.bytes,
            )?;
        }
    }
    let warnings: Vec<_> = inspection
        .warnings
        .iter()
        .chain(rendered.warnings.iter())
        .map(|warning| warning.message.as_str())
        .collect();
    let memory = estimate_memory(inspection, &chosen) >> 20;
    Ok(format!("ok\t{memory} MiB\t{}", warnings.join(" ")))
}
