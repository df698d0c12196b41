//! One storage account: its Blob and Queue endpoints and how to authenticate there.

use std::{
    fmt::{self, Write as _},
    sync::Arc,
};

use azure_core::{
    credentials::TokenCredential,
    http::{ClientOptions, ExponentialRetryOptions, RetryOptions, Transport, Url},
};

use crate::{
    ConnectionError, connection_string::ConnectionString, first_use, identity, sas, setting,
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
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<StorageConnection, ConnectionError> {
        StorageConnection::from_settings("AzureWebJobsStorage", |key| {
            settings
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn no_character_of_a_blobs_name_is_lost() {
        let connection = read(&[("AzureWebJobsStorage", "UseDevelopmentStorage=true")]).unwrap();
        let container = connection.blobs().unwrap().blob_container_client("uploads");
        for (name, path) in [
            ("a/b c.jpg", "/devstoreaccount1/uploads/a%2Fb%20c.jpg"),
            (
                "a/b\tc%.jpg",
                "/devstoreaccount1/uploads/a%2Fb%09c%25%2Ejpg",
            ),
        ] {
            let blob = connection.blob(&container, name).unwrap();
            assert_eq!(blob.url().path(), path, "{name}");
            assert!(blob.url().query().is_some(), "the signature stays");
        }
    }

    #[test]
    fn development_storage_is_azurite_on_its_usual_ports() {
        let connection = read(&[("AzureWebJobsStorage", "UseDevelopmentStorage=true")]).unwrap();
        assert_eq!(
            connection.blob_endpoint().unwrap().as_str(),
            "http://127.0.0.1:10000/devstoreaccount1"
        );
        assert_eq!(connection.queue.unwrap().port(), Some(10001));
    }

    #[test]
    fn an_account_key_becomes_a_signature_and_never_shows() {
        let connection = read(&[(
            "AzureWebJobsStorage",
            "DefaultEndpointsProtocol=https;AccountName=photos;AccountKey=c2VjcmV0;EndpointSuffix=core.windows.net",
        )])
        .unwrap();
        let url = connection.blob.clone().unwrap();
        assert_eq!(url.host_str(), Some("photos.blob.core.windows.net"));
        assert!(
            url.query_pairs()
                .any(|(key, value)| key == "sig" && value.len() == 44)
        );
        assert!(!format!("{connection:?}").contains("sig"));
    }

    #[test]
    fn an_endpoint_that_is_no_address_is_told_without_its_signature() {
        for endpoint in ["ht:sp/photos", "file:///photos", "photos", "data:photos"] {
            let text = format!("BlobEndpoint={endpoint};SharedAccessSignature=sv=secret");
            let error = read(&[("AzureWebJobsStorage", &text)]).unwrap_err();
            let told = error.to_string();
            assert!(
                told.contains("not the address of an HTTP service"),
                "{told}"
            );
            assert!(!told.contains("secret"), "{told}");
        }
    }

    #[test]
    fn a_slash_at_the_end_of_an_endpoint_changes_nothing() {
        let connection = read(&[(
            "AzureWebJobsStorage",
            "BlobEndpoint=http://127.0.0.1:1/account/;SharedAccessSignature=sig=x",
        )])
        .unwrap();
        let blobs = connection.blobs().unwrap();
        let url = blobs.blob_container_client("uploads").url().clone();
        assert_eq!(url.path(), "/account/uploads");
    }

    #[test]
    fn a_given_signature_is_used_as_it_is() {
        let connection = read(&[(
            "AzureWebJobsStorage",
            "BlobEndpoint=https://photos.blob.core.windows.net;SharedAccessSignature=?sv=1&sig=x%3D",
        )])
        .unwrap();
        assert_eq!(connection.blob.unwrap().query(), Some("sv=1&sig=x%3D"));
        assert!(connection.queue.is_none());
    }

    #[test]
    fn an_account_name_means_an_identity() {
        let connection = read(&[
            ("AzureWebJobsStorage__accountName", "photos"),
            ("AzureWebJobsStorage__credential", "managedidentity"),
            (
                "AzureWebJobsStorage__clientId",
                "00000000-0000-0000-0000-000000000001",
            ),
        ])
        .unwrap();
        assert!(connection.credential.is_some());
        assert_eq!(
            connection.queue.unwrap().as_str(),
            "https://photos.queue.core.windows.net/"
        );
    }

    #[test]
    fn what_is_missing_or_wrong_is_named_without_its_value() {
        assert_eq!(
            read(&[]).unwrap_err().to_string(),
            "the connection AzureWebJobsStorage is not set: give AzureWebJobsStorage a connection \
             string, or set AzureWebJobsStorage__accountName for an identity"
        );
        let error =
            read(&[("AzureWebJobsStorage", "AccountName=a;AccountKey=%%hunter2")]).unwrap_err();
        assert!(
            error.to_string().ends_with("its AccountKey is not base64"),
            "{error}"
        );
    }
}
