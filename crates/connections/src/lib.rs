//! Turns Azure Functions connection settings into Azure SDK clients.
//!
//! A binding names a *connection*, for example `AzureWebJobsStorage`. The Functions host reads it either from one
//! setting that holds a connection string, or from several settings that share the name as their prefix and describe an
//! identity
//! (<https://learn.microsoft.com/azure/azure-functions/functions-reference#configure-an-identity-based-connection>).
//! This crate reads the same settings, so that the code and the host always reach the same account in the same way.
//!
//! - [`StorageConnection`]: Blob and Queue clients
//! - [`BlobSigner`]: signed addresses of single blobs
//! - [`CosmosConnection`]: the Cosmos DB client (feature `cosmos`)
//! - [`KafkaAccess`]: how to reach a Kafka cluster, in the terms of its trigger (feature `kafka`)
//!
//! [`app_setting`] reads any other setting of the app. Settings are read through a lookup function, never from the
//! environment directly, so that a test can supply its own.

/// The example of README.md, compiled with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

pub mod app_setting;
mod blob_signer;
mod connection_string;
#[cfg(feature = "cosmos")]
mod cosmos;
mod error;
mod first_use;
mod identity;
#[cfg(feature = "kafka")]
mod kafka;
mod sas;
mod storage;

pub use blob_signer::{BlobSigner, Permission, SignedUrl};
#[cfg(feature = "cosmos")]
pub use cosmos::CosmosConnection;
pub use error::ConnectionError;
#[cfg(feature = "kafka")]
pub use kafka::KafkaAccess;
pub use storage::StorageConnection;

/// The identity of a connection for which this crate has no client, from `{name}__credential` and `{name}__clientId`.
///
/// # Errors
///
/// Settings that do not describe an identity.
pub fn credential(
    name: &str,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<std::sync::Arc<dyn azure_core::credentials::TokenCredential>, ConnectionError> {
    identity::credential(name, &lookup, &first_use::transport())
}

/// Finds a setting of a connection: `{name}`, or `{name}__{part}` if a part is given.
///
/// Like the host, it tries the name with the prefix `AzureWebJobs` first.
fn setting(
    name: &str,
    part: Option<&str>,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let suffix = part.map(|part| format!("__{part}")).unwrap_or_default();
    [
        format!("AzureWebJobs{name}{suffix}"),
        format!("{name}{suffix}"),
    ]
    .iter()
    .find_map(|key| lookup(key))
    .filter(|value| !value.trim().is_empty())
}
