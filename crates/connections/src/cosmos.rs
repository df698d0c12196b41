//! One Cosmos DB account.

use std::fmt;

use azure_core::{credentials::Secret, http::Url};
use azure_data_cosmos::{AccountReference, CosmosClient, RoutingStrategy, options::Region};

use crate::{ConnectionError, connection_string::ConnectionString, first_use, identity, setting};

/// A Cosmos DB account as the settings of a connection describe it.
#[derive(Clone)]
pub struct CosmosConnection {
    name: String,
    endpoint: Url,
    account: AccountReference,
    region: Region,
}

impl fmt::Debug for CosmosConnection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CosmosConnection")
            .field("name", &self.name)
            .field("endpoint", &self.endpoint.as_str())
            .finish_non_exhaustive()
    }
}

impl CosmosConnection {
    /// Reads the connection `name`: `AccountEndpoint=…;AccountKey=…`, or
    /// `{name}__accountEndpoint` with `{name}__credential` and `{name}__clientId` for a managed
    /// identity. The region nearest to the caller is `REGION_NAME`, which the platform sets.
    pub fn from_settings(
        name: &str,
        lookup: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConnectionError> {
        let parse = |text: &str| {
            Url::parse(text)
                .map_err(|_| ConnectionError::invalid(name, "its account endpoint is not a URL"))
        };
        let region = lookup("REGION_NAME").map_or(Region::EAST_US, Region::from);
        let (endpoint, account) = if let Some(text) = setting(name, None, &lookup) {
            let parsed = ConnectionString::parse(&text)
                .map_err(|reason| ConnectionError::invalid(name, reason))?;
            let (Some(endpoint), Some(key)) =
                (parsed.get("AccountEndpoint"), parsed.get("AccountKey"))
            else {
                return Err(ConnectionError::invalid(
                    name,
                    "it does not hold both AccountEndpoint and AccountKey",
                ));
            };
            let endpoint = parse(endpoint)?;
            let key = Secret::from(key.to_owned());
            let account = AccountReference::with_authentication_key(endpoint.clone().into(), key);
            (endpoint, account)
        } else if let Some(endpoint) = setting(name, Some("accountEndpoint"), &lookup) {
            let endpoint = parse(&endpoint)?;
            let credential = identity::credential(name, &lookup, &first_use::transport())?;
            let account = AccountReference::with_credential(endpoint.clone().into(), credential);
            (endpoint, account)
        } else {
            return Err(ConnectionError::Missing {
                connection: name.to_owned(),
                alternatives: format!("{name}__accountEndpoint for an identity"),
            });
        };
        Ok(Self {
            name: name.to_owned(),
            endpoint,
            account,
            region,
        })
    }

    /// The account's endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// A client for the account. It reads the account's topology, so the account must answer.
    pub async fn client(&self) -> Result<CosmosClient, ConnectionError> {
        CosmosClient::builder()
            .build(
                self.account.clone(),
                RoutingStrategy::ProximityTo(self.region.clone()),
            )
            .await
            .map_err(|error| ConnectionError::client(&self.name, error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(settings: &[(&str, &str)]) -> Result<CosmosConnection, ConnectionError> {
        CosmosConnection::from_settings("CosmosDb", |key| {
            settings
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn reads_an_endpoint_and_a_key() {
        let connection = read(&[(
            "CosmosDb",
            "AccountEndpoint=http://localhost:8081/;AccountKey=a2V5;",
        )])
        .unwrap();
        assert_eq!(connection.endpoint().port(), Some(8081));
        assert!(!format!("{connection:?}").contains("a2V5"));
    }

    #[test]
    fn reads_an_endpoint_for_an_identity() {
        let settings = [
            (
                "CosmosDb__accountEndpoint",
                "https://records.documents.azure.com/",
            ),
            ("CosmosDb__credential", "managedidentity"),
        ];
        assert_eq!(read(&settings).unwrap().endpoint().scheme(), "https");
    }

    #[test]
    fn names_what_is_missing() {
        assert!(
            read(&[])
                .unwrap_err()
                .to_string()
                .contains("CosmosDb__accountEndpoint")
        );
        assert!(read(&[("CosmosDb", "AccountEndpoint=http://x/")]).is_err());
    }
}
