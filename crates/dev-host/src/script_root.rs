//! The folder of a deployed function app: host.json beside one folder for each function.

mod binding;
mod custom_handler;
mod function_json;
mod host_id;
mod host_json;
mod retry;
mod settings;
mod time_span;

use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

pub(crate) use binding::{Binding, BindingType};
pub(crate) use function_json::Function;
pub(crate) use host_id::hex;
pub(crate) use host_json::{HandingOn, HostJson, Kafka};
pub(crate) use retry::RetryPolicy;
pub(crate) use settings::Settings;

/// Something in the script root that has to be changed before the host can start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigurationError {
    /// The folder does not exist.
    #[error(
        "there is no folder {}: name the one that holds host.json with --script-root",
        .0.display()
    )]
    NoScriptRoot(PathBuf),
    /// A file is missing, unreadable or wrong.
    #[error("{}: {problem}", .file.display())]
    File {
        /// The file to change.
        file: PathBuf,
        /// What is wrong with it, and what would be right.
        problem: String,
    },
}

impl ConfigurationError {
    pub(crate) fn file(file: &Path, problem: impl Into<String>) -> Self {
        Self::File {
            file: file.to_owned(),
            problem: problem.into(),
        }
    }
}

/// The contents of the script root.
#[derive(Debug)]
pub(crate) struct ScriptRoot {
    pub(crate) path: PathBuf,
    pub(crate) host: HostJson,
    pub(crate) functions: Vec<Function>,
    pub(crate) settings: Settings,
}

impl ScriptRoot {
    /// Reads the folder. `executable` replaces the one of host.json, `settings_file` replaces local.settings.json, and
    /// variables of `environment` override its values, as under the Core Tools.
    pub(crate) fn load(
        path: &Path,
        executable: Option<PathBuf>,
        settings_file: Option<&Path>,
        environment: Vec<(String, String)>,
    ) -> Result<Self, ConfigurationError> {
        let path = path
            .canonicalize()
            .ok()
            .filter(|path| path.is_dir())
            .ok_or_else(|| ConfigurationError::NoScriptRoot(path.to_owned()))?;
        let settings = Settings::load(&path, settings_file, environment)?;
        let host = HostJson::load(&path, executable)?;
        let mut functions = Function::load_all(&path, &host.routed_functions)?;
        functions.retain(|function| !function.is_disabled(&settings));
        Ok(Self {
            path,
            host,
            functions,
            settings,
        })
    }
}

/// Reads a JSON file. `missing` says what to do if it does not exist.
fn read_json<T: DeserializeOwned>(file: &Path, missing: &str) -> Result<T, ConfigurationError> {
    let text = std::fs::read_to_string(file).map_err(|error| {
        let problem = match error.kind() {
            std::io::ErrorKind::NotFound => missing.to_owned(),
            _ => format!("cannot be read: {error}"),
        };
        ConfigurationError::file(file, problem)
    })?;
    // Editors on Windows start such files with a byte order mark, which is not JSON.
    serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| ConfigurationError::file(file, error.to_string()))
}

#[cfg(test)]
mod tests;
