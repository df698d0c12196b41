//! Any connection string gives a client or an error, and no error contains its key.

#![no_main]

use connections::{CosmosConnection, StorageConnection};
use libfuzzer_sys::fuzz_target;

/// A key that occurs nowhere else in an input.
const KEY: &str = "c2VjcmV0IHNlY3JldCBzZWNyZXQ=";

fuzz_target!(|text: &str| {
    let text = text.replace("KEY", KEY);
    let lookup = |name: &str| (name == "Store").then(|| text.clone());
    let told = match StorageConnection::from_settings("Store", lookup) {
        Ok(account) => [account.blobs().err(), account.queues().err()]
            .into_iter()
            .flatten()
            .map(|error| error.to_string())
            .collect(),
        Err(error) => error.to_string(),
    };
    assert!(!told.contains(KEY));
    if let Err(error) = CosmosConnection::from_settings("Store", lookup) {
        assert!(!error.to_string().contains(KEY));
    }
});
