//! A zip of the function app.

use std::{
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use zip::{DateTime, ZipWriter, write::SimpleFileOptions};

/// Writes everything below `folder` to `zip`; the entry `executable` gets the run bit.
///
/// The same files give the same bytes: entries are sorted and dated 1980-01-01, the zip format's
/// own beginning.
pub(super) fn write(folder: &Path, executable: &str, zip: &Path) -> Result<()> {
    let file = File::create(zip).with_context(|| zip.display().to_string())?;
    let mut archive = ZipWriter::new(BufWriter::new(file));
    let mut paths = files(folder)?;
    paths.sort();
    for path in paths {
        let name = entry_name(path.strip_prefix(folder)?)?;
        let mode = if name == executable { 0o755 } else { 0o644 };
        let options = SimpleFileOptions::default()
            .last_modified_time(DateTime::default())
            .unix_permissions(mode);
        archive.start_file(name, options)?;
        archive.write_all(&fs::read(path)?)?;
    }
    archive.finish()?.flush()?;
    Ok(())
}

/// All files below `folder`.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files.extend(self::files(&entry.path())?);
        } else {
            files.push(entry.path());
        }
    }
    Ok(files)
}

/// A path as zip entries have it: UTF-8, with `/` on every system.
fn entry_name(path: &Path) -> Result<String> {
    let parts: Option<Vec<_>> = path.iter().map(|part| part.to_str()).collect();
    let parts = parts.with_context(|| format!("{} is not UTF-8", path.display()))?;
    Ok(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use zip::ZipArchive;

    use super::*;

    fn app(order: [&str; 3]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("app");
        fs::create_dir_all(folder.join("ProcessUpload")).unwrap();
        for name in order {
            fs::write(folder.join(name), name).unwrap();
        }
        let zip = directory.path().join("app.zip");
        write(&folder, "darkroom", &zip).unwrap();
        (directory, zip)
    }

    #[test]
    fn only_the_handler_has_the_run_bit() {
        let (_directory, zip) = app(["host.json", "darkroom", "ProcessUpload/function.json"]);
        let mut archive = ZipArchive::new(File::open(zip).unwrap()).unwrap();
        let modes: Vec<_> = (0..archive.len())
            .map(|index| {
                let entry = archive.by_index(index).unwrap();
                (
                    entry.name().unwrap().to_string(),
                    entry.unix_mode().unwrap() & 0o777,
                )
            })
            .collect();
        let expected = [
            ("ProcessUpload/function.json", 0o644),
            ("darkroom", 0o755),
            ("host.json", 0o644),
        ];
        assert_eq!(modes, expected.map(|(name, mode)| (name.to_owned(), mode)));
    }

    #[test]
    fn the_same_files_give_the_same_bytes() {
        let (_one, first) = app(["host.json", "darkroom", "ProcessUpload/function.json"]);
        let (_two, second) = app(["ProcessUpload/function.json", "host.json", "darkroom"]);
        assert_eq!(fs::read(first).unwrap(), fs::read(second).unwrap());
    }
}
