//! The app settings: `Values` of local.settings.json, overridden by environment variables.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use super::{ConfigurationError, read_json};

const FILE: &str = "local.settings.json";

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct LocalSettings {
    is_encrypted: bool,
    values: BTreeMap<String, serde_json::Value>,
}

/// The app settings, together with the environment that the host itself was started with.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings(BTreeMap<String, String>);

impl Settings {
    pub(super) fn load(
        root: &Path,
        file: Option<&Path>,
        environment: Vec<(String, String)>,
    ) -> Result<Self, ConfigurationError> {
        // A packaged app has no such file, so its settings come only from the environment. A file
        // that was named explicitly has to exist.
        let default = root.join(FILE);
        let file = file.unwrap_or(&default);
        let local = if file == default && !file.exists() {
            LocalSettings::default()
        } else {
            read_json(file, "does not exist: correct the path, or omit --settings")?
        };
        if local.is_encrypted {
            let problem = "is encrypted, which this host cannot read: set IsEncrypted to false";
            return Err(ConfigurationError::file(file, problem));
        }
        let mut settings = BTreeMap::new();
        for (name, value) in local.values {
            let serde_json::Value::String(value) = value else {
                let problem = format!("Values.{name} is not a string: put {value} in quotes");
                return Err(ConfigurationError::file(file, problem));
            };
            settings.insert(name, value);
        }
        settings.extend(environment);
        Ok(Self(settings))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Adds a setting that is not set yet.
    pub(crate) fn set_default(&mut self, name: &str, value: String) {
        self.0.entry(name.to_owned()).or_insert(value);
    }

    /// The look-up function that connections use.
    pub(crate) fn lookup(&self) -> impl Fn(&str) -> Option<String> {
        |name| self.get(name).map(str::to_owned)
    }

    /// The environment for the handler.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter()
    }
}
