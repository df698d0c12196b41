//! An account shared access signature, made from an account key.
//!
//! The Blob and Queue SDKs accept an Entra ID token or a signed URL, but no account key. Azurite
//! and accounts with a connection string have only the key, so it is turned into a signed URL once,
//! in memory. The signature never leaves the process. Source:
//! <https://learn.microsoft.com/rest/api/storageservices/create-account-sas>.

use azure_core::http::Url;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// The service version. From 2020-12-06 on, the string-to-sign ends in the encryption scope.
const VERSION: &str = "2021-12-02";
/// Read, write, delete, list, add, create, update and process, which are the host's own
/// permissions.
const PERMISSIONS: &str = "rwdlacup";
/// The services blob and queue.
const SERVICES: &str = "bq";
/// The resource types service, container and object.
const RESOURCE_TYPES: &str = "sco";
/// The signature stays in the process that holds the key, so it may last as long as the key. A
/// shorter life would only break a long-running process.
const EXPIRY: &str = "2099-12-31T00:00:00Z";
/// HTTP is included because local emulators use it.
const PROTOCOLS: &str = "https,http";

/// Adds the signature to a service URL. Fails if the key is not base64.
pub(crate) fn sign(mut service: Url, account: &str, key: &str) -> Result<Url, &'static str> {
    let key = STANDARD
        .decode(key)
        .map_err(|_| "its AccountKey is not base64")?;
    let to_sign = format!(
        "{account}\n{PERMISSIONS}\n{SERVICES}\n{RESOURCE_TYPES}\n\n{EXPIRY}\n\n{PROTOCOLS}\n{VERSION}\n\n"
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(&key)
        .map_err(|_| "its AccountKey cannot be used to sign")?;
    mac.update(to_sign.as_bytes());
    let signature = STANDARD.encode(mac.finalize().into_bytes());
    service
        .query_pairs_mut()
        .append_pair("sv", VERSION)
        .append_pair("ss", SERVICES)
        .append_pair("srt", RESOURCE_TYPES)
        .append_pair("sp", PERMISSIONS)
        .append_pair("se", EXPIRY)
        .append_pair("spr", PROTOCOLS)
        .append_pair("sig", &signature);
    Ok(service)
}
