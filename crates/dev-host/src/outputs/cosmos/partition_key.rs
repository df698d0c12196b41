//! The partition key of a document, which the SDK requires.

use crate::{
    json_net::{Json, Object},
    outputs::WriteError,
};
use azure_data_cosmos::{
    PartitionKey,
    models::{PartitionKeyDefinition, PartitionKeyValue},
};

/// The values at the container's partition key paths in a document.
pub(super) fn of(
    item: &Object<'_>,
    definition: &PartitionKeyDefinition,
) -> Result<PartitionKey, WriteError> {
    let values: Vec<PartitionKeyValue> = definition
        .paths()
        .iter()
        .map(|path| value_at(path, item))
        .collect::<Result<_, _>>()?;
    Ok(PartitionKey::try_from(values)?)
}

/// The value at a path `/name` or `/name/inner`. A missing one has a special value: undefined.
fn value_at(path: &str, item: &Object<'_>) -> Result<PartitionKeyValue, WriteError> {
    let mut names = path.trim_start_matches('/').split('/');
    let first = names.next().and_then(|name| item.get(name));
    let value = names.fold(first, |value, name| match value? {
        Json::Object(object) => object.get(name),
        _ => None,
    });
    Ok(match value {
        None => PartitionKey::UNDEFINED,
        Some(Json::Null) => PartitionKey::NULL,
        Some(Json::Bool(flag)) => PartitionKeyValue::from(*flag),
        Some(Json::Text(text)) => PartitionKeyValue::from(text.to_string()),
        Some(Json::Date(date, _)) => PartitionKeyValue::from(date.iso()),
        Some(number @ (Json::Integer(_) | Json::BigInteger(_) | Json::Float(_))) => {
            // Cosmos DB has no other numbers than these.
            PartitionKeyValue::try_from(number.compact().parse().unwrap_or(0.0))?
        }
        Some(Json::Array(_) | Json::Object(_)) => {
            return Err(WriteError::Value(format!(
                "the partition key {path} must be a plain value"
            )));
        }
    })
}
