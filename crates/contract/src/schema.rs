//! The JSON Schemas of the record and of the image event, generated from the types.

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::Transform};
use serde_json::{Map, Value};

use crate::{ImageEvent, Record};

/// The JSON Schema (draft 2020-12) of a record as it is written.
#[must_use]
pub fn record() -> Value {
    schema_of::<Record>()
}

/// The JSON Schema (draft 2020-12) of an image event as it is sent.
#[must_use]
pub fn image_event() -> Value {
    schema_of::<ImageEvent>()
}

fn schema_of<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    AbsentIsAbsent.transform(&mut schema);
    schema.to_value()
}

/// Removes null from the types of optional properties, because a record leaves an absent property
/// out. Removes defaults, too, because they say how old records are read, not how records are
/// written.
struct AbsentIsAbsent;

impl Transform for AbsentIsAbsent {
    fn transform(&mut self, schema: &mut Schema) {
        if let Some(object) = schema.as_object_mut() {
            tidy(object);
        }
        schemars::transform::transform_subschemas(self, schema);
    }
}

fn tidy(object: &mut Map<String, Value>) {
    if let Some(Value::String(description)) = object.get_mut("description") {
        *description = unwrap_lines(description);
    }
    let required: Vec<Value> = object
        .get("required")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let Some(Value::Object(properties)) = object.get_mut("properties") else {
        return;
    };
    for (name, property) in properties {
        let Value::Object(property) = property else {
            continue;
        };
        property.remove("default");
        if !required.iter().any(|required| required == name) {
            remove_null(property);
        }
    }
}

/// Joins the lines of each paragraph. The line breaks of a doc comment come from the source code
/// and mean nothing.
fn unwrap_lines(text: &str) -> String {
    let paragraphs: Vec<_> = text
        .split("\n\n")
        .map(|paragraph| paragraph.replace('\n', " "))
        .collect();
    paragraphs.join("\n\n")
}

fn remove_null(property: &mut Map<String, Value>) {
    for list in ["type", "anyOf"] {
        let Some(Value::Array(choices)) = property.get_mut(list) else {
            continue;
        };
        choices.retain(|choice| choice != "null" && choice.get("type") != Some(&"null".into()));
        if let [only] = choices.as_slice() {
            let only = only.clone();
            property.remove(list);
            match only {
                Value::Object(only) => property.extend(only),
                only => drop(property.insert(list.to_owned(), only)),
            }
        }
    }
}
