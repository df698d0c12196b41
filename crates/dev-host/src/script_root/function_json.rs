//! `<Name>/function.json`: one trigger, the inputs and the outputs of one function.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    Binding, ConfigurationError, Settings,
    binding::Direction,
    read_json,
    retry::{Retry, RetryPolicy},
};

/// One function folder.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// The folder's name, which is the function's name with its case.
    pub(crate) name: String,
    /// The path of function.json, for messages.
    pub(crate) file: PathBuf,
    pub(crate) trigger: Binding,
    /// The inputs besides the trigger's value, in the order of the file.
    pub(crate) inputs: Vec<Binding>,
    /// In the order of the file.
    pub(crate) outputs: Vec<Binding>,
    pub(crate) retry: Option<RetryPolicy>,
}

#[derive(Deserialize)]
struct File {
    bindings: Vec<Map<String, Value>>,
    #[serde(default)]
    disabled: bool,
    retry: Option<Retry>,
}

impl Function {
    /// Reads the first-level folders of the script root that have a function.json, ordered by name,
    /// or creates the functions that host.json describes by their routes. Both together are not
    /// allowed.
    pub(super) fn load_all(
        root: &Path,
        routed: &[Vec<Map<String, Value>>],
    ) -> Result<Vec<Self>, ConfigurationError> {
        let unreadable = |error: std::io::Error| {
            ConfigurationError::file(root, format!("cannot be read: {error}"))
        };
        let mut files = Vec::new();
        for entry in root.read_dir().map_err(unreadable)? {
            let file = entry.map_err(unreadable)?.path().join("function.json");
            if file.is_file() {
                files.push(file);
            }
        }
        files.sort();
        if let (Some(file), false) = (files.first(), routed.is_empty()) {
            let problem = "host.json has routes of its own (customHandler.http.routes or a configurationProfile): remove them, or every function.json";
            return Err(ConfigurationError::file(file, problem));
        }
        if !routed.is_empty() {
            let functions = (1..).zip(routed).map(|(number, bindings)| {
                let name = format!("http-handler{number}");
                Self::new(name, root.join("host.json"), bindings.clone(), None)
            });
            return functions.collect();
        }
        if files.is_empty() {
            let problem = "holds no function: the host looks for <Name>/function.json in its first-level folders only";
            return Err(ConfigurationError::file(root, problem));
        }
        let functions: Result<Vec<_>, _> = files.into_iter().map(Self::load).collect();
        Ok(functions?.into_iter().flatten().collect())
    }

    fn load(path: PathBuf) -> Result<Option<Self>, ConfigurationError> {
        let wrong = |problem: String| ConfigurationError::file(&path, problem);
        let file: File = read_json(&path, "does not exist")?;
        if file.disabled {
            return Ok(None);
        }
        let name = path
            .parent()
            .and_then(Path::file_name)
            .map(|name| name.to_string_lossy().into_owned())
            .unwrap_or_default();
        if !is_function_name(&name) {
            return Err(wrong(format!(
                "{name} is not a valid name for a function: rename the folder to a letter followed \
                 by up to 127 letters, digits, - and _"
            )));
        }
        let retry = file.retry.as_ref().map(RetryPolicy::read).transpose();
        let retry = retry.map_err(|problem| wrong(format!("retry: {problem}")))?;
        Self::new(name, path, file.bindings, retry).map(Some)
    }

    /// A function with these bindings. `path` is their file, for messages.
    fn new(
        name: String,
        path: PathBuf,
        bindings: Vec<Map<String, Value>>,
        retry: Option<RetryPolicy>,
    ) -> Result<Self, ConfigurationError> {
        let wrong = |problem: String| ConfigurationError::file(&path, problem);
        let mut triggers = Vec::new();
        let mut inputs = Vec::new();
        let mut outputs = Vec::new();
        for properties in bindings {
            let binding = Binding::read(properties).map_err(&wrong)?;
            let list = match binding.direction {
                _ if binding.kind.is_trigger() => &mut triggers,
                Direction::In => &mut inputs,
                Direction::Out => &mut outputs,
            };
            list.push(binding);
        }
        let mut names = HashSet::new();
        if let Some(twice) = triggers
            .iter()
            .chain(&inputs)
            .chain(&outputs)
            .find(|binding| !names.insert(&binding.name))
        {
            return Err(wrong(format!("two bindings are named {}", twice.name)));
        }
        let count = triggers.len();
        let (Some(trigger), 1) = (triggers.pop(), count) else {
            return Err(wrong(format!(
                "has {count} triggers: a function has exactly one"
            )));
        };
        Ok(Self {
            name,
            file: path,
            trigger,
            inputs,
            outputs,
            retry,
        })
    }

    /// Whether the settings disable the function. Source:
    /// <https://learn.microsoft.com/azure/azure-functions/disable-function>.
    pub(super) fn is_disabled(&self, settings: &Settings) -> bool {
        let setting =
            |separator| format!("AzureWebJobs{separator}{}{separator}Disabled", self.name);
        // Where names may not contain dots, as in a shell, two underscores replace each.
        [".", "__"]
            .into_iter()
            .filter_map(|separator| settings.get(&setting(separator)))
            .any(|value| value.eq_ignore_ascii_case("true") || value == "1")
    }

    /// Replaces `%settings%` by their values in all properties.
    pub(crate) fn resolve_settings(
        mut self,
        settings: &Settings,
    ) -> Result<Self, ConfigurationError> {
        let bindings = std::iter::once(&mut self.trigger)
            .chain(&mut self.inputs)
            .chain(&mut self.outputs);
        for binding in bindings {
            binding.resolve_settings(settings).map_err(|problem| {
                let name = &binding.name;
                ConfigurationError::file(&self.file, format!("the binding {name}: {problem}"))
            })?;
        }
        Ok(self)
    }
}

/// The host's rule: `^[A-Za-z][A-Za-z0-9_-]{0,127}$`.
fn is_function_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || letter == '_' || letter == '-')
}
