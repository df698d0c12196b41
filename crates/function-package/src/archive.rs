//! A zip of the function app.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use zip::{DateTime, ZipWriter, write::SimpleFileOptions};

/// The content of a zip: files by the names of their entries.
pub type Entries = BTreeMap<String, PathBuf>;

/// Writes the files to `zip`. The entry `executable` gets the executable bit.
///
/// The same files give the same bytes: entries are sorted and dated 1980-01-01, the first date of
/// the zip format.
pub fn write(entries: &Entries, executable: &str, zip: &Path) -> Result<()> {
    let file = File::create(zip).with_context(|| zip.display().to_string())?;
    let mut archive = ZipWriter::new(BufWriter::new(file));
    for (name, path) in entries {
        let mode = if name == executable { 0o755 } else { 0o644 };
        let options = SimpleFileOptions::default()
            .last_modified_time(DateTime::default())
            .unix_permissions(mode);
        archive.start_file(name, options)?;
        archive.write_all(&fs::read(path).with_context(|| path.display().to_string())?)?;
    }
    archive.finish()?.flush()?;
    Ok(())
}

/// Adds all files below `folder`, by their paths from `base`.
pub fn add_folder(entries: &mut Entries, base: &Path, folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type()?.is_dir() {
            add_folder(entries, base, &path)?;
        } else {
            entries.insert(entry_name(path.strip_prefix(base)?)?, path);
        }
    }
    Ok(())
}

/// A path in the form of zip entries: UTF-8, with `/` on every system.
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
        let mut entries = Entries::new();
        add_folder(&mut entries, &folder, &folder).unwrap();
        write(&entries, "darkroom", &zip).unwrap();
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
