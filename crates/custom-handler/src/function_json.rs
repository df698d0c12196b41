//! The bindings that each function.json names.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use serde::Deserialize;

use crate::outputs::{Kind, Written};

/// The functions of an app: the folders beside host.json that contain a function.json.
#[derive(Clone, Debug, Default)]
pub(crate) struct Functions(BTreeMap<String, Bindings>);

/// Why the functions cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FunctionJsonError {
    /// A file or folder cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The path.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// The file is not valid JSON or not a function.json.
    #[error("{}:{}: {source}", path.display(), source.line())]
    Json {
        /// The path.
        path: PathBuf,
        /// The error.
        source: serde_json::Error,
    },
}

#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Bindings {
    #[serde(default)]
    bindings: Vec<Binding>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Binding {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    direction: String,
    #[serde(default)]
    data_type: Option<String>,
}

impl Functions {
    /// Reads every function.json in the folders of the script root.
    pub(crate) fn read(root: &Path) -> Result<Self, FunctionJsonError> {
        let unreadable = |path: &Path, source| FunctionJsonError::Read {
            path: path.to_owned(),
            source,
        };
        let mut functions = BTreeMap::new();
        for entry in fs::read_dir(root).map_err(|error| unreadable(root, error))? {
            let folder = entry.map_err(|error| unreadable(root, error))?;
            let path = folder.path().join("function.json");
            let text = match fs::read(&path) {
                Ok(text) => text,
                Err(error) if is_nothing(&error) => continue,
                Err(error) => return Err(unreadable(&path, error)),
            };
            let bindings = serde_json::from_slice(&text)
                .map_err(|source| FunctionJsonError::Json { path, source })?;
            functions.insert(folder.file_name().to_string_lossy().into_owned(), bindings);
        }
        Ok(Self(functions))
    }

    pub(crate) fn find(&self, function: &str) -> Option<&Bindings> {
        self.0.get(function)
    }
}

fn is_nothing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

impl Bindings {
    /// Whether all bindings are HTTP. host.json can let the host forward requests to such
    /// functions.
    pub(crate) fn is_http(&self) -> bool {
        let is_http = |binding: &Binding| {
            let kind = binding.kind.to_ascii_lowercase();
            kind == "httptrigger" || kind == "http"
        };
        self.bindings.len() == 2 && self.bindings.iter().all(is_http)
    }

    /// What is wrong with an answer: the host would skip an output, or write something else.
    pub(crate) fn problem(&self, answer: &Written) -> Option<String> {
        let mut outputs = answer.0.iter();
        outputs.find_map(|(name, kind)| self.problem_with(name, *kind))
    }

    fn problem_with(&self, name: &str, kind: Kind) -> Option<String> {
        let mut bindings = self.bindings.iter();
        let is_output = |binding: &&Binding| {
            binding.name == name && !binding.direction.eq_ignore_ascii_case("in")
        };
        let Some(binding) = bindings.find(is_output) else {
            return Some(format!(
                "function.json has no output {name:?} (names are case-sensitive)"
            ));
        };
        let (expected, is_right) = match kind {
            Kind::Record => ("cosmosDB", binding.is_of("cosmosDB")),
            Kind::Http => ("http", binding.is_of("http")),
            Kind::Bytes => {
                let is_other = binding.is_of("cosmosDB") || binding.is_of("http");
                ("blob or queue", !is_other)
            }
            Kind::Value => return None,
        };
        if !is_right {
            let actual = &binding.kind;
            return Some(format!(
                "output {name:?} is of type {actual}, not {expected}"
            ));
        }
        let data_type = binding.data_type.as_ref().filter(|_| kind == Kind::Bytes)?;
        Some(format!(
            "output {name:?} has the dataType {data_type}, with which the host decodes no base64: \
             remove it from function.json"
        ))
    }
}

impl Binding {
    fn is_of(&self, kind: &str) -> bool {
        self.kind.eq_ignore_ascii_case(kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(name: &str, kind: Kind) -> Option<String> {
        let bindings: Bindings = serde_json::from_str(
            r#"{"bindings": [
                {"name": "item", "type": "queueTrigger", "direction": "in", "queueName": "q"},
                {"name": "copy", "type": "blob", "direction": "out", "path": "c/{id}"},
                {"name": "raw", "type": "blob", "direction": "out", "path": "c/{id}", "dataType": "binary"},
                {"name": "doc", "type": "cosmosDB", "direction": "out"}
            ]}"#,
        )
        .unwrap();
        bindings.problem(&Written(vec![(name.to_owned(), kind)]))
    }

    #[test]
    fn knows_which_outputs_the_host_would_skip_or_write_in_another_way() {
        assert_eq!(problem("copy", Kind::Bytes), None);
        assert_eq!(problem("doc", Kind::Record), None);
        assert!(
            problem("Copy", Kind::Bytes)
                .unwrap()
                .contains("no output \"Copy\"")
        );
        assert!(problem("item", Kind::Bytes).unwrap().contains("no output"));
        assert!(
            problem("copy", Kind::Record)
                .unwrap()
                .contains("is of type blob")
        );
        assert!(
            problem("doc", Kind::Bytes)
                .unwrap()
                .contains("not blob or queue")
        );
        assert!(
            problem("raw", Kind::Bytes)
                .unwrap()
                .contains("dataType binary")
        );
    }

    #[test]
    fn says_which_file_is_broken() {
        let root = std::env::temp_dir().join(format!("function-json-{}", std::process::id()));
        fs::create_dir_all(root.join("Broken")).unwrap();
        fs::write(root.join("Broken/function.json"), "{\n]").unwrap();
        let error = Functions::read(&root).unwrap_err().to_string();
        fs::remove_dir_all(&root).unwrap();
        assert!(error.contains("Broken/function.json:2: "), "{error}");
    }
}
