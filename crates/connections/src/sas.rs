//! Shared access signatures: of an account, made from its key; and of one blob.
//!
//! The Blob and Queue SDKs accept an Entra ID token or a signed URL, but no account key. Azurite
//! and accounts with a connection string have only the key, so it is turned into a signed URL once,
//! in memory. The signature never leaves the process. Source:
//! <https://learn.microsoft.com/rest/api/storageservices/create-account-sas>.

use azure_core::{
    Error,
    error::ErrorKind,
    http::Url,
    time::{OffsetDateTime, to_rfc3339},
};
use azure_storage_common::models::UserDelegationKey;
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
    let key = decode_key(key)?;
    let to_sign = format!(
        "{account}\n{PERMISSIONS}\n{SERVICES}\n{RESOURCE_TYPES}\n\n{EXPIRY}\n\n{PROTOCOLS}\n{VERSION}\n\n"
    );
    let signature = signature(&to_sign, &key);
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

/// The bytes of an account key.
pub(crate) fn decode_key(key: &str) -> Result<Vec<u8>, &'static str> {
    STANDARD
        .decode(key)
        .map_err(|_| "its AccountKey is not base64")
}

fn signature(to_sign: &str, key: &[u8]) -> String {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("every length is a key");
    mac.update(to_sign.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// A permission for one blob.
pub(crate) struct Grant<'a> {
    pub(crate) account: &'a str,
    pub(crate) container: &'a str,
    pub(crate) blob: &'a str,
    pub(crate) permissions: &'a str,
    pub(crate) expires: &'a str,
    pub(crate) protocols: &'a str,
}

/// A key that Azure gives to an identity, with what Azure has to be told about it again.
#[derive(Clone)]
pub(crate) struct DelegationKey {
    object: String,
    tenant: String,
    start: String,
    expires: String,
    service: String,
    version: String,
    key: Vec<u8>,
}

impl DelegationKey {
    /// Fails if a part is missing from Azure's answer.
    pub(crate) fn of(answer: UserDelegationKey) -> azure_core::Result<Self> {
        let time = |time: OffsetDateTime| to_rfc3339(&time);
        let all = || {
            Some(Self {
                object: answer.signed_oid?,
                tenant: answer.signed_tid?,
                start: answer.signed_start.map(time)?,
                expires: answer.signed_expiry.map(time)?,
                service: answer.signed_service?,
                version: answer.signed_version?,
                key: answer.value?,
            })
        };
        let incomplete = || {
            let message = "the user delegation key of Azure is incomplete";
            Error::with_message(ErrorKind::DataConversion, message)
        };
        all().ok_or_else(incomplete)
    }
}

impl Grant<'_> {
    /// The address with a signature by the account's key.
    pub(crate) fn signed_by_account_key(&self, url: Url, key: &[u8]) -> Url {
        // Empty: identifier and addresses.
        self.signed(url, &[], "\n", key)
    }

    /// The address with a signature by a user delegation key.
    pub(crate) fn signed_by_delegation_key(&self, url: Url, key: &DelegationKey) -> Url {
        let of_key = [
            ("skoid", key.object.as_str()),
            ("sktid", &key.tenant),
            ("skt", &key.start),
            ("ske", &key.expires),
            ("sks", &key.service),
            ("skv", &key.version),
        ];
        // Empty: three ids of other users and the addresses.
        let signer = of_key.map(|(_, value)| value).join("\n") + "\n\n\n\n";
        self.signed(url, &of_key, &signer, &key.key)
    }

    /// The two kinds of signature differ only in what stands between the blob and the protocols.
    fn signed(&self, mut url: Url, of_key: &[(&str, &str)], signer: &str, key: &[u8]) -> Url {
        let Self {
            account,
            container,
            blob,
            permissions,
            expires,
            protocols,
        } = self;
        // Empty: start; snapshot, encryption scope, and five headers of the answer.
        let to_sign = format!(
            "{permissions}\n\n{expires}\n/blob/{account}/{container}/{blob}\n{signer}\n{protocols}\n{VERSION}\nb\n\n\n\n\n\n\n"
        );
        url.query_pairs_mut()
            .append_pair("sv", VERSION)
            .append_pair("sr", "b")
            .append_pair("sp", permissions)
            .append_pair("se", expires)
            .append_pair("spr", protocols)
            .extend_pairs(of_key)
            .append_pair("sig", &signature(&to_sign, key));
        url
    }
}
