//! The folder in which the Functions host would start the handler, laid out as in the package.

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use imaging::Presets;
use serde_json::Value;
use tempfile::TempDir;

const FUNCTION: &str = "ProcessUpload/function.json";

/// A temporary script root; it is removed when this is dropped.
pub(crate) struct ScriptRoot {
    folder: TempDir,
    /// Its presets.
    pub(crate) presets: Presets,
}

impl ScriptRoot {
    /// The repository's function and presets around the given handler, with originals sent inline.
    pub(crate) fn new(repository: &Path, handler: &Path) -> Result<Self> {
        Self::lay_out(repository, handler, |text| text)
    }

    /// The same with renditions of the same sizes, all of them JPEG.
    pub(crate) fn jpeg_only(repository: &Path, handler: &Path) -> Result<Self> {
        Self::lay_out(repository, handler, |text| {
            text.replace(r#"format = "webp""#, r#"format = "jpeg""#)
                .replace(".webp\"", ".jpg\"")
        })
    }

    fn lay_out(
        repository: &Path,
        handler: &Path,
        change: impl Fn(String) -> String,
    ) -> Result<Self> {
        let folder = TempDir::new()?;
        let root = folder.path();
        let read =
            |path: PathBuf| fs::read_to_string(&path).with_context(|| path.display().to_string());
        let function = change(read(repository.join("functions").join(FUNCTION))?);
        let presets = change(read(repository.join("presets.toml"))?);
        fs::create_dir(root.join("ProcessUpload"))?;
        fs::write(root.join(FUNCTION), inline(&function)?)?;
        fs::write(root.join("presets.toml"), &presets)?;
        fs::write(root.join("host.json"), read(repository.join("host.json"))?)?;
        symlink(handler, root.join("darkroom"))?;
        Ok(Self {
            folder,
            presets: Presets::parse(&presets)?,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// The function with a trigger that carries originals itself, so that only the handler is needed.
fn inline(function: &str) -> Result<String> {
    let mut json: Value = serde_json::from_str(function)?;
    let bindings = json["bindings"].as_array_mut().context("no bindings")?;
    for binding in bindings.iter_mut().filter_map(Value::as_object_mut) {
        binding.remove("properties");
    }
    Ok(serde_json::to_string_pretty(&json)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repositorys_own_function_can_be_laid_out_both_ways() {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let handler = Path::new("/bin/true");
        let root = ScriptRoot::new(&repository, handler).unwrap();
        let function = fs::read_to_string(root.path().join(FUNCTION)).unwrap();
        assert!(!function.contains("supportsDeferredBinding"));

        let root = ScriptRoot::jpeg_only(&repository, handler).unwrap();
        assert!(
            root.presets
                .iter()
                .all(|preset| preset.extension() == "jpg")
        );
        let function = fs::read_to_string(root.path().join(FUNCTION)).unwrap();
        assert!(!function.contains(".webp"));
    }
}
