//! presets.toml on disk, and `darkroom presets check`: what start-up checks, from a shell.

use std::{fmt::Write as _, fs, path::Path};

use anyhow::Context as _;
use imaging::{Fit, Preset, Presets};

use crate::{settings::Settings, wiring::Wiring};

/// Reads a presets file; the message of a failure names the file and the line.
pub fn read(path: &Path) -> anyhow::Result<Presets> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Presets::parse(&text).with_context(|| path.display().to_string())
}

/// Checks the presets file in a folder and holds it against the functions: those in its folder
/// `functions/`, as in a repository, or else those beside it, as they are deployed. Gives what to
/// print: a line for each preset.
pub fn check(folder: &Path, lookup: impl Fn(&str) -> Option<String>) -> anyhow::Result<String> {
    let settings = Settings::from_lookup(&lookup)?;
    let presets = read(&folder.join(&settings.presets))?;
    let repository = folder.join("functions");
    let script_root = if repository.is_dir() {
        &repository
    } else {
        folder
    };
    Wiring::check(script_root, &presets, &settings, lookup)?;
    let mut text = String::new();
    for preset in presets.iter() {
        writeln!(text, "{}", line(preset))?;
    }
    let (count, version) = (presets.iter().len(), presets.version());
    writeln!(
        text,
        "{count} presets, each with its output bindings; version {version}"
    )?;
    Ok(text)
}

fn line(preset: &Preset) -> String {
    let side = |side: Option<u32>| side.map_or("any".to_owned(), |pixels| pixels.to_string());
    let fit = match preset.fit {
        Fit::Contain => "contain",
        Fit::Cover => "cover",
    };
    format!(
        "{:<12} {fit:<7} {:>5} × {:<5} quality {:>3}  {}",
        preset.name,
        side(preset.width),
        side(preset.height),
        preset.quality,
        preset.file_name(),
    )
}
