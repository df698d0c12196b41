//! Reads `*/function.json` below the script root.

use std::{fs, io, path::Path, path::PathBuf};

use serde::Deserialize;

use super::WiringError;

/// One function's folder.
#[derive(Debug)]
pub(super) struct Function {
    /// The folder's name, which is the function's name.
    pub(super) name: String,
    pub(super) bindings: Vec<Binding>,
    retry: Option<RetryPolicy>,
    path: PathBuf,
    text: String,
}

/// One binding, with `%setting%` already replaced in its path.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Binding {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    direction: String,
    #[serde(default)]
    pub(super) path: String,
    #[serde(default)]
    pub(super) connection: String,
    pub(super) data_type: Option<String>,
    #[serde(default)]
    pub(super) database_name: String,
    #[serde(default)]
    pub(super) container_name: String,
    #[serde(default)]
    pub(super) queue_name: String,
}

#[derive(Deserialize)]
struct FunctionJson {
    bindings: Vec<Binding>,
    retry: Option<RetryPolicy>,
}

/// How often the host sends a failed event again.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RetryPolicy {
    max_retry_count: i64,
}

impl Binding {
    /// The first part of the path.
    pub(super) fn container(&self) -> &str {
        self.path.split('/').next().unwrap_or_default()
    }
}

impl Function {
    pub(super) fn outputs<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Binding> {
        self.bindings
            .iter()
            .filter(move |binding| binding.direction == "out" && binding.kind == kind)
    }

    /// How often the host sends a failed event again; nothing without a retry policy.
    pub(super) fn retries(&self) -> Option<i64> {
        self.retry.as_ref().map(|policy| policy.max_retry_count)
    }

    /// A problem with one of the bindings, at the line that names it.
    pub(super) fn problem(&self, binding: Option<&Binding>, problem: String) -> WiringError {
        let line = binding.and_then(|binding| {
            let name = format!("\"{}\"", binding.name);
            self.text
                .lines()
                .position(|line| line.contains("\"name\"") && line.contains(&name))
        });
        WiringError::Line {
            path: self.path.clone(),
            line: line.map_or(1, |index| index + 1),
            problem,
        }
    }
}

/// Every first-level folder with a function.json, ordered by name.
pub(super) fn read_all(
    root: &Path,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<Vec<Function>, WiringError> {
    let unreadable = |source| WiringError::Read {
        path: root.to_owned(),
        source,
    };
    let mut functions = Vec::new();
    for entry in fs::read_dir(root).map_err(unreadable)? {
        let folder = entry.map_err(unreadable)?.path();
        let path = folder.join("function.json");
        match fs::read_to_string(&path) {
            Ok(text) => functions.push(parse(&folder, path, text, lookup)?),
            // Not a function: a file, or another kind of folder.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                ) => {}
            Err(source) => return Err(WiringError::Read { path, source }),
        }
    }
    functions.sort_by(|left, right| left.name.cmp(&right.name));
    Ok(functions)
}

fn parse(
    folder: &Path,
    path: PathBuf,
    text: String,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<Function, WiringError> {
    let name = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut json: FunctionJson =
        serde_json::from_str(&text).map_err(|error| WiringError::Line {
            path: path.clone(),
            line: error.line(),
            problem: error.to_string(),
        })?;
    for binding in &mut json.bindings {
        binding.path = resolve(&binding.path, lookup).map_err(|setting| WiringError::Line {
            path: path.clone(),
            line: 1,
            problem: format!(
                "the path of {} uses %{setting}%, which is not set",
                binding.name
            ),
        })?;
    }
    Ok(Function {
        name,
        bindings: json.bindings,
        retry: json.retry,
        path,
        text,
    })
}

/// Replaces every `%setting%`; fails with the name of one that is not set.
fn resolve(path: &str, lookup: &impl Fn(&str) -> Option<String>) -> Result<String, String> {
    let mut resolved = String::with_capacity(path.len());
    let mut rest = path;
    while let Some((before, after)) = rest.split_once('%') {
        let Some((setting, after)) = after.split_once('%') else {
            break;
        };
        resolved.push_str(before);
        resolved.push_str(&lookup(setting).ok_or_else(|| setting.to_owned())?);
        rest = after;
    }
    resolved.push_str(rest);
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_settings_in_paths() {
        let lookup = |key: &str| (key == "BOX").then(|| "uploads".to_owned());
        assert_eq!(resolve("%BOX%/{name}", &lookup).unwrap(), "uploads/{name}");
        assert_eq!(resolve("50%/{name}", &lookup).unwrap(), "50%/{name}");
        assert_eq!(resolve("%NONE%/{name}", &lookup).unwrap_err(), "NONE");
    }
}
