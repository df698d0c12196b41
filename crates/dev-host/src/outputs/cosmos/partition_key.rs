//! The partition key of a document, which the SDK wants to be told.

use azure_data_cosmos::{
    PartitionKey,
    models::{PartitionKeyDefinition, PartitionKeyValue},
};
use serde_json::{Map, Value};

use crate::outputs::WriteError;

/// The values that the container's partition key paths find in a document.
pub(super) fn of(
    item: &Map<String, Value>,
    definition: &PartitionKeyDefinition,
) -> Result<PartitionKey, WriteError> {
    let values: Vec<PartitionKeyValue> = definition
        .paths()
        .iter()
        .map(|path| value_at(path, item))
        .collect::<Result<_, _>>()?;
    Ok(PartitionKey::try_from(values)?)
}

/// A path is `/name` or `/name/inner`. What is not there has a value of its own: undefined.
fn value_at(path: &str, item: &Map<String, Value>) -> Result<PartitionKeyValue, WriteError> {
    let mut names = path.trim_start_matches('/').split('/');
    let first = names.next().and_then(|name| item.get(name));
    let value = names.fold(first, |value, name| value?.get(name));
    Ok(match value {
        None => PartitionKey::UNDEFINED,
        Some(Value::Null) => PartitionKey::NULL,
        Some(Value::Bool(flag)) => PartitionKeyValue::from(*flag),
        Some(Value::String(text)) => PartitionKeyValue::from(text),
        // Cosmos DB knows no other numbers than these.
        Some(Value::Number(number)) => {
            PartitionKeyValue::try_from(number.as_f64().unwrap_or_default())?
        }
        Some(Value::Array(_) | Value::Object(_)) => {
            return Err(WriteError::Value(format!(
                "the partition key {path} must be a plain value"
            )));
        }
    })
}
