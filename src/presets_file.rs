//! presets.toml on disk with the pictures that it names, and `darkroom presets check`, which runs the checks of
//! start-up from a shell.

use std::{fmt::Write as _, fs, io, path::Path};

use anyhow::Context as _;
use imaging::{Fit, Preset, Presets};

use crate::{settings::Settings, wiring::Wiring};

/// Reads a presets file and the pictures of its watermarks, which must be below its folder. The message of a failure
/// names the file and the line.
pub fn read(path: &Path) -> anyhow::Result<Presets> {
    let text = fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let folder = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let read = |file: &str| read_below(folder, file).map_err(|error| error.to_string());
    Presets::parse_with_files(&text, read).with_context(|| path.display().to_string())
}

/// Reads a file below a folder. The presets refuse paths that lead elsewhere; this function refuses links that do.
fn read_below(folder: &Path, file: &str) -> io::Result<Vec<u8>> {
    let found = folder.join(file).canonicalize()?;
    if !found.starts_with(folder.canonicalize()?) {
        let outside = "it is a link that leads out of the folder of presets.toml";
        return Err(io::Error::other(outside));
    }
    fs::read(found)
}

/// Checks the presets file in a folder against the functions: those in its folder `functions/`, as in a repository, or
/// else those beside it, as they are deployed. Returns the text to print, with a line for each preset.
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
        "{count} presets, each with its output bindings (version {version})"
    )?;
    Ok(text)
}

fn line(preset: &Preset) -> String {
    let side = |side: Option<u32>| side.map_or("any".to_owned(), |pixels| pixels.to_string());
    let fit = match preset.fit {
        Fit::Contain => "contain",
        Fit::Cover => "cover",
        Fit::Pad => "pad",
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

#[cfg(test)]
mod tests {
    use super::*;

    const PRESETS: &str =
        "[presets.a]\nformat = \"png\"\nwatermark = { file = \"marks/logo.png\" }";

    /// A folder with presets that have a watermark, and another folder with its picture.
    fn folders() -> (tempfile::TempDir, tempfile::TempDir) {
        let (presets, pictures) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(presets.path().join("presets.toml"), PRESETS).unwrap();
        let logo = image::GrayImage::from_pixel(2, 1, image::Luma([9]));
        logo.save(pictures.path().join("logo.png")).unwrap();
        (presets, pictures)
    }

    #[test]
    fn a_watermark_is_read_from_below_the_folder_of_the_presets() {
        let (presets, pictures) = folders();
        let path = presets.path().join("presets.toml");
        fs::create_dir(presets.path().join("marks")).unwrap();
        let complaint = format!("{:#}", read(&path).unwrap_err());
        assert!(
            complaint.contains("presets.toml: line 3: the watermark \"marks/logo.png\""),
            "{complaint}"
        );
        let logo = presets.path().join("marks/logo.png");
        fs::copy(pictures.path().join("logo.png"), logo).unwrap();
        assert_eq!(read(&path).unwrap().iter().len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_somewhere_else_is_refused() {
        let (presets, pictures) = folders();
        std::os::unix::fs::symlink(pictures.path(), presets.path().join("marks")).unwrap();
        let complaint = format!(
            "{:#}",
            read(&presets.path().join("presets.toml")).unwrap_err()
        );
        assert!(
            complaint.contains("a link that leads out of the folder"),
            "{complaint}"
        );
    }
}
