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
    TimerTrigger,
    EventGridTrigger,
    CosmosDbTrigger,
    Blob,
    CosmosDb,
    Queue,
    Kafka,
    Http,
}

/// The direction of a binding's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    In,
    Out,
}

/// Every type with its name in function.json. The host ignores the case.
const BINDING_TYPES: [(&str, BindingType); 12] = [
    ("blobTrigger", BindingType::BlobTrigger),
    ("kafkaTrigger", BindingType::KafkaTrigger),
    ("httpTrigger", BindingType::HttpTrigger),
    ("queueTrigger", BindingType::QueueTrigger),
    ("timerTrigger", BindingType::TimerTrigger),
    ("eventGridTrigger", BindingType::EventGridTrigger),
    ("cosmosDBTrigger", BindingType::CosmosDbTrigger),
    ("blob", BindingType::Blob),
    ("cosmosDB", BindingType::CosmosDb),
    ("queue", BindingType::Queue),
    ("kafka", BindingType::Kafka),
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
        self.name().ends_with("Trigger")
    }

    /// Whether a type can be an input beside the trigger.
    fn is_input(self) -> bool {
        matches!(self, Self::Blob | Self::CosmosDb)
    }
}

/// The direction that function.json gives a binding, if the type can have it.
fn direction(kind: BindingType, text: &str) -> Option<Direction> {
    if text.eq_ignore_ascii_case("in") {
        (kind.is_trigger() || kind.is_input()).then_some(Direction::In)
    } else if text.eq_ignore_ascii_case("out") {
        (!kind.is_trigger()).then_some(Direction::Out)
    } else {
        None
    }
}

/// One entry of `bindings`.
#[derive(Debug, Clone)]
pub(crate) struct Binding {
    pub(crate) name: String,
    pub(crate) kind: BindingType,
    pub(crate) direction: Direction,
    /// All properties as written in the file, including the common ones.
    properties: Map<String, Value>,
}

impl Binding {
    /// Reads one entry. The error says what is wrong with it.
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
                "the binding {name} has the unknown type {kind}: the known types are {}",
                known.join(", ")
            )
        })?;
        let text = text("direction").unwrap_or("in");
        let direction = direction(kind, text).ok_or_else(|| {
            format!(
                "the binding {name} of type {} has the direction {text}, which this host does not know",
                kind.name()
            )
        })?;
        Ok(Self {
            name,
            kind,
            direction,
            properties,
        })
    }

    /// Replaces `%settings%` by their values in all properties.
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

    /// Whether any property contains an `{expression}`.
    pub(crate) fn has_expression(&self) -> bool {
        self.properties
            .values()
            .filter_map(Value::as_str)
            .any(|text| text.contains('{'))
    }
}
