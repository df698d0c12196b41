//! One binding of a function.

use serde_json::{Map, Value};

use super::Settings;
use crate::expressions;

/// The binding types that a function folder may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BindingType {
    BlobTrigger,
    KafkaTrigger,
    HttpTrigger,
    QueueTrigger,
    Blob,
    CosmosDb,
    Queue,
    Http,
}

/// Every type with the name that function.json gives it. The host compares without regard to case.
const BINDING_TYPES: [(&str, BindingType); 8] = [
    ("blobTrigger", BindingType::BlobTrigger),
    ("kafkaTrigger", BindingType::KafkaTrigger),
    ("httpTrigger", BindingType::HttpTrigger),
    ("queueTrigger", BindingType::QueueTrigger),
    ("blob", BindingType::Blob),
    ("cosmosDB", BindingType::CosmosDb),
    ("queue", BindingType::Queue),
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

    pub(super) fn is_trigger(self) -> bool {
        matches!(
            self,
            Self::BlobTrigger | Self::KafkaTrigger | Self::HttpTrigger | Self::QueueTrigger
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
    /// Reads one entry; the error says what is wrong with it.
    pub(crate) fn read(properties: Map<String, Value>) -> Result<Self, String> {
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
        Ok(Self {
            name,
            kind,
            properties,
        })
    }

    /// Puts the values of `%settings%` into all properties.
    pub(crate) fn resolve_settings(&mut self, settings: &Settings) -> Result<(), String> {
        for (property, value) in &mut self.properties {
            let Value::String(text) = value else { continue };
            *text = expressions::resolve_settings(text, |name| settings.get(name))
                .map_err(|error| format!("{property}: {error}"))?;
        }
        Ok(())
    }

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
