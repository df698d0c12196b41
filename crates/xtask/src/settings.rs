//! App settings on a developer's machine: local.settings.json, overridden by the environment.

use std::{collections::BTreeMap, env, fs, io::ErrorKind, path::Path};

use anyhow::{Context, Result};
use serde::Deserialize;

/// The app settings, by name.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct Settings {
    values: BTreeMap<String, String>,
}

impl Settings {
    /// Reads `Values` of a local.settings.json. A missing file has no settings.
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(error).with_context(|| path.display().to_string()),
        };
        // Editors on Windows write a byte order mark first, which the Functions host also skips.
        serde_json::from_str(text.trim_start_matches('\u{feff}'))
            .with_context(|| path.display().to_string())
    }

    /// The value of `name`: the environment's if it has one, as on Azure, otherwise the file's.
    pub(crate) fn lookup(&self, name: &str) -> Option<String> {
        env::var(name)
            .ok()
            .or_else(|| self.values.get(name).cloned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Settings> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("local.settings.json");
        fs::write(&path, text).unwrap();
        Settings::read(&path)
    }

    #[test]
    fn reads_the_values() {
        let settings = read(
            r#"{"IsEncrypted": false, "Values": {"DARKROOM_XTASK_TEST": "1"}, "Host": {"CORS": "*"}}"#,
        )
        .unwrap();
        assert_eq!(settings.lookup("DARKROOM_XTASK_TEST").as_deref(), Some("1"));
        assert_eq!(settings.lookup("DARKROOM_XTASK_ABSENT"), None);
    }

    #[test]
    fn the_environment_comes_first() {
        let settings = read(r#"{"Values": {"PATH": "/nowhere"}}"#).unwrap();
        assert_eq!(settings.lookup("PATH"), env::var("PATH").ok());
    }

    #[test]
    fn takes_a_byte_order_mark() {
        assert!(read("\u{feff}{}").is_ok());
    }

    #[test]
    fn a_broken_file_is_named_and_a_missing_one_is_empty() {
        let error = format!("{:#}", read("{").unwrap_err());
        assert!(error.contains("local.settings.json: EOF"), "{error}");
        let missing = Settings::read(Path::new("/nowhere")).unwrap();
        assert_eq!(missing.lookup("DARKROOM_XTASK_ABSENT"), None);
    }
}
