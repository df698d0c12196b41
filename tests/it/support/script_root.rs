//! The folder for the Functions host, laid out as in the package.

use std::{fs, path::Path};

use serde_json::Value;
use tempfile::TempDir;

pub(crate) struct ScriptRoot(TempDir);

impl ScriptRoot {
    /// The repository's own functions, host.json and presets, and the built handler.
    pub(crate) fn new() -> Self {
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = Self(TempDir::new().expect("a temporary folder"));
        for file in ["host.json", "presets.toml"] {
            fs::copy(repository.join(file), root.path().join(file)).expect(file);
        }
        for function in fs::read_dir(repository.join("functions")).expect("functions/") {
            let function = function.expect("an entry of functions/");
            let target = root.path().join(function.file_name());
            fs::create_dir(&target).expect("a folder for the function");
            fs::copy(
                function.path().join("function.json"),
                target.join("function.json"),
            )
            .expect("function.json");
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_darkroom"), root.path().join("darkroom"))
            .expect("a link to the handler");
        root
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Changes a JSON file.
    pub(crate) fn edit(&self, file: &str, change: impl FnOnce(&mut Value)) {
        let path = self.path().join(file);
        let text = fs::read_to_string(&path).expect(file);
        let mut json = serde_json::from_str(&text).expect(file);
        change(&mut json);
        let text = serde_json::to_string_pretty(&json).expect("JSON");
        fs::write(path, text).expect(file);
    }

    /// Replaces some text of presets.toml.
    pub(crate) fn edit_presets(&self, from: &str, to: &str) {
        let path = self.path().join("presets.toml");
        let text = fs::read_to_string(&path).expect("presets.toml");
        assert!(text.contains(from), "presets.toml has no {from}");
        fs::write(path, text.replace(from, to)).expect("presets.toml");
    }

    /// Makes the host send originals inline instead of only describing them.
    pub(crate) fn send_inline(&self) {
        self.edit("ProcessUpload/function.json", |json| {
            json["bindings"][0]
                .as_object_mut()
                .expect("a trigger")
                .remove("properties");
        });
    }
}
