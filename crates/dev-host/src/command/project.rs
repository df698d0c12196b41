//! The files of a script root, as far as commands other than `start` need them.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
};

use functions_dev_host::ConfigurationError;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};

/// What host.json says about the handler and HTTP.
pub(crate) struct HostJson {
    /// `defaultExecutablePath` as written.
    pub(crate) executable: String,
    pub(crate) route_prefix: String,
}

#[derive(Deserialize)]
struct FunctionJson {
    #[serde(default)]
    bindings: Vec<Map<String, Value>>,
}

impl HostJson {
    pub(crate) fn read(root: &Path) -> Result<Self, ConfigurationError> {
        let file = root.join("host.json");
        let json: Value = read_json(&file)?;
        let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str);
        let executable = text("/customHandler/description/defaultExecutablePath")
            .filter(|path| !path.is_empty())
            .ok_or_else(|| ConfigurationError::File {
                problem: "customHandler.description.defaultExecutablePath is missing: name the handler's executable there".into(),
                file: file.clone(),
            })?;
        Ok(Self {
            executable: executable.to_owned(),
            route_prefix: text("/extensions/http/routePrefix")
                .unwrap_or("api")
                .to_owned(),
        })
    }

    /// The name that cargo gives the executable.
    pub(crate) fn binary(&self) -> &str {
        let name = Path::new(&self.executable).file_name();
        name.and_then(|name| name.to_str()).unwrap_or_default()
    }
}

/// `Values` of local.settings.json, overridden by the environment.
pub(crate) struct Settings(Map<String, Value>);

#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct LocalSettings {
    values: Map<String, Value>,
}

impl Settings {
    pub(crate) fn read(root: &Path) -> Result<Self, ConfigurationError> {
        let file = root.join("local.settings.json");
        let local = if file.exists() {
            read_json(&file)?
        } else {
            LocalSettings::default()
        };
        Ok(Self(local.values))
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        let local = || Some(self.0.get(name)?.as_str()?.to_owned());
        env::var(name).ok().or_else(local)
    }

    /// A text with its `%settings%` replaced by their values, if all of them are set.
    pub(crate) fn resolve(&self, text: &str) -> Option<String> {
        // Every second part is between two percent signs.
        text.split('%')
            .enumerate()
            .map(|(index, part)| match index % 2 {
                0 => Some(part.to_owned()),
                _ => self.get(part),
            })
            .collect()
    }
}

/// The names of the functions in a script root, in order.
pub(crate) fn functions(root: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root)? {
        let entry = entry?;
        if entry.path().join("function.json").is_file() {
            names.extend(entry.file_name().into_string());
        }
    }
    names.sort();
    Ok(names)
}

/// The trigger of a function: its binding in function.json.
pub(crate) fn trigger(
    root: &Path,
    function: &str,
) -> Result<Map<String, Value>, ConfigurationError> {
    let file = root.join(function).join("function.json");
    let json: FunctionJson = read_json(&file)?;
    let is_trigger = |binding: &Map<String, Value>| {
        let kind = binding.get("type").and_then(Value::as_str);
        kind.is_some_and(|kind| kind.to_ascii_lowercase().ends_with("trigger"))
    };
    let trigger = json.bindings.into_iter().find(is_trigger);
    trigger.ok_or_else(|| ConfigurationError::File {
        file,
        problem: "has no trigger: add a binding whose type ends in Trigger".into(),
    })
}

fn read_json<T: DeserializeOwned>(file: &PathBuf) -> Result<T, ConfigurationError> {
    let wrong = |problem: String| ConfigurationError::File {
        file: file.clone(),
        problem,
    };
    let text = fs::read_to_string(file).map_err(|error| {
        wrong(format!(
            "{error}: name the folder that holds host.json with --script-root"
        ))
    })?;
    // Editors on Windows start such files with a byte order mark, which is not JSON.
    serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| wrong(format!("{error}: correct it")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_put_into_texts() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("local.settings.json");
        fs::write(file, r#"{"Values": {"Topic of mine": "images"}}"#).unwrap();
        let settings = Settings::read(root.path()).unwrap();
        let resolve = |text| settings.resolve(text);
        assert_eq!(resolve("plain").as_deref(), Some("plain"));
        assert_eq!(
            resolve("a-%Topic of mine%-b").as_deref(),
            Some("a-images-b")
        );
        assert_eq!(resolve("%Not set, surely%"), None);
    }
}
