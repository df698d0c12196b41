//! Writes every file of a directory as a PNG in full size, with the pixels of a rendition.
//!
//! `cargo run -p imaging --example full_size -- DIRECTORY OUTPUT`
//!
//! One line for each file, tab-separated: its name, then `ok` and the format, or the code and the message of the
//! refusal. The PNG is called after the file, with `.png` behind it. Built with the feature `heic`, it reads HEIC, too.
#![expect(clippy::print_stdout, reason = "an example prints")]

use std::path::PathBuf;
use std::{env, fs};

use imaging::{Format, Limits, Presets, Refusal, RenderOptions, Rendered, inspect, render};

const PRESETS: &str = "[presets.full]\nformat = \"png\"\neffort = 1\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args_os().skip(1).map(PathBuf::from);
    let (Some(directory), Some(output)) = (arguments.next(), arguments.next()) else {
        return Err("give a directory, and another one for the pictures".into());
    };
    let presets = Presets::parse(PRESETS)?;
    fs::create_dir_all(&output)?;
    let mut files: Vec<_> = fs::read_dir(directory)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.sort();
    for file in files.iter().filter(|file| file.is_file()) {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let line = match full_size(&fs::read(file)?, &presets) {
            Ok((format, rendered)) => {
                let rendition = rendered
                    .renditions
                    .first()
                    .ok_or("one preset makes one rendition")?;
                fs::write(output.join(format!("{name}.png")), &rendition.bytes)?;
                format!("{name}\tok\t{format}")
            }
            Err(refusal) => format!("{name}\t{}\t{refusal}", refusal.code),
        };
        println!("{line}");
    }
    Ok(())
}

fn full_size(original: &[u8], presets: &Presets) -> Result<(Format, Rendered), Refusal> {
    let limits = Limits {
        accept_heic: true,
        ..Limits::default()
    };
    let inspection = inspect(original, &limits)?;
    let chosen: Vec<_> = presets.iter().collect();
    let rendered = render(original, &inspection, &chosen, &RenderOptions::default())?;
    Ok((inspection.format, rendered))
}
