//! `cosmosDBTrigger`.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::Value;

use crate::{Data, InvalidInvocation, Trigger};

/// New or changed documents of a Cosmos DB container, with their system fields `_etag` and `_ts`,
/// in the order of the change feed.
///
/// Dates have lost the zeros at the end of their fraction, because the host parses and serialises
/// the documents. If the function fails, the batch is not sent again unless function.json has a
/// retry policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CosmosChanges<D = Value>(pub Vec<D>);

impl<D: DeserializeOwned> Trigger for CosmosChanges<D> {
    type Metadata = IgnoredAny;

    fn read(_: IgnoredAny, data: Data) -> Result<Self, InvalidInvocation> {
        data.nested_json().map(Self)
    }
}
