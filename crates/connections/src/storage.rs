//! One storage account: its Blob and Queue endpoints and how to authenticate there.

use std::{
    fmt::{self, Write as _},
    sync::{Arc, Mutex},
};

use azure_core::{
    credentials::TokenCredential,
    http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport, Url},
};

use crate::{
    BlobSigner, ConnectionError,
    blob_signer::{Source, account_of},
    connection_string::ConnectionString,
    first_use, identity, sas, setting,
};

/// The account of the storage emulators. Microsoft publishes its key, so the key protects nothing. Source:
/// <https://learn.microsoft.com/azure/storage/common/storage-configure-connection-string>.
const DEVELOPMENT_STORAGE: &str = "AccountName=devstoreaccount1;\
    AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;\
    BlobEndpoint=http://127.0.0.1:10000/devstoreaccount1;\
    QueueEndpoint=http://127.0.0.1:10001/devstoreaccount1";

/// The characters that URL parsers drop. Source: <https://url.spec.whatwg.org/#concept-basic-url-parser>.
const DROPPED_IN_URLS: [char; 3] = ['\t', '\n', '\r'];

/// A storage account as the settings of a connection describe it.
#[derive(Clone)]
pub struct StorageConnection {
    name: String,
    blob: Option<Url>,
    queue: Option<Url>,
    /// Absent if the URLs carry a signature.
    credential: Option<Arc<dyn TokenCredential>>,
    /// The account key, if there is one.
    key: Option<Vec<u8>>,
    /// The transport of all clients and of the credential.
    transport: Transport,
    retries: u32,
}

/// How often a request is retried. The SDK's default retries last a minute. The host retries a failed event itself, so
/// a call gives up early enough to answer it.
const RETRIES: u32 = 3;

impl fmt::Debug for StorageConnection {
    /// Leaves the URLs out, because their queries may hold signatures.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("StorageConnection")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl StorageConnection {
    /// Reads the connection `name`: a connection string (with an account key, a shared access
    /// signature, or `UseDevelopmentStorage=true`), or `{name}__accountName`, or
    /// `{name}__blobServiceUri` and `{name}__queueServiceUri`, with `{name}__credential` and
    /// `{name}__clientId` for a managed identity.
    pub fn from_settings(
        name: &str,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConnectionError> {
        match setting(name, None, &lookup) {
            Some(text) => Self::from_connection_string(name, &text),
            None => Self::from_identity(name, &lookup),
        }
    }

    fn from_connection_string(name: &str, text: &str) -> Result<Self, ConnectionError> {
        let invalid = |reason| ConnectionError::invalid(name, reason);
        let mut parsed = ConnectionString::parse(text).map_err(invalid)?;
        if parsed
            .get("UseDevelopmentStorage")
            .is_some_and(|value| value.eq_ignore_ascii_case("true"))
        {
            parsed = ConnectionString::parse(DEVELOPMENT_STORAGE).map_err(invalid)?;
        }
        let endpoint = |service: &str| -> Result<Option<Url>, ConnectionError> {
            endpoint(&parsed, service)
                .map(|text| {
                    let url = address(&text).ok_or_else(|| {
                        invalid("one of its endpoints is not the address of an HTTP service")
                    })?;
                    authenticate(url, &parsed).map_err(invalid)
                })
                .transpose()
        };
        Ok(Self {
            name: name.to_owned(),
            blob: endpoint("blob")?,
            queue: endpoint("queue")?,
            credential: None,
            key: parsed
                .get("AccountKey")
                .and_then(|key| sas::decode_key(key).ok()),
            transport: first_use::transport(),
            retries: RETRIES,
        })
    }

    fn from_identity(
        name: &str,
        lookup: &impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConnectionError> {
        let account = setting(name, Some("accountName"), lookup);
        let url = |service: &str| -> Result<Option<Url>, ConnectionError> {
            setting(name, Some(&format!("{service}ServiceUri")), lookup)
                .or_else(|| {
                    Some(format!(
                        "https://{}.{service}.core.windows.net",
                        account.as_ref()?
                    ))
                })
                .map(|text| {
                    address(&text).ok_or_else(|| {
                        ConnectionError::invalid(
                            name,
                            format!("its {service} endpoint is not the address of an HTTP service"),
                        )
                    })
                })
                .transpose()
        };
        let (blob, queue) = (url("blob")?, url("queue")?);
        if blob.is_none() && queue.is_none() {
            return Err(ConnectionError::Missing {
                connection: name.to_owned(),
                alternatives: format!("{name}__accountName for an identity"),
            });
        }
        let transport = first_use::transport();
        let credential = Some(identity::credential(name, lookup, &transport)?);
        Ok(Self {
            name: name.to_owned(),
            blob,
            queue,
            credential,
            key: None,
            transport,
            retries: RETRIES,
        })
    }

    /// The same account with clients that send each request only once, for callers that must know about each request
    /// without an answer.
    #[must_use]
    pub fn without_retries(self) -> Self {
        Self { retries: 0, ..self }
    }

    /// The account's Blob endpoint, without the query that authenticates.
    #[must_use]
    pub fn blob_endpoint(&self) -> Option<Url> {
        self.blob.clone().map(|mut url| {
            url.set_query(None);
            url
        })
    }

    /// A client for the account's blobs.
    pub fn blobs(&self) -> Result<azure_storage_blob::BlobServiceClient, ConnectionError> {
        let options = azure_storage_blob::BlobServiceClientOptions {
            client_options: self.client_options(),
            ..Default::default()
        };
        azure_storage_blob::BlobServiceClient::new(
            self.url(self.blob.as_ref(), "blob")?,
            self.credential.clone(),
            Some(options),
        )
        .map_err(|error| ConnectionError::client(&self.name, error))
    }

    /// Signs addresses of this account's blobs.
    ///
    /// # Errors
    ///
    /// A connection string that holds a signature and no key cannot sign.
    pub fn blob_signer(&self) -> Result<BlobSigner, ConnectionError> {
        let source = match (&self.key, &self.credential) {
            (Some(key), _) => Source::Key(key.clone()),
            (None, Some(_)) => Source::Delegation {
                service: Box::new(self.blobs()?),
                key: Mutex::default(),
            },
            (None, None) => {
                let reason = "it can sign no address of a blob: it holds a signature and no key";
                return Err(ConnectionError::invalid(&self.name, reason));
            }
        };
        let mut endpoint = self.url(self.blob.as_ref(), "blob")?;
        endpoint.set_query(None);
        let account = account_of(&endpoint).unwrap_or_default();
        let options = self.client_options();
        Ok(BlobSigner::new(endpoint, account, source, options))
    }

    /// A client for one blob of a container of this account.
    ///
    /// The container's own client drops tabs and line breaks from names, as URL parsers do, and so reaches another blob
    /// or none. For such a name this function creates a client that escapes them, for example as `%09`.
    pub fn blob(
        &self,
        container: &azure_storage_blob::BlobContainerClient,
        name: &str,
    ) -> Result<azure_storage_blob::BlobClient, ConnectionError> {
        if !name.contains(DROPPED_IN_URLS) {
            return Ok(container.blob_client(name));
        }
        let options = azure_storage_blob::BlobClientOptions {
            client_options: self.client_options(),
            ..Default::default()
        };
        azure_storage_blob::BlobClient::new(
            with_name(container.url().clone(), name),
            self.credential.clone(),
            Some(options),
        )
        .map_err(|error| ConnectionError::client(&self.name, error))
    }

    /// A client for the account's queues.
    pub fn queues(&self) -> Result<azure_storage_queue::QueueServiceClient, ConnectionError> {
        let options = azure_storage_queue::QueueServiceClientOptions {
            client_options: self.client_options(),
            ..Default::default()
        };
        azure_storage_queue::QueueServiceClient::new(
            self.url(self.queue.as_ref(), "queue")?,
            self.credential.clone(),
            Some(options),
        )
        .map_err(|error| ConnectionError::client(&self.name, error))
    }

    fn client_options(&self) -> ClientOptions {
        ClientOptions {
            retry: RetryOptions::exponential(ExponentialRetryOptions {
                max_retries: self.retries,
                ..Default::default()
            }),
            ..first_use::options(&self.transport)
        }
    }

    fn url(&self, url: Option<&Url>, service: &str) -> Result<Url, ConnectionError> {
        url.cloned().ok_or_else(|| {
            ConnectionError::invalid(&self.name, format!("it names no {service} endpoint"))
        })
    }
}

/// The URL of a blob in the container at `url`, with every byte of its name escaped except letters and digits.
fn with_name(mut url: Url, name: &str) -> Url {
    let mut path = url.path().trim_end_matches('/').to_owned();
    path.push('/');
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() {
            path.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    url.set_path(&path);
    url
}

/// Parses the address of a service. The SDK's clients would quote any invalid URL in their error, its signature
/// included.
fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// The endpoint that the string states, or the one implied by the account's name.
fn endpoint(parsed: &ConnectionString, service: &str) -> Option<String> {
    parsed
        .get(&format!("{service}Endpoint"))
        // After a slash at the end, the SDK would insert an empty container name.
        .map(|text| text.trim_end_matches('/').to_owned())
        .or_else(|| {
            let account = parsed.get("AccountName")?;
            let suffix = parsed.get("EndpointSuffix").unwrap_or("core.windows.net");
            let scheme = parsed.get("DefaultEndpointsProtocol").unwrap_or("https");
            Some(format!("{scheme}://{account}.{service}.{suffix}"))
        })
}

/// Adds the authentication to the URL: the given signature, or one made from the account key.
fn authenticate(mut url: Url, parsed: &ConnectionString) -> Result<Url, &'static str> {
    match (
        parsed.get("SharedAccessSignature"),
        parsed.get("AccountName"),
        parsed.get("AccountKey"),
    ) {
        (Some(signature), _, _) => {
            url.set_query(Some(signature.trim_start_matches('?')));
            Ok(url)
        }
        (None, Some(account), Some(key)) => sas::sign(url, account, key),
        _ => Err("it holds neither AccountName and AccountKey nor SharedAccessSignature"),
    }
}

#[cfg(test)]
mod tests;
