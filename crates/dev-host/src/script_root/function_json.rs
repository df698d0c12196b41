//! `<Name>/function.json`: one trigger and the outputs of one function.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use serde::Deserialize;
use serde_json::{Map, Value};

use super::{ConfigurationError, Settings, read_json};
use crate::expressions;

/// The binding types that a function folder may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BindingType {
    BlobTrigger,
    KafkaTrigger,
    HttpTrigger,
    Blob,
    CosmosDb,
    Http,
}

/// Every type with the name that function.json gives it. The host compares without regard to case.
const BINDING_TYPES: [(&str, BindingType); 6] = [
    ("blobTrigger", BindingType::BlobTrigger),
    ("kafkaTrigger", BindingType::KafkaTrigger),
    ("httpTrigger", BindingType::HttpTrigger),
    ("blob", BindingType::Blob),
    ("cosmosDB", BindingType::CosmosDb),
    ("http", BindingType::Http),
];

impl BindingType {
    fn parse(text: &str) -> Option<Self> {
        BINDING_TYPES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(text))
            .map(|(_, kind)| *kind)
    }

    pub(crate) fn name(self) -> &'static str {
        BINDING_TYPES
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("", |(name, _)| name)
    }

    fn is_trigger(self) -> bool {
        matches!(
            self,
            Self::BlobTrigger | Self::KafkaTrigger | Self::HttpTrigger
        )
    }
}

/// One entry of `bindings`.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(crate) name: String,
    pub(crate) kind: BindingType,
    /// All properties as they are written in the file, the common ones included.
    properties: Map<String, Value>,
}

impl Binding {
    /// A property that is a string.
    pub(crate) fn text(&self, property: &str) -> Option<&str> {
        self.properties.get(property).and_then(Value::as_str)
    }

    /// A property of any type.
    pub(crate) fn property(&self, property: &str) -> Option<&Value> {
        self.properties.get(property)
    }

    /// The setting that holds the connection.
    pub(crate) fn connection(&self, default: &'static str) -> &str {
        self.text("connection")
            .filter(|name| !name.is_empty())
            .unwrap_or(default)
    }

    /// Whether any property holds an `{expression}`.
    pub(crate) fn has_expression(&self) -> bool {
        self.properties
            .values()
            .filter_map(Value::as_str)
            .any(|text| text.contains('{'))
    }
}

/// One function folder.
#[derive(Debug, Clone)]
pub(crate) struct Function {
    /// The folder's name, which is the function's name with its case.
    pub(crate) name: String,
    /// The function.json, for messages.
    pub(crate) file: PathBuf,
    pub(crate) trigger: Binding,
    /// Everything but the trigger, in the order of the file.
    pub(crate) outputs: Vec<Binding>,
}

#[derive(Deserialize)]
struct File {
    bindings: Vec<Map<String, Value>>,
    #[serde(default)]
    disabled: bool,
}

impl Function {
    /// Reads the first-level folders of the script root that hold a function.json, by name.
    pub(super) fn load_all(root: &Path) -> Result<Vec<Self>, ConfigurationError> {
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
        if files.is_empty() {
            let problem = "holds no function: the host looks for <Name>/function.json in its first-level folders only";
            return Err(ConfigurationError::file(root, problem));
        }
        let functions: Result<Vec<_>, _> = files.into_iter().map(Self::load).collect();
        Ok(functions?.into_iter().flatten().collect())
    }

    fn load(path: PathBuf) -> Result<Option<Self>, ConfigurationError> {
        let wrong = |problem: String| ConfigurationError::file(&path, problem);
        let file: File = read_json(&path, "is not there")?;
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
                "{name} is no name for a function: rename the folder to a letter followed by up to 127 letters, digits, - and _"
            )));
        }
        let mut triggers = Vec::new();
        let mut outputs = Vec::new();
        for properties in file.bindings {
            let binding = read_binding(properties).map_err(&wrong)?;
            if binding.kind.is_trigger() {
                triggers.push(binding);
            } else {
                outputs.push(binding);
            }
        }
        let mut names = HashSet::new();
        if let Some(twice) = triggers
            .iter()
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
        Ok(Some(Self {
            name,
            file: path,
            trigger,
            outputs,
        }))
    }

    /// Puts the values of `%settings%` into all properties.
    pub(crate) fn resolve_settings(
        mut self,
        settings: &Settings,
    ) -> Result<Self, ConfigurationError> {
        let bindings = std::iter::once(&mut self.trigger).chain(&mut self.outputs);
        for binding in bindings {
            let name = &binding.name;
            for (property, value) in &mut binding.properties {
                let Value::String(text) = value else { continue };
                *text = expressions::resolve_settings(text, |name| settings.get(name)).map_err(
                    |error| {
                        ConfigurationError::file(
                            &self.file,
                            format!("{property} of the binding {name}: {error}"),
                        )
                    },
                )?;
            }
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

fn read_binding(properties: Map<String, Value>) -> Result<Binding, String> {
    let text = |property: &str| {
        properties
            .get(property)
            .and_then(Value::as_str)
            .filter(|text| !text.is_empty())
    };
    let name = text("name").ok_or("a binding has no name")?.to_owned();
    let kind = text("type").ok_or_else(|| format!("the binding {name} has no type"))?;
    let kind = BindingType::parse(kind).ok_or_else(|| {
        let known: Vec<_> = BINDING_TYPES.iter().map(|(name, _)| *name).collect();
        format!(
            "the binding {name} has the unknown type {kind}: known are {}",
            known.join(", ")
        )
    })?;
    let wanted = if kind.is_trigger() { "in" } else { "out" };
    let direction = text("direction").unwrap_or("in");
    if !direction.eq_ignore_ascii_case(wanted) {
        return Err(format!(
            "the binding {name} of type {} has the direction {direction}: this host knows it only as {wanted}",
            kind.name()
        ));
    }
    Ok(Binding {
        name,
        kind,
        properties,
    })
}
