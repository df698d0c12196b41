//! Signed addresses of single blobs, which somebody may use without an identity of their own for a short time.
//!
//! With an identity, Azure gives a user delegation key, and the signature allows no more than that identity may do. With
//! an account key (Azurite, or a connection string), the key signs. Sources:
//! <https://learn.microsoft.com/rest/api/storageservices/create-user-delegation-sas>,
//! <https://learn.microsoft.com/rest/api/storageservices/create-service-sas>.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use azure_core::{
    http::{ClientOptions, Url},
    time::{OffsetDateTime, to_rfc3339},
};
use azure_storage_blob::{BlobClient, BlobClientOptions, BlobServiceClient, models::KeyInfo};

use crate::sas::{DelegationKey, Grant};

/// How long a delegation key lasts. Azure allows seven days.
const KEY_LIFETIME: Duration = Duration::from_hours(24);
/// How much earlier than its end a key is replaced, which is also how long a signature may last at most.
const KEY_RESERVE: Duration = Duration::from_hours(12);
/// How much the clock here may be ahead of Azure's.
const CLOCKS_DIFFER: Duration = Duration::from_mins(15);

/// Signs addresses of blobs of one account.
pub struct BlobSigner {
    endpoint: Url,
    account: String,
    source: Source,
    /// For clients that use signed addresses.
    options: ClientOptions,
}

pub(crate) enum Source {
    /// The account key, decoded.
    Key(Vec<u8>),
    /// A key that Azure gives to an identity, and when it ends.
    Delegation {
        service: Box<BlobServiceClient>,
        key: Mutex<Option<(DelegationKey, OffsetDateTime)>>,
    },
}

/// What the holder of a signed address may do with the blob.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Read it.
    Read,
    /// Write its content, and nothing else.
    Write,
}

/// The address of a blob with a signature.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// The address. Whoever has it has the permission.
    pub url: Url,
    /// Until when it can be used, as RFC 3339 writes it in UTC.
    pub expires: String,
}

impl std::fmt::Debug for SignedUrl {
    /// Leaves the address out, because it holds the signature.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("SignedUrl")
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl BlobSigner {
    pub(crate) fn new(
        endpoint: Url,
        account: String,
        source: Source,
        options: ClientOptions,
    ) -> Self {
        Self {
            endpoint,
            account,
            source,
            options,
        }
    }

    /// A client that uses such an address.
    ///
    /// # Errors
    ///
    /// Those of [`sign`](Self::sign).
    pub async fn client(
        &self,
        container: &str,
        blob: &str,
        permission: Permission,
        lifetime: Duration,
    ) -> azure_core::Result<BlobClient> {
        let signed = self.sign(container, blob, permission, lifetime).await?;
        let options = BlobClientOptions {
            client_options: self.options.clone(),
            ..Default::default()
        };
        BlobClient::new(signed.url, None, Some(options))
    }

    /// The address of a blob with a signature that lasts for `lifetime`, twelve hours at most.
    ///
    /// # Errors
    ///
    /// Azure gives no delegation key: the identity needs the role Storage Blob Delegator.
    pub async fn sign(
        &self,
        container: &str,
        blob: &str,
        permission: Permission,
        lifetime: Duration,
    ) -> azure_core::Result<SignedUrl> {
        let expires = to_rfc3339(&in_time(lifetime.min(KEY_RESERVE)));
        let grant = Grant {
            account: &self.account,
            container,
            blob,
            permissions: match permission {
                Permission::Read => "r",
                Permission::Write => "w",
            },
            expires: &expires,
            protocols: if self.endpoint.scheme() == "http" {
                "https,http"
            } else {
                "https"
            },
        };
        let url = self.address(container, blob);
        let url = match &self.source {
            Source::Key(key) => grant.signed_by_account_key(url, key),
            Source::Delegation { service, key } => {
                grant.signed_by_delegation_key(url, &current(service, key).await?)
            }
        };
        Ok(SignedUrl { url, expires })
    }

    fn address(&self, container: &str, blob: &str) -> Url {
        let mut url = self.endpoint.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(container).extend(blob.split('/'));
        }
        url
    }
}

/// The delegation key, or a new one shortly before it ends.
async fn current(
    service: &BlobServiceClient,
    kept: &Mutex<Option<(DelegationKey, OffsetDateTime)>>,
) -> azure_core::Result<DelegationKey> {
    let lock = || kept.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((key, expires)) = &*lock()
        && *expires > in_time(KEY_RESERVE)
    {
        return Ok(key.clone());
    }
    let expires = in_time(KEY_LIFETIME);
    let asked = KeyInfo {
        start: Some(in_time(Duration::ZERO) - CLOCKS_DIFFER),
        expiry: Some(expires),
        ..KeyInfo::default()
    };
    let answer = service
        .get_user_delegation_key(asked.try_into()?, None)
        .await?;
    let key = DelegationKey::of(answer.into_model()?)?;
    *lock() = Some((key.clone(), expires));
    Ok(key)
}

/// A time from now, in whole seconds as signatures have it.
fn in_time(duration: Duration) -> OffsetDateTime {
    let now = OffsetDateTime::now_utc();
    now.replace_nanosecond(0).unwrap_or(now) + duration
}

/// The account that an endpoint belongs to: the first part of the path of an emulator, or of the host's name.
pub(crate) fn account_of(endpoint: &Url) -> Option<String> {
    let in_path = endpoint.path_segments()?.next().unwrap_or_default();
    let account = match in_path {
        "" => endpoint.host_str()?.split('.').next()?,
        account => account,
    };
    Some(account.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(endpoint: &str) -> BlobSigner {
        let source = Source::Key(b"key".to_vec());
        let endpoint = Url::parse(endpoint).expect("a URL");
        let account = account_of(&endpoint).expect("an account");
        BlobSigner::new(endpoint, account, source, ClientOptions::default())
    }

    async fn signed(endpoint: &str, blob: &str) -> Url {
        let signer = signer(endpoint);
        let lifetime = Duration::from_mins(1);
        let signed = signer.sign("staging", blob, Permission::Write, lifetime);
        signed.await.expect("a signature").url
    }

    fn parameter(url: &Url, wanted: &str) -> String {
        let found = url.query_pairs().find(|(name, _)| name == wanted);
        found.expect("the parameter is there").1.into_owned()
    }

    #[tokio::test]
    async fn an_address_is_of_one_blob_for_writing_and_by_https_where_there_is_https() {
        let url = signed("https://photos.blob.core.windows.net", "a/b.jpg").await;
        assert_eq!(url.path(), "/staging/a/b.jpg");
        for (name, value) in [("sr", "b"), ("sp", "w"), ("spr", "https")] {
            assert_eq!(parameter(&url, name), value);
        }
        let local = signed("http://127.0.0.1:10000/devstoreaccount1", "a/b.jpg").await;
        assert_eq!(local.path(), "/devstoreaccount1/staging/a/b.jpg");
        assert_eq!(parameter(&local, "spr"), "https,http");
        let other = signed("https://photos.blob.core.windows.net", "a/c.jpg").await;
        assert_ne!(parameter(&url, "sig"), parameter(&other, "sig"));
    }

    #[tokio::test]
    async fn the_signature_does_not_reach_a_log() {
        let signer = signer("https://photos.blob.core.windows.net");
        let lifetime = Duration::from_mins(1);
        let signed = signer.sign("staging", "a", Permission::Read, lifetime);
        let text = format!("{:?}", signed.await);
        assert!(!text.contains("sig="), "{text}");
    }

    #[test]
    fn the_account_is_in_the_path_or_in_the_host() {
        for (endpoint, account) in [
            ("https://photos.blob.core.windows.net", "photos"),
            (
                "http://127.0.0.1:10000/devstoreaccount1",
                "devstoreaccount1",
            ),
        ] {
            let endpoint = Url::parse(endpoint).expect("a URL");
            assert_eq!(account_of(&endpoint).as_deref(), Some(account));
        }
    }
}
